"""Results for people and machines: text, JSON, JUnit, TAP, GitHub annotations; SARIF is in `sarif`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

import orjson

from kubegate.testing.reports.sarif import sarif
from kubegate.testing.running.result import Result
from kubegate.testing.suites.places import Places


class _Lines:
    """The lines of cases; a file is looked at when the first of its cases is asked about."""

    def __init__(self) -> None:
        self._files: dict[str, Places] = {}

    def of(self, result: Result) -> int:
        if result.file not in self._files:
            self._files[result.file] = Places.of_file(result.file)
        return self._files[result.file].line(result.at)

    def place(self, result: Result) -> str:
        """``suite.kubegate.yaml:12``."""
        line = self.of(result) if result.at else 0
        return f"{result.file}:{line}" if line else result.file


def text(results: Sequence[Result]) -> str:
    """A line a failing case with its explanation, and the counts."""
    lines, places = [], _Lines()
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
    places = _Lines()
    found: dict[tuple[str, str], str] = {}
    for result in results:
        if result.warning:
            found.setdefault((result.file, result.warning), f"{places.place(result)}: {result.warning}")
    return list(found.values())


def as_json(results: Sequence[Result]) -> str:
    """A list of objects; those that fail have their line."""
    places = _Lines()
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


def junit(results: Sequence[Result]) -> str:
    """JUnit XML, a suite a file."""
    root = ElementTree.Element("testsuites", tests=str(len(results)), failures=str(sum(not r.passed for r in results)))
    places = _Lines()
    for file in dict.fromkeys(result.file for result in results):
        own = [result for result in results if result.file == file]
        failed = sum(not result.passed for result in own)
        suite = ElementTree.SubElement(root, "testsuite", name=file, tests=str(len(own)), failures=str(failed))
        for result in own:
            case = ElementTree.SubElement(suite, "testcase", classname=file, name=_xml(result.name))
            if not result.passed:
                failure = ElementTree.SubElement(case, "failure", type=result.stage, message=_xml(result.failure))
                failure.text = _xml(f"{places.place(result)}\n{result.explanation}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(character if character in "\t\n" or character >= " " else "\ufffd" for character in text)


def tap(results: Sequence[Result]) -> str:
    """Test Anything Protocol, version 13."""
    lines = ["TAP version 13", f"1..{len(results)}"]
    for number, result in enumerate(results, 1):
        name = f"{result.file}: {result.name}".replace("#", "\\#").replace("\n", " ")
        lines.append(f"{'ok' if result.passed else 'not ok'} {number} - {name}")
        if not result.passed:
            told = f"{result.failure}\n{result.explanation}".rstrip()
            lines += [f"# {line}" for line in told.splitlines()]
    return "\n".join(lines)


def github(results: Sequence[Result]) -> str:
    """Annotations of GitHub Actions for what failed, and the counts."""
    lines, places = [], _Lines()
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
