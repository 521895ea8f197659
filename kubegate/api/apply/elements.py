"""List items as path elements."""

from __future__ import annotations

from typing import Any

from kubegate.api.apply.field_set import key_element, value_element
from kubegate.api.apply.shape import ListShape
from kubegate.errors import KubegateError


class BadItem(KubegateError):
    """A list item that cannot be told from the others."""

    code = "bad-item"


def element_of(shape: ListShape, item: Any) -> str:
    """The path element of an item of a merged list; raises `BadItem`."""
    if shape.relation == "map":
        if item is None:
            raise BadItem("associative list with keys may not have a null element")
        if not isinstance(item, dict):
            raise BadItem("associative list with keys may not have non-map elements")
        keys = {key: item.get(key, shape.defaults.get(key)) for key in shape.keys if key in item or key in shape.defaults}
        return key_element(keys)
    if isinstance(item, dict):
        raise BadItem("associative list without keys has an element that's a map type")
    if isinstance(item, list):
        raise BadItem("not supported: associative list with lists as elements")
    if item is None:
        raise BadItem("associative list without keys has an element that's an explicit null")
    return value_element(item)
