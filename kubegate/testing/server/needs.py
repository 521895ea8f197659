"""Questions to authorizers as lines of text, which go from one process to another."""

from __future__ import annotations

from typing import Any

import orjson

from kubegate.api.user import User
from kubegate.authz.interface import Attributes

_PARTS = ("verb", "is_resource", "group", "version", "resource", "subresource", "namespace", "name", "path")


def to_line(attributes: Attributes) -> str:
    """One line; selectors are left out, which RBAC does not look at."""
    parts: dict[str, Any] = {name: getattr(attributes, name) for name in _PARTS}
    return orjson.dumps({**parts, "user": attributes.user.name, "groups": attributes.user.groups}).decode()


def from_line(line: str) -> Attributes:
    """The same again."""
    parts = orjson.loads(line)
    return Attributes(User(parts.pop("user"), "", tuple(parts.pop("groups"))), **parts)
