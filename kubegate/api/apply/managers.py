"""managedFields: who owns which fields of an object.

Source: apimachinery ``util/managedfields`` (manager identifiers, order of entries, bound on their number).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from kubegate.api.apply.field_set import FieldSet
from kubegate.api.go import quote

APPLY, UPDATE = "Apply", "Update"
MAX_UPDATERS = 10
_ANCIENT = "ancient-changes"


class ManagerKey(NamedTuple):
    """Who: name, operation, API version (not for appliers: they are one across versions), subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str

    @property
    def identifier(self) -> str:
        """The text by which managers are ordered."""
        parts = {"manager": self.name, "operation": self.operation, "apiVersion": self.api_version}
        parts["subresource"] = self.subresource
        return json.dumps({key: value for key, value in parts.items() if value}, separators=(",", ":"))

    def __str__(self) -> str:
        text = quote(self.name)
        if self.subresource:
            text += f" with subresource {quote(self.subresource)}"
        return f"{text} using {self.api_version}" if self.operation == UPDATE else text


@dataclass(frozen=True, slots=True)
class Owned:
    """What a manager owns, in which version, since when ("" if unknown)."""

    fields: FieldSet
    api_version: str
    time: str = ""


Managed = dict[ManagerKey, Owned]


def manager_key(name: str, operation: str, api_version: str, subresource: str) -> ManagerKey:
    """The key of a manager; an empty name is ``unknown``."""
    return ManagerKey(name or "unknown", operation, "" if operation == APPLY else api_version, subresource)


def decode(entries: Any) -> Managed:
    """Read ``metadata.managedFields``; raises ValueError in the server's words."""
    managed: Managed = {}
    for index, entry in enumerate(entries or ()):
        operation, version = entry.get("operation"), entry.get("apiVersion") or ""
        if operation not in (APPLY, UPDATE):
            raise ValueError("operation must be `Apply` or `Update`")
        if not version:
            raise ValueError("apiVersion must not be empty")
        kind = entry.get("fieldsType") or ""
        if not kind:
            raise ValueError(f"missing fieldsType in managed fields entry {index}")
        if kind != "FieldsV1":
            raise ValueError(f"invalid fieldsType {quote(kind)} in managed fields entry {index}")
        name, subresource = entry.get("manager") or "", entry.get("subresource") or ""
        key = ManagerKey(name, operation, "" if operation == APPLY else version, subresource)
        managed[key] = Owned(FieldSet.from_fields_v1(entry.get("fieldsV1") or {}), version, entry.get("time") or "")
    return managed


def encode(managed: Managed) -> list[dict[str, Any]]:
    """As ``metadata.managedFields``, ordered by operation, time, manager."""
    entries = [_entry(key, owned) for key, owned in managed.items()]
    parts = ("operation", "time", "manager", "apiVersion", "subresource")
    return sorted(entries, key=lambda entry: [entry.get(part, "") for part in parts])


def _entry(key: ManagerKey, owned: Owned) -> dict[str, Any]:
    entry: dict[str, Any] = {"manager": key.name, "operation": key.operation, "apiVersion": owned.api_version}
    if owned.time:
        entry["time"] = owned.time
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": owned.fields.to_fields_v1()}
    if key.subresource:
        entry["subresource"] = key.subresource
    return entry


def set_fields(managed: Managed, key: ManagerKey, fields: FieldSet) -> None:
    """Change what a manager owns; one that owns nothing goes."""
    if fields:
        managed[key] = replace(managed[key], fields=fields)
    else:
        del managed[key]


def cap_updaters(managed: Managed, limit: int = MAX_UPDATERS) -> None:
    """Merge the oldest updaters of each version into one entry when there are more than ``limit``."""
    updaters = [key for key in managed if key.operation == UPDATE]
    excess = len(updaters) - limit
    first: dict[str, ManagerKey] = {}
    for key in sorted(updaters, key=lambda key: (managed[key].time, key.identifier)) if excess > 0 else ():
        if excess <= 0:
            break
        owned = managed[key]
        bucket = ManagerKey(_ANCIENT, UPDATE, owned.api_version, "")
        if owned.api_version not in first:
            first[owned.api_version] = key
            continue
        if bucket not in managed:
            managed[bucket] = managed.pop(first[owned.api_version])
        if key != bucket:
            del managed[key]
        managed[bucket] = Owned(owned.fields | managed[bucket].fields, owned.api_version, owned.time)
        excess -= 1


def names(keys: Iterable[ManagerKey]) -> list[ManagerKey]:
    """Managers in the order in which messages name them."""
    return sorted(keys, key=lambda key: key.identifier)
