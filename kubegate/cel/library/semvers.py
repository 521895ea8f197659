"""``semver``. Source: apiserver ``pkg/cel/library/semverlib.go``; the parser is blang/semver v4."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kubegate.api.go import quote
from kubegate.cel.declarations import Function, Library, member, overload
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs
from kubegate.cel.types import BOOL, INT, STRING, object_type
from kubegate.cel.values import UINT_MAX

SEMVER_TYPE = object_type("kubernetes.Semver")
_ALPHANUMERIC = re.compile(r"[0-9A-Za-z-]+", re.ASCII)
_DIGITS = re.compile("[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Semver:
    """A version as a value; the build does not count in comparisons."""

    numbers: tuple[int, int, int]
    pre: tuple[int | str, ...]
    build: tuple[str, ...]
    type_name = "kubernetes.Semver"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Semver) and compare(self, other) == 0

    def __hash__(self) -> int:
        return hash((self.numbers, self.pre))


def _numbers(text: str) -> tuple[int, int, int]:
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise EvaluationError("No Major.Minor.Patch elements found")
    found: list[int] = []
    for label, part in zip(("Major", "Minor", "Patch"), parts, strict=True):
        if not _DIGITS.fullmatch(part):
            raise EvaluationError(f"Invalid character(s) found in {label.lower()} number {quote(part)}")
        if len(part) > 1 and part[0] == "0":
            raise EvaluationError(f"{label} number must not contain leading zeroes {quote(part)}")
        if int(part) > UINT_MAX:
            raise EvaluationError(f"strconv.ParseUint: parsing {quote(part)}: value out of range")
        found.append(int(part))
    return found[0], found[1], found[2]


def _pre(part: str) -> int | str:
    if not part:
        raise EvaluationError("Prerelease is empty")
    if _DIGITS.fullmatch(part):
        if len(part) > 1 and part[0] == "0":
            raise EvaluationError(f"Numeric PreRelease version must not contain leading zeroes {quote(part)}")
        return int(part)
    if not _ALPHANUMERIC.fullmatch(part):
        raise EvaluationError(f"Invalid character(s) found in prerelease {quote(part)}")
    return part


def _build(part: str) -> str:
    if not part:
        raise EvaluationError("Build meta data is empty")
    if not _ALPHANUMERIC.fullmatch(part):
        raise EvaluationError(f"Invalid character(s) found in build meta data {quote(part)}")
    return part


def parse(text: str) -> Semver:
    """A strict version; raises `EvaluationError`."""
    if not text:
        raise EvaluationError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise EvaluationError("No Major.Minor.Patch elements found")
    patch, plus, build = parts[2].partition("+")
    patch, minus, pre = patch.partition("-")
    numbers = _numbers(f"{parts[0]}.{parts[1]}.{patch}")
    pres = tuple(_pre(part) for part in pre.split(".")) if minus else ()
    builds = tuple(_build(part) for part in build.split(".")) if plus else ()
    return Semver(numbers, pres, builds)


def to_semver(text: str, normalize: bool = False) -> Semver:
    """``semver(text, normalize)``; raises `EvaluationError`."""
    if not normalize:
        return parse(text)
    parts = text.removeprefix("v").split(".", 2)
    for index, part in enumerate(parts):
        if len(part) > 1:
            stripped = part.lstrip("0")
            parts[index] = stripped if stripped and stripped[0] in "0123456789" else "0" + stripped
    if len(parts) < 3:
        if any(char in "+-" for char in parts[-1]):
            raise EvaluationError("short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return parse(".".join(parts))


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _compare_pre(a: int | str, b: int | str) -> int:
    if (isinstance(a, int) and isinstance(b, int)) or (isinstance(a, str) and isinstance(b, str)):
        return _sign(a, b)
    return -1 if isinstance(a, int) else 1


def compare(a: Semver, b: Semver) -> int:
    """-1, 0, 1 by precedence."""
    if a.numbers != b.numbers:
        return _sign(a.numbers, b.numbers)
    if not a.pre or not b.pre:
        return _sign(not a.pre, not b.pre)
    for left, right in zip(a.pre, b.pre, strict=False):
        found = _compare_pre(left, right)
        if found:
            return found
    return _sign(len(a.pre), len(b.pre))


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        to_semver(text, normalize)
    except EvaluationError:
        return False
    return True


_S = SEMVER_TYPE

LIBRARY = Library(
    (
        Function(
            "semver",
            (
                overload("string_to_semver", (STRING,), _S, to_semver),
                overload("string_bool_to_semver", (STRING, BOOL), _S, to_semver),
            ),
            costs.once,
        ),
        Function(
            "isSemver",
            (
                overload("is_semver_string", (STRING,), BOOL, _is_semver),
                overload("is_semver_string_bool", (STRING, BOOL), BOOL, _is_semver),
            ),
            costs.once,
        ),
        Function("major", (member("semver_major", (_S,), INT, lambda v: v.numbers[0]),)),
        Function("minor", (member("semver_minor", (_S,), INT, lambda v: v.numbers[1]),)),
        Function("patch", (member("semver_patch", (_S,), INT, lambda v: v.numbers[2]),)),
        Function("isGreaterThan", (member("semver_is_greater_than", (_S, _S), BOOL, lambda a, b: compare(a, b) > 0),)),
        Function("isLessThan", (member("semver_is_less_than", (_S, _S), BOOL, lambda a, b: compare(a, b) < 0),)),
        Function("compareTo", (member("semver_compare_to", (_S, _S), INT, compare),)),
    )
)
