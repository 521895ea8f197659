"""Results for people and machines: text, JSON, GitHub annotations here; JUnit, TAP and SARIF in files of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from kubegate.testing.reports.junit import junit
from kubegate.testing.reports.lines import Lines
from kubegate.testing.reports.sarif import sarif
from kubegate.testing.reports.tap import tap
from kubegate.testing.running.result import Result


def text(results: Sequence[Result]) -> str:
    """A line a failing case with its explanation, and the counts."""
    lines, places = [], Lines()
    for result in results:
        if not result.passed:
            lines.append(f"FAIL {places.place(result)}: {result.name}\n     {result.failure}")
            lines += [f"       {line}" for line in result.explanation.splitlines()]
    lines.append(counts(results))
    return "\n".join(lines)


def counts(results: Sequence[Result]) -> str:
    """``12 passed, 1 failed``."""
    failed = sum(not result.passed for result in results)
    return f"{len(results) - failed} passed, {failed} failed"


def warnings(results: Sequence[Result]) -> list[str]:
    """What may not be meant, each once, with its place."""
    places = Lines()
    found: dict[tuple[str, str], str] = {}
    for result in results:
        if result.warning:
            found.setdefault((result.file, result.warning), f"{places.place(result)}: {result.warning}")
    return list(found.values())


def as_json(results: Sequence[Result]) -> str:
    """A list of objects; those that fail have their line."""
    places = Lines()
    rows = []
    for result in results:
        row: dict[str, Any] = {
            "file": result.file,
            "stage": result.stage,
            "name": result.name,
            "passed": result.passed,
            "failure": result.failure,
            "explanation": result.explanation,
            "decidedBy": result.decided_by,
        }
        rows.append(row if result.passed else {**row, "line": places.of(result)})
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode()


def github(results: Sequence[Result]) -> str:
    """Annotations of GitHub Actions for what failed, and the counts."""
    lines, places = [], Lines()
    for result in results:
        if not result.passed:
            line = f",line={places.of(result)}" if result.at else ""
            told = _escaped(f"{result.name}: {result.failure}\n{result.explanation}".rstrip())
            lines.append(f"::error file={_escaped(result.file, ':,')}{line},title=kubegate test::{told}")
    return "\n".join([*lines, counts(results)])


def _escaped(text: str, also: str = "") -> str:
    """A part of a workflow command: what would end it early is spelled out."""
    return "".join(f"%{ord(character):02X}" if character in f"%\r\n{also}" else character for character in text)


FORMS: dict[str, Callable[[Sequence[Result]], str]] = {
    "text": text,
    "json": as_json,
    "junit": junit,
    "tap": tap,
    "github": github,
    "sarif": sarif,
}
