"""Judgements as machines read them: JUnit and SARIF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from kubegate import __version__
from kubegate.analysis.admission.judgement import Judgement
from kubegate.errors import Location

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def flat(judgements: Sequence[Judgement]) -> Iterator[tuple[Judgement, str]]:
    """Each judgement with its title, those of pods after that of the object which makes them."""
    for judgement in judgements:
        yield judgement, judgement.title
        for pod in judgement.pods:
            yield pod, f"{judgement.title} -> Pod"


def junit(judgements: Sequence[Judgement]) -> str:
    """One test case an object; a refusal is a failure, warnings are its output."""
    cases = list(flat(judgements))
    refused = sum(1 for judgement, _ in cases if judgement.refusal is not None)
    suite = ElementTree.Element("testsuite", name="kubegate admit", tests=str(len(cases)), failures=str(refused))
    for judgement, title in cases:
        case = ElementTree.SubElement(suite, "testcase", name=title, classname=_file(judgement.location))
        if judgement.refusal is not None:
            failure = ElementTree.SubElement(case, "failure", type=judgement.refused_by, message=judgement.refusal.message)
            failure.text = str(judgement.decided_at or "")
        if judgement.warnings:
            ElementTree.SubElement(case, "system-out").text = "\n".join(judgement.warnings)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def sarif(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Refusals as errors, warnings as warnings, each at the object's place; the deciding object is a related place."""
    results = []
    owner: Judgement | None = None
    for judgement, title in flat(judgements):
        owner = judgement if judgement.location or owner is None else owner
        place = judgement.location or owner.location
        if judgement.refusal is not None:
            results.append(_result(judgement.refused_by, "error", f"{title}: {judgement.refusal.message}", place, judgement))
        results += [_result("warning", "warning", f"{title}: {text}", place, None) for text in judgement.warnings]
    rules = [{"id": rule} for rule in sorted({result["ruleId"] for result in results})]
    driver = {"name": "kubegate admit", "version": __version__, "rules": rules}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(rule: str, level: str, text: str, place: Location | None, judgement: Judgement | None) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": rule or "admission", "level": level, "message": {"text": text}}
    if place is not None:
        result["locations"] = [_location(place)]
    if judgement is not None and judgement.decided_at is not None:
        result["relatedLocations"] = [_location(judgement.decided_at) | {"message": {"text": judgement.decided_by}}]
    return result


def _location(place: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": place.file}}
    if place.line:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}


def _file(place: Location | None) -> str:
    return place.file if place else ""
