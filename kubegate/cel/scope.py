"""What names mean to the checker: variables, type names, functions, fields of object types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.cel.declarations import Function
from kubegate.cel.types import Type

Fields = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Scope:
    """``variables``: by name (dotted ones too); ``constants``: type names with their type and value; ``functions``; ``objects``:
    the fields of each object type."""

    variables: Mapping[str, Type]
    constants: Mapping[str, tuple[Type, Any]]
    functions: Mapping[str, Function]
    objects: Mapping[str, Fields] = field(default_factory=dict)

    def ident(self, name: str) -> tuple[Type, Any] | None:
        """The type of a variable (and None) or of a type name (and its value)."""
        found = self.variables.get(name)
        if found is not None:
            return found, None
        return self.constants.get(name)

    def field_type(self, type_name: str, name: str) -> Type | None:
        """The type of a field of an object type, None if there is no such field."""
        fields = self.objects.get(type_name)
        return None if fields is None else fields.get(name)
