"""Suites in, results out: finding files, building an engine a suite, running every case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kubegate.analysis.requests import Vocabulary
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.errors import InvalidInput
from kubegate.testing.access import AccessRunner
from kubegate.testing.result import Result
from kubegate.testing.suite import PATTERN, Suite, load_suite


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


def run_suite(path: Path, pattern: str = "") -> Iterator[Result]:
    """Run one file; ``pattern``: only cases whose name contains it. Raises `InvalidInput` if suite or policies are wrong."""
    suite = load_suite(path)
    engine = engine_of(suite, path.parent)
    access = AccessRunner(str(path), suite, engine, Vocabulary.of(engine.state))
    for result in access.run():
        if pattern in result.name:
            yield result


def engine_of(suite: Suite, folder: Path) -> Engine:
    """The engine over the suite's policies and objects."""
    spec = suite.spec
    options = DryRunOptions(
        filenames=tuple(str(folder / policy) for policy in spec.policies),
        authorization_mode=tuple(spec.authorizationMode),
        authorization_policy_file=_beside(folder, spec.authorizationPolicyFile),
        authorization_config=_beside(folder, spec.authorizationConfig),
        bootstrap_policy=spec.bootstrapPolicy,
    )
    return build_engine(options, extra=spec.objects)


def _beside(folder: Path, name: str) -> str:
    return str(folder / name) if name else ""
