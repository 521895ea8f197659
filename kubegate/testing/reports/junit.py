"""Results as JUnit XML, as CI systems read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from kubegate.testing.reports.lines import Lines
from kubegate.testing.running.result import Result

_UNKNOWN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def junit(results: Sequence[Result]) -> str:
    """JUnit XML, a suite a file."""
    root = ElementTree.Element("testsuites", {"name": "kubegate test", **_counted(results)})
    places = Lines()
    for file in dict.fromkeys(result.file for result in results):
        own = [result for result in results if result.file == file]
        suite = ElementTree.SubElement(root, "testsuite", {"name": _xml(file), **_counted(own), "skipped": "0"})
        for result in own:
            case = ElementTree.SubElement(suite, "testcase", classname=_xml(file), name=_xml(result.name))
            if not result.passed:
                failure = ElementTree.SubElement(case, "failure", type=result.stage, message=_xml(result.failure))
                failure.text = _xml(f"{places.place(result)}\n{result.explanation}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _counted(results: Sequence[Result]) -> dict[str, str]:
    return {"tests": str(len(results)), "failures": str(sum(not result.passed for result in results)), "errors": "0"}


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _UNKNOWN.sub("\ufffd", text)
