"""Mutants of the lines of an ABAC policy file: a line removed, widened, for somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.mutation.operators.edit import Edit, removed, replaced
from kubegate.api.names import Object
from kubegate.authz.abac.policy import Policy, policy_from, to_object
from kubegate.errors import Location

_WIDENED = ("namespace", "resource", "apiGroup", "nonResourcePath")
_SOMEBODY = "somebody-else"


def line_object(policy: Policy) -> Object:
    """A line as v1beta1 spells it."""
    named = {"name": f"of line {policy.location.line}"}
    return to_object(policy) | {"metadata": named}


def line_policy(obj: Object, location: Location) -> Policy:
    """The line of such an object."""
    return policy_from({field: value for field, value in obj.items() if field != "metadata"}, location)


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
