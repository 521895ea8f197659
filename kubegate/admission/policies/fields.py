"""Where the expressions of a policy stand in its object."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.api.names import Object

FieldPath = tuple[str | int, ...]

_LISTS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("variables", (("expression",),)),
    ("matchConditions", (("expression",),)),
    ("validations", (("expression",), ("messageExpression",))),
    ("auditAnnotations", (("valueExpression",),)),
    ("mutations", (("applyConfiguration", "expression"), ("jsonPatch", "expression"))),
)


def expression_paths(policy: Object) -> Iterator[FieldPath]:
    """``("spec", "validations", 0, "expression")`` ... of a validating or mutating policy, in the order of its fields."""
    spec = policy.get("spec") or {}
    for name, fields in _LISTS:
        for index, item in enumerate(spec.get(name) or ()):
            for field in fields:
                value = item
                for step in field:
                    value = (value or {}).get(step)
                if value:
                    yield ("spec", name, index, *field)


def text_at(policy: Object, path: FieldPath) -> str:
    """The expression at a path."""
    value: object = policy
    for step in path:
        value = value[step]  # type: ignore[index]  # the path was made of this object
    return str(value)
