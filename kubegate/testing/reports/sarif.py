"""Failing cases as SARIF 2.1.0: each at its line in the suite, with what decided as a related place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from kubegate import __version__
from kubegate.errors import Location
from kubegate.testing.running.result import Result
from kubegate.testing.suites.places import Places

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_STAGES = {
    "authentication": "A credential is not whose the suite says.",
    "access": "A user may do what the suite says he cannot, or may not do what he can.",
    "matrix": "A cell of an access matrix has changed.",
    "decisions": "A request is decided otherwise than the suite says.",
    "invariants": "Somebody may do what nobody else should.",
    "admission": "Admission makes something else of a request than the suite says.",
    "scheduling": "A pod lands elsewhere than the suite says.",
}


def sarif(results: Sequence[Result]) -> str:
    """The report."""
    places: dict[str, Places] = {}
    failed = []
    for result in results:
        if not result.passed:
            found = places.setdefault(result.file, Places.of_file(result.file))
            failed.append(_result(result, found.line(result.at)))
    rules = [{"id": stage, "shortDescription": {"text": text}} for stage, text in _STAGES.items()]
    driver = {"name": "kubegate test", "version": __version__, "rules": rules}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": failed}]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _result(result: Result, line: int) -> dict[str, Any]:
    text = f"{result.name}: {result.failure}"
    found: dict[str, Any] = {
        "ruleId": result.stage or "access",
        "level": "error",
        "message": {"text": f"{text}\n{result.explanation}".rstrip()},
        "locations": [_place(Location(result.file, line))],
        "partialFingerprints": {"case/v1": f"{result.stage}:{result.name}"},
    }
    if result.decided_at is not None:
        found["relatedLocations"] = [_place(result.decided_at) | {"message": {"text": result.decided_by}}]
    return found


def _place(place: Location) -> dict[str, Any]:
    path = Path(place.file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}
