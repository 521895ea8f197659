"""What an operator must be allowed, as lines of text that go from one process to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes

_PARTS = ("verb", "is_resource", "group", "version", "resource", "subresource", "namespace", "name", "path")


@dataclass(frozen=True, slots=True)
class Need:
    """A question to the authorizers; ``granting`` is the role or binding that was written, which only those may who hold
    what it grants."""

    attributes: Attributes
    granting: Object | None = None


def to_line(need: Need) -> str:
    """One line; selectors are left out, which RBAC does not look at."""
    attributes = need.attributes
    parts: dict[str, Any] = {name: getattr(attributes, name) for name in _PARTS}
    who = {"user": attributes.user.name, "groups": attributes.user.groups}
    return orjson.dumps({**parts, **who, "granting": need.granting}).decode()


def from_line(line: str) -> Need:
    """The same again."""
    parts = orjson.loads(line)
    granting = parts.pop("granting")
    return Need(Attributes(User(parts.pop("user"), "", tuple(parts.pop("groups"))), **parts), granting)
