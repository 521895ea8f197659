"""Users, groups and SELinux labels: what a strategy fills in, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubegate.admission.pod_security_policy.context import rule_of
from kubegate.api.field_errors import FieldError, invalid, required

Strategy = dict[str, Any] | None


def ranges_of(strategy: Strategy) -> list[tuple[int, int]]:
    """The ranges as (first, last)."""
    return [(int(r.get("min") or 0), int(r.get("max") or 0)) for r in (strategy or {}).get("ranges") or ()]


def first_id(strategy: Strategy) -> int | None:
    """The id that MustRunAs fills in: the first of the first range."""
    ranges = ranges_of(strategy) if rule_of(strategy) == "MustRunAs" else []
    return ranges[0][0] if ranges else None


def check_user(path: str, strategy: Strategy, user: int | None, non_root: bool | None) -> list[FieldError]:
    """What is wrong with a container's user."""
    rule = rule_of(strategy)
    if rule == "MustRunAs":
        if user is None:
            return [required(f"{path}.runAsUser")]
        ranges = ranges_of(strategy)
        return (
            [] if _within(user, ranges) else [invalid(f"{path}.runAsUser", user, f"must be in the ranges: {_shown(ranges)}")]
        )
    if rule == "MustRunAsNonRoot":
        if non_root is None and user is None:
            return [required(f"{path}.runAsNonRoot", "must be true")]
        if non_root is False:
            return [invalid(f"{path}.runAsNonRoot", non_root, "must be true")]
        if user == 0:
            return [invalid(f"{path}.runAsUser", user, "running with the root UID is forbidden")]
    return []


def check_groups(path: str, strategy: Strategy, groups: Sequence[int]) -> list[FieldError]:
    """What is wrong with groups; MustRunAs wants at least one, MayRunAs does not."""
    rule, ranges = rule_of(strategy), ranges_of(strategy)
    if rule not in ("MustRunAs", "MayRunAs"):
        return []
    if not groups and rule == "MustRunAs":
        return [invalid(path, list(groups), "unable to validate empty groups against required ranges")]
    return [
        invalid(path, list(groups), f"group {group} must be in the ranges: {_shown(ranges)}")
        for group in groups
        if not _within(group, ranges)
    ]


def selinux_of(strategy: Strategy) -> dict[str, Any] | None:
    """The options that MustRunAs fills in."""
    return dict((strategy or {}).get("seLinuxOptions") or {}) if rule_of(strategy) == "MustRunAs" else None


def check_selinux(path: str, strategy: Strategy, options: dict[str, Any] | None) -> list[FieldError]:
    """What is wrong with SELinux options: MustRunAs wants exactly its own."""
    wanted = selinux_of(strategy)
    if wanted is None:
        return []
    if options is None:
        return [required(path)]
    errors = []
    for key in ("level", "role", "type", "user"):
        must, have = wanted.get(key) or "", options.get(key) or ""
        if have != must and not (key == "level" and _categories(have) == _categories(must)):
            errors.append(invalid(f"{path}.{key}", have, f"must be {must}"))
    return errors


def _categories(level: str) -> tuple[str, list[str]]:
    sensitivity, _, categories = level.partition(":")
    return sensitivity, sorted(categories.split(","))


def _within(number: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= number <= high for low, high in ranges)


def _shown(ranges: Sequence[tuple[int, int]]) -> str:
    return "[" + " ".join(f"{{{low} {high}}}" for low, high in ranges) + "]"
