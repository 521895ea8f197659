"""CVE-2020-8555 (and CVE-2025-13281): controllers called addresses that were written in StorageClasses and claims.

Here nothing that works on objects can call anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubegate

ROOT = Path(kubegate.__file__).parent
IMPORT = re.compile(r"^[ \t]*(?:from (\S+) )?import \(?([^)#\n]*(?:\n    [^)]*)?)", re.MULTILINE)
CALLING = ("socket", "ssl", "http", "urllib", "urllib3", "requests", "asyncio", "subprocess", "kubegate.outbound")
HARMLESS = ("http.HTTPStatus", "urllib.parse")
THE_HOSTS_OWN_NAME = "scheduler/reports.py"


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for module, names in IMPORT.findall(file.read_text(encoding="utf-8")):
        yield from (f"{module}.{name.strip()}" if module else name.strip() for name in names.split(","))


def calls(file: Path) -> bool:
    """Whether it imports something that opens connections."""
    return any(f"{module}.".startswith(f"{name}.") for module in imported(file) for name in CALLING if not_harmless(module))


def not_harmless(module: str) -> bool:
    return not module.startswith(HARMLESS)


@pytest.mark.parametrize("part", ["controllers", "registry", "scheduler", "store", "cel", "selectors"])
def test_who_works_on_objects_calls_nobody(part: str) -> None:
    callers = {file.relative_to(ROOT).as_posix() for file in (ROOT / part).rglob("*.py") if calls(file)}
    assert callers - {THE_HOSTS_OWN_NAME} == set()


def test_who_calls_is_seen() -> None:
    assert calls(ROOT / "outbound" / "client.py")
    assert calls(ROOT / "admission" / "webhooks" / "remotes.py")
    assert calls(ROOT / THE_HOSTS_OWN_NAME)
