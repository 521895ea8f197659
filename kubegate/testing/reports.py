"""Results for people and machines: text, JSON, JUnit, TAP, GitHub annotations."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

import orjson

from kubegate.testing.result import Result


def text(results: Sequence[Result]) -> str:
    """A line a failing case with its explanation, and the counts."""
    lines = []
    for result in results:
        if not result.passed:
            lines.append(f"FAIL {result.file}: {result.name}\n     {result.failure}")
            lines += [f"       {line}" for line in result.explanation.splitlines()]
    failed = sum(not result.passed for result in results)
    lines.append(f"{len(results) - failed} passed, {failed} failed")
    return "\n".join(lines)


def as_json(results: Sequence[Result]) -> str:
    """A list of objects."""
    rows = [
        {
            "file": result.file,
            "name": result.name,
            "passed": result.passed,
            "failure": result.failure,
            "explanation": result.explanation,
        }
        for result in results
    ]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode()


def junit(results: Sequence[Result]) -> str:
    """JUnit XML, a suite a file."""
    root = ElementTree.Element("testsuites", tests=str(len(results)), failures=str(sum(not r.passed for r in results)))
    for file in dict.fromkeys(result.file for result in results):
        own = [result for result in results if result.file == file]
        failed = sum(not result.passed for result in own)
        suite = ElementTree.SubElement(root, "testsuite", name=file, tests=str(len(own)), failures=str(failed))
        for result in own:
            case = ElementTree.SubElement(suite, "testcase", classname=file, name=result.name)
            if not result.passed:
                ElementTree.SubElement(case, "failure", message=result.failure).text = result.explanation
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def tap(results: Sequence[Result]) -> str:
    """Test Anything Protocol, version 13."""
    lines = ["TAP version 13", f"1..{len(results)}"]
    for number, result in enumerate(results, 1):
        lines.append(f"{'ok' if result.passed else 'not ok'} {number} - {result.file}: {result.name}")
        if not result.passed:
            lines += [f"# {line}" for line in (result.failure, *result.explanation.splitlines())]
    return "\n".join(lines)


def github(results: Sequence[Result]) -> str:
    """Annotations of GitHub Actions for what failed, and the counts."""
    lines = []
    for result in results:
        if not result.passed:
            message = f"{result.name}: {result.failure}".replace("%", "%25").replace("\n", "%0A")
            lines.append(f"::error file={result.file}::{message}")
    return "\n".join([*lines, text([result for result in results if result.passed]).splitlines()[-1]])


FORMS = {"text": text, "json": as_json, "junit": junit, "tap": tap, "github": github}
