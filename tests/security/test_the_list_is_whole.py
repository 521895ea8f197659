"""README.md of this folder names each vulnerability once, and what it says has a test has one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parent
ROW = re.compile(r"^\| ([0-9][^|]*) \|(.*)\|$", re.MULTILINE)
NAME = re.compile(r"\b(20\d\d)-(\d+)")
TESTS = {path.stem.removeprefix("test_cve_").replace("_", "-", 1) for path in FOLDER.glob("test_cve_*.py")}
WITH, WITHOUT = (FOLDER / "README.md").read_text().partition("## Without")[::2]


def named(text: str) -> list[str]:
    return ["-".join(found) for row, _ in ROW.findall(text) for found in NAME.findall(row)]


def test_what_has_no_test_is_named_once() -> None:
    assert [name for name, times in Counter(named(WITHOUT)).items() if times > 1] == []
    assert set(named(WITHOUT)) & (TESTS | set(named(WITH))) == set()


def test_what_is_named_as_having_a_test_has_one() -> None:
    pointed_at = {"-".join(NAME.findall(where)[0]) for _, where in ROW.findall(WITH) if NAME.findall(where)}
    assert pointed_at - TESTS == set()


def test_a_tests_first_line_says_which_it_is() -> None:
    wrong = [
        name
        for name in sorted(TESTS)
        if not (FOLDER / f"test_cve_{name.replace('-', '_')}.py").read_text().startswith(f'"""CVE-{name}')
    ]
    assert wrong == []
