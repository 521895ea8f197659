"""Tests of operators under their service accounts: 403s fail them, and the least roles that pass can be written.

Everything of kubegate is imported where it is used: pytest imports this module before coverage starts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubegate.testing.pytest_marker import option

if TYPE_CHECKING:
    from kubegate.testing.api_server import ApiServer
    from kubegate.testing.server.operator import Operator

WRITE_ROLE = "--kubegate-write-role"
_OUTPUT = "kubegate_needs"
_OPERATOR = pytest.StashKey["Operator"]()
_NEEDS = pytest.StashKey[list[str]]()
_WRITTEN = pytest.StashKey[int]()


@pytest.fixture
def operator(request: pytest.FixtureRequest, api_server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    """The operator of the marker ``kubegate(operator="namespace/name", manifests=[...])``. ``KUBECONFIG`` is its own while
    the test runs; every 403 fails the test."""
    account = option(request.node, "operator")
    if not isinstance(account, str) or account.count("/") != 1:
        raise pytest.UsageError('the fixture operator needs the marker kubegate(operator="namespace/name")')
    namespace, _, name = account.partition("/")
    folder = Path(request.path).parent
    manifests = [folder / path for path in option(request.node, "manifests") or ()]
    learns = bool(request.config.getoption(WRITE_ROLE))
    with api_server.as_service_account(namespace, name, manifests=manifests, allow_all=learns) as made:
        request.node.stash[_OPERATOR] = made
        monkeypatch.setenv("KUBECONFIG", str(made.kubeconfig))
        try:
            yield made
        finally:
            request.config.stash.setdefault(_NEEDS, []).extend(_lines(made))


@pytest.fixture(autouse=True)
def _operator_of_the_marker(request: pytest.FixtureRequest) -> None:
    if option(request.node, "operator") is not None:
        request.getfixturevalue("operator")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test whose operator was refused something fails, and says what."""
    made = item.stash.get(_OPERATOR, None)
    if made is None:
        return (yield)
    from kubegate.testing.server.refusals import Refused

    try:
        result = yield
    except BaseException:
        try:
            made.check()
        except Refused as error:
            item.add_report_section("call", "kubegate", str(error))
        raise
    try:
        made.check()
    except Refused as error:
        pytest.fail(str(error), pytrace=False)
    return result


def _lines(made: Operator) -> list[str]:
    from kubegate.testing.server.needs import to_line

    return [to_line(need) for need in made.needs]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the roles; a worker of xdist hands over what it saw."""
    config = session.config
    path, lines = config.getoption(WRITE_ROLE), config.stash.get(_NEEDS, [])
    if not path:
        return
    if hasattr(config, "workeroutput"):
        config.workeroutput[_OUTPUT] = lines
        return
    from kubegate.testing.server.least_roles import least_roles, write_roles
    from kubegate.testing.server.needs import from_line

    objects = least_roles([from_line(line) for line in dict.fromkeys(lines)])
    write_roles(config.invocation_params.dir / path, objects)
    config.stash[_WRITTEN] = len(objects)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a worker of xdist saw."""
    lines = getattr(node, "workeroutput", {}).get(_OUTPUT, [])
    node.config.stash.setdefault(_NEEDS, []).extend(lines)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was written."""
    written = config.stash.get(_WRITTEN, None)
    if written is not None:
        path = config.getoption(WRITE_ROLE)
        terminalreporter.write_line(f"kubegate: {written} objects in {path}: the least that the operators' requests need")
        if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
            terminalreporter.write_line("kubegate: some tests did not pass, so that this may not be all they need")
