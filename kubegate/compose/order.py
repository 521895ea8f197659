"""The order of a chain: AccessPolicies take back only what is asked after them."""

from __future__ import annotations

from collections.abc import Iterable

_ACCESS = "AccessPolicy"
_HARMLESS = "AlwaysDeny"
"""It allows nothing that is to be denied."""


def denies_late(kinds: Iterable[str]) -> str:
    """What to say where AccessPolicies are asked after authorizers whose grants they cannot take back; else ""."""
    earlier = list(kinds)
    earlier = earlier[: earlier.index(_ACCESS)] if _ACCESS in earlier else []
    allowing = [kind for kind in earlier if kind != _HARMLESS]
    if not allowing:
        return ""
    return f"AccessPolicy is asked after {', '.join(allowing)}: what these allow, no AccessPolicy denies"
