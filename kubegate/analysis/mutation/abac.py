"""Mutants of the lines of an ABAC policy file: a line removed, widened, for somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.mutation.edit import Edit, removed, replaced
from kubegate.api.names import Object

_WIDENED = ("namespace", "resource", "apiGroup", "nonResourcePath")
_SOMEBODY = "somebody-else"


def abac_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a line (as v1beta1; its fields under ``spec``)."""
    spec = obj.get("spec") or {}
    yield Edit("line removed", (), None)
    if spec.get("readonly"):
        yield Edit("readonly dropped", ("spec", "readonly"), removed(obj, ("spec", "readonly")))
    about_path = bool(spec.get("nonResourcePath")) and not spec.get("resource")
    for field in _WIDENED:
        asked = field == "nonResourcePath" if about_path else field != "nonResourcePath"
        if asked and spec.get(field) != "*":
            yield Edit("wildcard widened", ("spec", field), replaced(obj, ("spec", field), "*"))
    for field in ("user", "group"):
        if spec.get(field):
            yield Edit("subject swapped", ("spec", field), replaced(obj, ("spec", field), _SOMEBODY))
