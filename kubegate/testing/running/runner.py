"""Suites in, results out: finding files, building an engine a suite, running every case."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kubegate.analysis.requests import Vocabulary
from kubegate.api.names import Object
from kubegate.bundle.check import check_object
from kubegate.bundle.collection import uncollected
from kubegate.bundle.load import put_into
from kubegate.bundle.state import Origin, Source
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.errors import ConfigurationError, InvalidInput
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.running.result import Result
from kubegate.testing.stages.access.requests import Known
from kubegate.testing.stages.access.runner import AccessRunner
from kubegate.testing.suites.places import placed
from kubegate.testing.suites.suite import PATTERN, Suite, load_suite
from kubegate.testing.suites.users import spec_from

if TYPE_CHECKING:
    from kubegate.analysis.admission.gate import Gate


_AUTHORIZERS = ("authorizationConfig", "authorizationMode", "authorizationPolicyFile")


def find_suites(paths: Iterable[str]) -> list[Path]:
    """The suite files of files and directories, each once, in order; raises `InvalidInput` for what is not there."""
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if path.is_dir():
            found.update(dict.fromkeys(sorted(path.rglob(PATTERN))))
        elif path.is_file():
            found[path] = None
        else:
            raise InvalidInput(f"{path}: no such file or directory")
    return list(found)


@dataclass(frozen=True)
class LoadedSuite:
    """A suite with the engine over its policies."""

    path: Path
    suite: Suite
    engine: Engine
    vocabulary: Vocabulary
    questions: Known = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, path: Path, suite: Suite) -> LoadedSuite:
        """Read the policies of a suite that stands (or will stand) in ``path``. Raises `InvalidInput` if they are wrong."""
        engine = engine_of(suite, path)
        loaded = cls(path, suite, engine, Vocabulary.of(engine.state))
        return replace(loaded, suite=loaded.identified()) if any(u.credential for u in suite.spec.users.values()) else loaded

    def identified(self) -> Suite:
        """The suite, its users that present a credential being who that says. Raises `InvalidInput` for one refused."""
        from kubegate.testing.stages.authentication.runner import AuthenticationRunner

        known = AuthenticationRunner(str(self.path), self.suite, self.gate.cluster).identities()
        users = {}
        for name, spec in self.suite.spec.users.items():
            who = known.get(spec.credential, "there is no authentication case of this name") if spec.credential else spec
            if isinstance(who, str):
                raise InvalidInput(f"{self.path}: spec.users.{name}: credential {spec.credential!r}: {who}")
            users[name] = who if isinstance(who, UserSpec) else spec_from(who)
        return self.suite.model_copy(update={"spec": self.suite.spec.model_copy(update={"users": users})})

    @cached_property
    def gate(self) -> Gate:
        """Admission over the suite's state, made when it is asked for. Raises `InvalidInput` for a state that no server
        would hold."""
        # Imported here: suites about access alone do without the kinds of the whole API.
        from kubegate.testing.stages.admission.gate import gate_of

        with placed(str(self.path), ("spec", "admissionOptions")):
            return gate_of(self.suite, self.path, self.engine)

    def run(self, pattern: str = "", engine: Engine | None = None, *, explained: bool = True) -> Iterator[Result]:
        """A result for each case whose name contains ``pattern``; ``engine`` takes the place of the suite's own."""
        for result in self._results(engine or self.engine, explained):
            if pattern in result.name:
                yield result

    def _results(self, engine: Engine, explained: bool) -> Iterator[Result]:
        file, spec = str(self.path), self.suite.spec
        if spec.authentication:
            from kubegate.testing.stages.authentication.runner import AuthenticationRunner

            yield from AuthenticationRunner(file, self.suite, self.gate.cluster).run()
        yield from AccessRunner(file, self.suite, engine, self.vocabulary, explained, self.questions).run()
        if spec.admission:
            from kubegate.testing.stages.admission.runner import AdmissionRunner

            yield from AdmissionRunner(file, self.suite, self.gate, explained).run()
        if spec.scheduling:
            from kubegate.testing.stages.scheduling import SchedulingRunner

            yield from SchedulingRunner(file, self.suite, self.gate).run()


def open_suite(path: Path) -> LoadedSuite:
    """Read a suite and its policies. Raises `InvalidInput` if either is wrong."""
    with uncollected():
        return LoadedSuite.of(path, load_suite(path))


def run_suite(path: Path, pattern: str = "") -> Iterator[Result]:
    """Run one file; ``pattern``: only cases whose name contains it. Raises `InvalidInput` if suite or policies are wrong."""
    yield from open_suite(path).run(pattern)


def engine_of(suite: Suite, path: Path) -> Engine:
    """The engine over the suite's policies and objects; ``path`` is the suite's file."""
    spec, folder = suite.spec, path.parent
    _check_policies(suite, path)
    options = DryRunOptions(
        filenames=tuple(str(folder / policy) for policy in spec.policies),
        authorization_mode=tuple(spec.authorizationMode),
        authorization_policy_file=_beside(folder, spec.authorizationPolicyFile),
        authorization_config=_beside(folder, spec.authorizationConfig),
        bootstrap_policy=spec.bootstrapPolicy,
    )
    try:
        return build_engine(options, extra=_inline(suite, path) if spec.objects else ())
    except ConfigurationError as error:
        with placed(str(path), ("spec", next((name for name in _AUTHORIZERS if getattr(spec, name)), "policies"))):
            raise error from None


def _check_policies(suite: Suite, path: Path) -> None:
    """Raises `InvalidInput` for what is not there, where the suite names it."""
    for index, name in enumerate(suite.spec.policies):
        if not (path.parent / name).exists():
            with placed(str(path), ("spec", "policies", index)):
                raise InvalidInput(f"{name}: no such file or directory", hint=_near(path.parent / name, path.parent))


def _near(missing: Path, folder: Path) -> str:
    """What is likely meant: what has nearly this name."""
    beside = [entry.name for entry in missing.parent.iterdir()] if missing.parent.is_dir() else []
    near = difflib.get_close_matches(missing.name, beside, n=1)
    where = f"paths are relative to {folder}"
    return f"did you mean {near[0]}? ({where})" if near else where


def _inline(suite: Suite, path: Path) -> Iterator[tuple[Object, Origin]]:
    """The objects in the suite itself, as if they stood in a manifest."""
    source = Source(str(path), path.read_bytes())
    for index, obj in enumerate(suite.spec.objects):
        origin = Origin(source, 0, ("spec", "objects", index))
        checked = check_object(copy.deepcopy(obj), origin.locate)
        put_into(checked, "default")
        yield checked, origin


def _beside(folder: Path, name: str) -> str:
    return str(folder / name) if name else ""
