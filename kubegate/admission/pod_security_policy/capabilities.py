"""Linux capabilities of containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.api.field_errors import FieldError, invalid

Capabilities = dict[str, list[str]]


def filled_in(spec: dict[str, Any], given: Capabilities | None) -> Capabilities | None:
    """The container's capabilities with the policy's default and required ones; None if nothing changes."""
    added, dropped = set((given or {}).get("add") or ()), set((given or {}).get("drop") or ())
    add = (set(spec.get("defaultAddCapabilities") or ()) - dropped) | added
    drop = set(spec.get("requiredDropCapabilities") or ()) | dropped
    if (add, drop) == (added, dropped):
        return None
    made = {"add": sorted(add), "drop": sorted(drop)}
    return {key: names for key, names in made.items() if names}


def check_capabilities(path: str, spec: dict[str, Any], given: Capabilities | None) -> Iterator[FieldError]:
    """What is wrong with them; ``*`` among the allowed ones allows all and requires nothing."""
    default, required = spec.get("defaultAddCapabilities") or (), spec.get("requiredDropCapabilities") or ()
    allowed = set(spec.get("allowedCapabilities") or ())
    if given is None:
        if default or required:
            yield invalid(path, None, "required capabilities are not set on the securityContext")
        return
    if "*" in allowed:
        return
    for name in given.get("add") or ():
        if name not in allowed and name not in default:
            yield invalid(f"{path}.add", name, "capability may not be added")
    dropped = given.get("drop") or []
    for name in required:
        if name not in dropped:
            yield invalid(f"{path}.drop", dropped, f"{name} is required to be dropped but was not found")
