"""Label selectors of stored objects. The API refuses bad ones, but older objects may hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_selector import from_object
from kubegate.selectors.requirement import NOTHING, LabelSelector


def selector_of(selector: Mapping[str, Any] | None) -> LabelSelector:
    """What a LabelSelector object selects; one that cannot be read selects nothing."""
    try:
        return from_object(selector)
    except SelectorError:
        return NOTHING
