"""Running suites again when a file that they are made of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from kubegate.bundle.signature import Signature, signature
from kubegate.errors import KubegateError
from kubegate.testing.suites.suite import Suite, load_suite

INTERVAL = 0.3
"""Seconds between looks at the files."""
_FILES = ("admissionControlConfigFile", "objectFile", "oldObjectFile", "podFile", "tokenFile", "certificate")


def watched(paths: Iterable[str], suites: Iterable[Path]) -> list[str]:
    """The files and directories that decide on the results; of a suite that cannot be read, only the suite itself."""
    found = dict.fromkeys(paths)
    for path in suites:
        found[str(path)] = None
        try:
            suite = load_suite(path)
        except KubegateError:
            continue
        found.update(dict.fromkeys(str(path.parent / name) for name in _named(suite)))
    return list(found)


def _named(suite: Suite) -> Iterator[str]:
    spec = suite.spec
    yield from spec.policies
    yield from filter(None, (spec.authorizationPolicyFile, spec.authorizationConfig, *spec.issuerKeys.values()))
    for flag, value in spec.authenticationOptions.items():
        if flag.endswith(("-file", "-config")):
            yield from map(str, value if isinstance(value, list) else [value])
    parts: list[Any] = [spec.admissionOptions, *spec.admission, *spec.scheduling, *spec.authentication]
    for part in parts:
        yield from (name for field in _FILES if (name := getattr(part, field, "")))


def changes(files: Callable[[], list[str]], wait: Callable[[float], object]) -> Iterator[None]:
    """Yields after each change of the files, when it is over; ``wait`` sleeps for some seconds.

    Files are looked at instead of listening for events, which network and container file systems do not have."""
    seen = signature(files())
    while True:
        wait(INTERVAL)
        now = signature(files())
        if now == seen:
            continue
        seen = _settled(files, now, wait)
        yield


def _settled(files: Callable[[], list[str]], now: Signature, wait: Callable[[float], object]) -> Signature:
    """Wait until an editor or checkout has written everything."""
    while True:
        wait(INTERVAL)
        later = signature(files())
        if later == now:
            return now
        now = later
