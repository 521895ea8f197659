"""How large the values of a schema can be, for what rules about them may cost.

Source: apiserver ``pkg/cel/common/schemas.go``, ``pkg/cel/limits.go``; apiextensions-apiserver
``pkg/apis/apiextensions/validation/cel_validation.go``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kubegate.registry.custom.spelling import escaped
from kubegate.registry.custom.structural import Schema, items

REQUEST_BYTES = 3 * 1024 * 1024
"""The largest request."""

_SCALARS = {"boolean": 4, "number": 1, "integer": 1}
_FORMATS = {"duration": (3, 32), "date": (12, 12), "date-time": (21, 32)}
"""The least size in JSON, the greatest length."""


@dataclass(slots=True)
class Extent:
    """``least``: the fewest bytes of a value in JSON; ``most``: the most characters, elements or entries of one."""

    least: int
    most: int = 0
    fields: dict[str, Extent] = field(default_factory=dict)
    key: Extent | None = None
    element: Extent | None = None

    def at(self, path: tuple[str, ...]) -> int | None:
        """The greatest size of what stands at a path (see `cel.estimate.Sizes`) that begins at this value."""
        found: Extent | None = self
        for name in path:
            if found is None:
                return None
            if name in ("@items", "@values"):
                found = found.element
            else:
                found = found.key if name == "@keys" else found.fields.get(name)
        return None if found is None else found.most

    def cardinality(self) -> int:
        """How often such a value fits into a request."""
        return REQUEST_BYTES // (self.least + 1)


def extent(schema: Schema, *, resource: bool = False) -> Extent | None:
    """The extent of a schema's values; None if rules cannot see them."""
    if schema.get("x-kubernetes-int-or-string"):
        limit = schema.get("maxLength")
        return Extent(1, 4 * max(limit, 0) if limit is not None else REQUEST_BYTES - 2)
    kind = schema.get("type") or ""
    if kind == "array":
        element = extent(items(schema), resource=bool(items(schema).get("x-kubernetes-embedded-resource")))
        if element is None:
            return None
        limit = schema.get("maxItems")
        most = (REQUEST_BYTES - 2) // (element.least + 1) if limit is None else max(limit, 0)
        return Extent(2, most, element=element)
    if kind == "object" or resource:
        return _object(schema, resource=resource)
    return _string(schema) if kind == "string" else Extent(_SCALARS[kind]) if kind in _SCALARS else None


def _object(schema: Schema, *, resource: bool) -> Extent | None:
    below = schema.get("additionalProperties")
    if isinstance(below, dict):
        element = extent(below, resource=bool(below.get("x-kubernetes-embedded-resource")))
        if element is None:
            return None
        limit = schema.get("maxProperties")
        most = (REQUEST_BYTES - 2) // (element.least + 6) if limit is None else max(limit, 0)
        return Extent(2, most, key=Extent(2), element=element)
    properties = dict(schema.get("properties") or {})
    if resource:
        text = {"type": "string"}
        meta = {"type": "object", "properties": {"name": text, "generateName": text}}
        properties |= {"apiVersion": text, "kind": text, "metadata": meta}
    found, needed = Extent(2), schema.get("required") or ()
    for name, child in properties.items():
        value = extent(child, resource=bool(child.get("x-kubernetes-embedded-resource")))
        if value is None:
            continue
        spelled = escaped(name)
        if spelled:
            found.fields[spelled] = value
        if name in needed and child.get("default") is None:
            found.least += len(name.encode()) + value.least + 4
    return found


def _string(schema: Schema) -> Extent:
    form, limit = schema.get("format") or "", schema.get("maxLength")
    if form in _FORMATS:
        return Extent(*_FORMATS[form])
    if limit is not None:
        return Extent(2, max(limit, 0) * (1 if form == "byte" else 4))
    choices = [choice for choice in schema.get("enum") or () if isinstance(choice, str)]
    if choices and form != "byte":
        return Extent(2, max(len(choice.encode()) for choice in choices))
    return Extent(2, REQUEST_BYTES - 2)


def occurrences(schema: Schema) -> int | None:
    """How many children of one place a value of this schema can have; None if there is no bound."""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not None:
        limit = schema.get("maxProperties")
    elif schema.get("type") == "array":
        limit = schema.get("maxItems")
    else:
        return 1
    return None if limit is None else max(limit, 0)
