"""What names mean to the checker: variables, type names, functions, fields of object types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.cel.declarations import Function
from kubegate.cel.types import ABSENT, DYN, Type, object_type, type_of
from kubegate.cel.values import TypeValue

Fields = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Scope:
    """``variables``: by name (dotted ones too); ``constants``: type names with their type and value; ``objects``: the fields
    of each object type.

    ``open_root`` names an object type (``Object``) that has every field, and below which every dotted name is such a type;
    ``lenient`` names object types whose unknown fields are complained about only when they are set.
    """

    variables: Mapping[str, Type]
    constants: Mapping[str, tuple[Type, Any]]
    functions: Mapping[str, Function]
    objects: Mapping[str, Fields] = field(default_factory=dict)
    open_root: str = ""
    lenient: frozenset[str] = frozenset()

    def ident(self, name: str) -> tuple[Type, Any] | None:
        """The type of a variable (and None) or of a type name (and its value)."""
        found = self.variables.get(name)
        if found is not None:
            return found, None
        if self._is_open(name):
            return type_of(object_type(name)), TypeValue(name)
        return self.constants.get(name)

    def knows(self, type_name: str) -> bool:
        """Whether the fields of an object type are known."""
        return type_name in self.objects or self._is_open(type_name)

    def field_type(self, type_name: str, name: str) -> Type | None:
        """The type of a field of an object type, None if there is no such field."""
        if self._is_open(type_name):
            return DYN
        found = self.objects.get(type_name, {}).get(name)
        return ABSENT if found is None and type_name in self.lenient else found

    def _is_open(self, name: str) -> bool:
        root = self.open_root
        return bool(root) and (name == root or name.startswith(f"{root}."))
