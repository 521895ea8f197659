"""Levels, versions and the policy of a namespace, as its labels say it.

Source: k8s.io/pod-security-admission ``api/helpers.go``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

from kubegate.api.field_errors import FieldError, invalid

PREFIX = "pod-security.kubernetes.io/"
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)\Z", re.ASCII)


class Level(IntEnum):
    """From the most to the least permissive; comparable by strictness."""

    PRIVILEGED = 0
    BASELINE = 1
    RESTRICTED = 2

    def __str__(self) -> str:
        return self.name.lower()


_LEVELS = {str(level): level for level in Level}
LEVEL_MESSAGE = f"must be one of {', '.join(_LEVELS)}"
VERSION_MESSAGE = 'must be "latest" or "v1.x"'


class LevelVersion(NamedTuple):
    """A level as a Kubernetes release defines it. ``minor`` is the x of ``v1.x``, or None for ``latest``."""

    level: Level = Level.PRIVILEGED
    minor: int | None = None

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.minor is None else f'v1.{self.minor}'}"


UNRESTRICTED = LevelVersion()


@dataclass(frozen=True, slots=True)
class Policy:
    """What is refused (enforce), recorded (audit) and warned about (warn)."""

    enforce: LevelVersion = UNRESTRICTED
    audit: LevelVersion = UNRESTRICTED
    warn: LevelVersion = UNRESTRICTED

    @property
    def fully_privileged(self) -> bool:
        """True if no mode asks for anything."""
        return self.enforce.level == self.audit.level == self.warn.level == Level.PRIVILEGED

    def equivalent(self, other: Policy) -> bool:
        """True if both ask for the same; privileged of any version is the same."""
        pairs = ((self.enforce, other.enforce), (self.audit, other.audit), (self.warn, other.warn))
        return all(a == b or a.level == b.level == Level.PRIVILEGED for a, b in pairs)


MODES = ("enforce", "audit", "warn")


def parse_level(text: str) -> Level | None:
    """The level, or None if there is none of that name."""
    return _LEVELS.get(text)


def parse_version(text: str) -> tuple[bool, int | None]:
    """(understood, minor): ``latest`` and what is not understood give None."""
    match = _VERSION.match(text)
    if match:
        return True, int(match[1])
    return text == "latest", None


def namespace_policy(labels: Mapping[str, str], defaults: Policy) -> tuple[Policy, list[FieldError]]:
    """The policy that a namespace's labels ask for, and what is wrong with the labels.

    A label that is not understood counts as restricted in enforce mode and as privileged in the others; its version as
    latest. Without a label of its own, warn follows an enforce label that is stricter than the default.
    """
    policy, errors = defaults, []
    for mode in MODES:
        current: LevelVersion = getattr(policy, mode)
        level, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if level is None and version is None:
            continue
        if level is not None:
            found = parse_level(level)
            if found is None:
                errors.append(invalid(f"metadata.labels[{PREFIX}{mode}]", level, LEVEL_MESSAGE))
                found = Level.RESTRICTED if mode == "enforce" else Level.PRIVILEGED
            current = current._replace(level=found)
        if version is not None:
            understood, minor = parse_version(version)
            if not understood:
                errors.append(invalid(f"metadata.labels[{PREFIX}{mode}-version]", version, VERSION_MESSAGE))
            current = current._replace(minor=minor)
        policy = replace(policy, **{mode: current})
    return _with_warnings(policy, labels), errors


def _with_warnings(policy: Policy, labels: Mapping[str, str]) -> Policy:
    if PREFIX + "warn" in labels or parse_level(labels.get(PREFIX + "enforce", "")) is None:
        return policy
    return replace(policy, warn=policy.enforce) if policy.enforce.level > policy.warn.level else policy
