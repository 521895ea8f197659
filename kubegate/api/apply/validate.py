"""Whether a configuration fits the type, in the words of server-side apply.

Source: structured-merge-diff ``typed`` (validate).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.apply.compare import resolved
from kubegate.api.apply.elements import BadItem, element_of
from kubegate.api.apply.field_set import show_element
from kubegate.api.apply.shape import ListShape, MapShape, Scalar, Shape
from kubegate.api.go import quote
from kubegate.api.patch.go_print import go_print, go_type


def validate(shape: Shape, value: Any, *, allow_duplicates: bool = False) -> str:
    """What is wrong with a value, "" if nothing is; several complaints become a list."""
    errors: list[str] = []
    _Walker(errors, allow_duplicates=allow_duplicates).walk(shape, value, "")
    return errors[0] if len(errors) == 1 else "\n".join(["errors:", *(f"  {error}" for error in errors)]) if errors else ""


class _Walker:
    def __init__(self, errors: list[str], *, allow_duplicates: bool) -> None:
        self._errors = errors
        self._allow_duplicates = allow_duplicates

    def _say(self, path: str, problem: str) -> None:
        self._errors.append(f"{path}: {problem}" if path else problem)

    def walk(self, shape: Shape, value: Any, path: str) -> None:
        if value is None:
            return
        shape = resolved(shape, value)
        if isinstance(shape, MapShape):
            self._map(shape, value, path)
        elif isinstance(shape, ListShape):
            self._list(shape, value, path)
        else:
            problem = _scalar_problem(shape, value)
            if problem:
                self._say(path, problem)

    def _map(self, shape: MapShape, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            self._say(path, f"expected map, got &{{{go_print(value)}}}")
            return
        for name, item in value.items():
            below = shape.fields.get(name, shape.other)
            if below is None:
                self._say(f"{path}.{name}", "field not declared in schema")
            else:
                self.walk(below, item, f"{path}.{name}")

    def _list(self, shape: ListShape, value: Any, path: str) -> None:
        if not isinstance(value, list):
            self._say(path, f"expected list, got &{{{go_print(value)}}}")
            return
        seen: set[str] = set()
        for index, item in enumerate(value):
            if shape.relation == "atomic":
                element = f"i:{index}"
            else:
                try:
                    element = element_of(shape, item)
                except BadItem as error:
                    self._say(path, f"element {index}: {error.message}")
                    return
                if element in seen and not self._allow_duplicates:
                    self._say(path, f"duplicate entries for key {show_element(element)}")
                seen.add(element)
            self.walk(shape.item, item, path + show_element(element))


def _scalar_problem(shape: Shape, value: Any) -> str:
    kind = shape.kind if isinstance(shape, Scalar) else "untyped"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "numeric" and not number:
        return f"expected numeric (int or float), got {go_type(value)}"
    if kind == "string" and not isinstance(value, str):
        return f"expected string, got &{{{go_print(value)}}}"
    if kind == "boolean" and not isinstance(value, bool):
        return f"expected boolean, got &{{{_plus(value)}}}"
    if kind == "untyped" and isinstance(value, dict | list):
        return f"expected any scalar, got &{{{go_print(value)}}}"
    return ""


def _plus(value: Any) -> str:
    return quote(value) if isinstance(value, str) else go_print(value)
