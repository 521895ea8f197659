"""What a request's selectors imply, against trying every object of a small world: exact in both directions."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.api.user import User
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Decision, SelectorRequirement
from kubegate.selectors import fields

KEYS = ("a", "b")
VALUES = ("", "1", "2")
WORLD = (*VALUES, "none of these")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def requirements(least: int = 0) -> st.SearchStrategy[list[SelectorRequirement]]:
    values = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True).map(tuple)
    of_sets = st.builds(SelectorRequirement, st.sampled_from(KEYS), st.sampled_from(OPERATORS[:2]), values)
    of_presence = st.builds(SelectorRequirement, st.sampled_from(KEYS), st.sampled_from(OPERATORS[2:]))
    return st.lists(st.one_of(of_sets, of_presence), min_size=least, max_size=3)


def holds(part: SelectorRequirement, labels: dict[str, str]) -> bool:
    """The documentation's sentences."""
    match part.operator:
        case "Exists":
            return part.key in labels
        case "DoesNotExist":
            return part.key not in labels
        case "In":
            return labels.get(part.key) in part.values
        case _:
            return labels.get(part.key) not in part.values


def decide(effect: str, rule: dict[str, Any], **selectors: Any) -> Decision:
    spec = {
        "effect": effect,
        "subjects": [{"kind": "User", "name": "u"}],
        "rules": [{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"], **rule}],
    }
    policy = {
        "apiVersion": "policy.kubegate.dev/v1alpha1",
        "kind": "AccessPolicy",
        "metadata": {"name": "p"},
        "spec": spec,
    }
    asked = Attributes(User("u"), "list", resource="pods", namespace="n", **selectors)
    return AccessPolicyAuthorizer([policy], compile_condition).authorize(asked).decision


LABELS = [
    {key: value for key, value in zip(KEYS, values, strict=True) if value is not None}
    for values in product((None, *WORLD), repeat=len(KEYS))
]


@settings(max_examples=300)
@given(requirements(), requirements(least=1))
def test_labels(asked: list[SelectorRequirement], wanted: list[SelectorRequirement]) -> None:
    expressions = [
        {"key": part.key, "operator": part.operator, **({"values": list(part.values)} if part.values else {})}
        for part in wanted
    ]
    rule = {"labelSelector": {"matchExpressions": expressions}}
    selected = [labels for labels in LABELS if all(holds(part, labels) for part in asked)]
    meant = [all(holds(part, labels) for part in wanted) for labels in selected]
    requested = {"label_requirements": tuple(asked) or None}
    assert (decide("Allow", rule, **requested) is Decision.ALLOW) is all(meant)
    assert (decide("Deny", rule, **requested) is Decision.DENY) is any(meant)


FIELDS = st.lists(
    st.tuples(st.sampled_from(("spec.a", "spec.b")), st.sampled_from(("=", "!=")), st.sampled_from(VALUES)),
    min_size=1,
    max_size=3,
)
OBJECTS = [{"spec.a": one, "spec.b": other} for one, other in product(WORLD, repeat=2)]


@settings(max_examples=300)
@given(FIELDS, FIELDS)
def test_fields(asked: list[tuple[str, str, str]], wanted: list[tuple[str, str, str]]) -> None:
    """A field that is not set is empty."""
    mine, own = (fields.parse(",".join(map("".join, parts))) for parts in (asked, wanted))
    requested = tuple(
        SelectorRequirement(part.field, "In" if part.operator == "=" else "NotIn", (part.value,))
        for part in mine.requirements
    )
    selected = [found for found in OBJECTS if mine.matches(found)]
    meant = [own.matches(found) for found in selected]
    rule = {"fieldSelector": str(own)}
    assert (decide("Allow", rule, field_requirements=requested) is Decision.ALLOW) is all(meant)
    assert (decide("Deny", rule, field_requirements=requested) is Decision.DENY) is any(meant)
