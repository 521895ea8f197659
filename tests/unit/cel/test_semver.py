"""Versions, and the escapes of JSON pointers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("semver('1.2.3') == semver('1.2.3+b')", True),
        ("semver('1.2.3-a').isLessThan(semver('1.2.3-b'))", True),
        ("semver('1.2.3-1').isGreaterThan(semver('1.2.3-a'))", False),
        ("semver('1.2.3-a.1').compareTo(semver('1.2.3-a'))", 1),
        ("semver('v1.02.003', true).patch()", 3),
        ("semver('1', true).major()", 1),
        ("isSemver('v1', true)", True),
        ("isSemver('1.2.3', false)", True),
        ("jsonpatch.escapeKey('a/b~c')", "a~1b~0c"),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("semver('1.2')", "No Major.Minor.Patch elements found"),
        ("semver('1.2.x')", 'Invalid character(s) found in patch number "x"'),
        ("semver('')", "Version string empty"),
        ("semver('1.2.3-')", "Prerelease is empty"),
        ("semver('1.2.3-01')", 'Numeric PreRelease version must not contain leading zeroes "01"'),
        ("semver('1.2.3+')", "Build meta data is empty"),
        ("semver('1.2.3-é')", 'Invalid character(s) found in prerelease "é"'),
        ("semver('01.2.3')", 'Major number must not contain leading zeroes "01"'),
        ("semver('1.2.3.4')", 'Invalid character(s) found in patch number "3.4"'),
        ("semver(object.s)", "No Major.Minor.Patch elements found"),
        ("semver('99999999999999999999.0.0')", 'strconv.ParseUint: parsing "99999999999999999999": value out of range'),
        ("semver('1.2-rc1', true)", "short version cannot contain PreRelease/Build meta data"),
        ("semver('v', true)", 'Invalid character(s) found in major number ""'),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("semver('1.2.3').major", ["16: unexpected failed resolution of 'kubernetes.Semver'"]),
        ("type(semver('1.2.3')) == kubernetes.Semver", ["26: undeclared reference to 'kubernetes' (in container '')"]),
        ("jsonpatch.escapeKey(1)", ["20: found no matching overload for 'jsonpatch.escapeKey' applied to '(int)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
