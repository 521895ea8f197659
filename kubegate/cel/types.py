"""CEL's static types, how they print, and which is assignable to which.

Source: cel-go ``common/types`` and ``checker/types.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Type:
    """``kind`` is one of dyn, any, error, null, bool, int, uint, double, string, bytes, timestamp, duration, list, map,
    type, opaque, object, param; ``name`` is that of an opaque, object or param type; ``params`` are the type's arguments."""

    kind: str
    name: str = ""
    params: tuple[Type, ...] = ()

    def __str__(self) -> str:
        return format_type(self)


DYN = Type("dyn")
ANY = Type("any")
ERROR = Type("error")
NULL = Type("null")
BOOL = Type("bool")
INT = Type("int")
UINT = Type("uint")
DOUBLE = Type("double")
STRING = Type("string")
BYTES = Type("bytes")
TIMESTAMP = Type("timestamp")
DURATION = Type("duration")
TYPE = Type("type")
ABSENT = Type("absent")
"""The type of a field that a lenient object type has not: prints as nothing, takes nothing."""


def list_of(element: Type) -> Type:
    """``list(element)``."""
    return Type("list", "", (element,))


def map_of(key: Type, value: Type) -> Type:
    """``map(key, value)``."""
    return Type("map", "", (key, value))


def type_of(target: Type) -> Type:
    """``type(target)``: the type of a type's name."""
    return Type("type", "", (target,))


def opaque(name: str, *params: Type) -> Type:
    """A type whose inside is not visible (``kubernetes.URL``, ``optional_type(int)``)."""
    return Type("opaque", name, params)


def object_type(name: str) -> Type:
    """A type with fields; which ones, the environment knows."""
    return Type("object", name)


def param(name: str) -> Type:
    """A type variable."""
    return Type("param", name)


def optional_of(value: Type) -> Type:
    """``optional_type(value)``."""
    return opaque("optional_type", value)


A = param("A")
B = param("B")
LIST_A = list_of(A)
MAP_AB = map_of(A, B)

_RUNTIME_NAMES = {"null": "null_type", "timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration"}


def format_type(kind: Type) -> str:
    """A type as the checker's messages show it."""
    if kind.kind in ("error", "absent"):
        return "!error!" if kind.kind == "error" else ""
    head = kind.name or kind.kind
    if not kind.params:
        return head
    return f"{head}({', '.join(map(format_type, kind.params))})"


def runtime_name(kind: Type) -> str:
    """A type's own name: ``null_type``, ``google.protobuf.Timestamp``, ``list`` (without arguments)."""
    return kind.name or _RUNTIME_NAMES.get(kind.kind, kind.kind)


def print_type(kind: Type) -> str:
    """A type as ``must evaluate to X`` shows it: runtime names, with arguments."""
    head = runtime_name(kind)
    if not kind.params:
        return head
    return f"{head}({', '.join(map(print_type, kind.params))})"


def format_signature(args: tuple[Type, ...], is_member: bool) -> str:
    """``(int, string)`` or, of a member call, ``int.(string)``."""
    shown = [format_type(arg) for arg in args]
    if is_member:
        return f"{shown[0]}.({', '.join(shown[1:])})"
    return f"({', '.join(shown)})"


def is_dyn(kind: Type) -> bool:
    """True for dyn and any."""
    return kind.kind in ("dyn", "any")


_NULLABLE = frozenset(("null", "opaque", "object", "any", "timestamp", "duration"))


class Substitution(dict[str, Type]):
    """Which type each type variable stands for."""

    def apply(self, kind: Type, *, free_to_dyn: bool = False) -> Type:
        """Replace the variables in a type; those still free become dyn if asked."""
        if kind.kind == "param":
            found = self.get(kind.name)
            if found is not None:
                return self.apply(found, free_to_dyn=free_to_dyn)
            return DYN if free_to_dyn else kind
        if not kind.params:
            return kind
        return Type(kind.kind, kind.name, tuple(self.apply(part, free_to_dyn=free_to_dyn) for part in kind.params))

    def assign(self, value: Type, target: Type) -> bool:
        """Can ``value`` stand where ``target`` is asked? May bind variables, also when the answer is no."""
        if target.kind == "param":
            valid, bound = self._substitute(value, target)
            if valid or bound:
                return valid
        if value.kind == "param":
            return self._substitute(target, value)[0]
        if value.kind in ("dyn", "any", "error") or target.kind in ("dyn", "any", "error"):
            return True
        if value.kind == "null":
            return target.kind in _NULLABLE
        if target.kind == "null":
            return value.kind in _NULLABLE
        if value.kind != target.kind or value.name != target.name:
            return False
        if value.kind == "type":
            return True
        return self.assign_all(value.params, target.params)

    def assign_all(self, values: tuple[Type, ...], targets: tuple[Type, ...]) -> bool:
        """`assign` of each pair."""
        return len(values) == len(targets) and all(self.assign(v, t) for v, t in zip(values, targets, strict=True))

    def _substitute(self, value: Type, variable: Type) -> tuple[bool, bool]:
        """(is ``value`` a valid meaning of ``variable``, had the variable a meaning before)."""
        if value == variable:
            return True, True
        bound = self.get(variable.name)
        if bound is not None:
            if value == bound:
                return True, True
            if not self.assign(value, bound):
                return False, True
            general = most_general(value, bound)
            if self._absent(variable, general):
                self[variable.name] = general
            return True, True
        if self._absent(variable, value):
            self[variable.name] = value
            return True, False
        return False, False

    def _absent(self, variable: Type, within: Type) -> bool:
        if within == variable:
            return False
        if within.kind == "param":
            bound = self.get(within.name)
            return bound is None or self._absent(variable, bound)
        return all(self._absent(variable, part) for part in within.params)


def _less_specific(first: Type, second: Type) -> bool:
    if is_dyn(first) or first.kind == "param":
        return True
    if is_dyn(second) or second.kind == "param":
        return False
    if first.kind != second.kind or first.name != second.name or len(first.params) != len(second.params):
        return False
    if first.kind == "type":
        return True
    return all(_less_specific(a, b) for a, b in zip(first.params, second.params, strict=True))


def most_general(first: Type, second: Type) -> Type:
    """The less specific of two types that unify."""
    return first if _less_specific(first, second) else second


def assignable(substitution: Substitution, values: tuple[Type, ...], targets: tuple[Type, ...]) -> Substitution | None:
    """The substitution with the new bindings if every value is assignable, else None (the old one is unchanged)."""
    attempt = Substitution(substitution)
    return attempt if attempt.assign_all(values, targets) else None


def variables_of(kind: Type) -> frozenset[str]:
    """The names of the type variables in a type."""
    if kind.kind == "param":
        return frozenset((kind.name,))
    return frozenset().union(*(variables_of(part) for part in kind.params))


def rename(kind: Type, names: Mapping[str, Type]) -> Type:
    """Replace type variables by name, once."""
    if kind.kind == "param":
        return names.get(kind.name, kind)
    if not kind.params:
        return kind
    return Type(kind.kind, kind.name, tuple(rename(part, names) for part in kind.params))
