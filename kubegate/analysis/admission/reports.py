"""Judgements as machines read them: JUnit and SARIF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from kubegate import __version__
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.sarif_places import place_of
from kubegate.errors import Location

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_UNKNOWN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def flat(judgements: Sequence[Judgement]) -> Iterator[tuple[Judgement, str]]:
    """Each judgement with its title, those of pods after that of the object which makes them."""
    for judgement in judgements:
        yield judgement, judgement.title
        for pod in judgement.pods:
            yield pod, f"{judgement.title} -> Pod"


def xml_text(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _UNKNOWN.sub("\ufffd", text)


def junit(judgements: Sequence[Judgement]) -> str:
    """One test case an object; a refusal is a failure, warnings are its output."""
    cases = list(_placed(judgements))
    refused = sum(1 for judgement, _, _ in cases if judgement.refusal is not None)
    suite = ElementTree.Element("testsuite", name="kubegate admit", tests=str(len(cases)), failures=str(refused))
    for judgement, title, place in cases:
        file = xml_text(place.file) if place else ""
        case = ElementTree.SubElement(suite, "testcase", name=xml_text(title), classname=file)
        if judgement.refusal is not None:
            message = xml_text(judgement.refusal.message)
            failure = ElementTree.SubElement(case, "failure", type=judgement.refused_by, message=message)
            failure.text = xml_text("\n".join(_places(judgement, place)))
        if judgement.warnings:
            ElementTree.SubElement(case, "system-out").text = xml_text("\n".join(judgement.warnings))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _placed(judgements: Sequence[Judgement]) -> Iterator[tuple[Judgement, str, Location | None]]:
    """As `flat`, and where the manifest stands: of pods, that of the object which makes them."""
    for judgement in judgements:
        yield from ((part, title, judgement.location) for part, title in flat([judgement]))


def _places(judgement: Judgement, place: Location | None) -> Iterator[str]:
    if place is not None:
        yield str(place)
    if judgement.decided_by:
        yield f"decided by {judgement.decided_by} {judgement.decided_at or ''}".rstrip()


def sarif(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Refusals as errors, warnings as warnings, each at the object's place; what decided is a related place."""
    results = []
    for judgement, title, place in _placed(judgements):
        if judgement.refusal is not None:
            results.append(_result(judgement.refused_by, "error", f"{title}: {judgement.refusal.message}", place, judgement))
        results += [_result("warning", "warning", f"{title}: {text}", place, None) for text in judgement.warnings]
    rules = [{"id": rule} for rule in sorted({result["ruleId"] for result in results})]
    driver = {"name": "kubegate admit", "version": __version__, "rules": rules}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(rule: str, level: str, text: str, place: Location | None, judgement: Judgement | None) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": rule or "admission", "level": level, "message": {"text": text}}
    if stands := place_of(place):
        result["locations"] = [stands]
    if judgement is not None and (decided := place_of(judgement.decided_at)):
        by = f"{judgement.decided_by} {judgement.decided_at.path if judgement.decided_at else ''}".rstrip()
        result["relatedLocations"] = [decided | {"message": {"text": by}}]
    return result
