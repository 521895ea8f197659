"""Results as JUnit XML, as CI systems read it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from kubegate.analysis.admission.reports import xml_text
from kubegate.testing.reports.lines import Lines
from kubegate.testing.running.result import Result


def junit(results: Sequence[Result]) -> str:
    """JUnit XML, a suite a file."""
    root = ElementTree.Element("testsuites", {"name": "kubegate test", **_counted(results)})
    places = Lines()
    for file in dict.fromkeys(result.file for result in results):
        own = [result for result in results if result.file == file]
        suite = ElementTree.SubElement(root, "testsuite", {"name": xml_text(file), **_counted(own), "skipped": "0"})
        for result in own:
            case = ElementTree.SubElement(suite, "testcase", classname=xml_text(file), name=xml_text(result.name))
            if not result.passed:
                failure = ElementTree.SubElement(case, "failure", type=result.stage, message=xml_text(result.failure))
                failure.text = xml_text(f"{places.place(result)}\n{result.explanation}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _counted(results: Sequence[Result]) -> dict[str, str]:
    return {"tests": str(len(results)), "failures": str(sum(not result.passed for result in results)), "errors": "0"}
