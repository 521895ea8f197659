"""Which checks make up a level in a release, and what they say about a pod.

Source: k8s.io/pod-security-admission ``policy/registry.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kubegate.admission.pod_security.check import Check, Judge, Metadata, Spec, Violation
from kubegate.admission.pod_security.checks import capabilities, host, privilege, profiles, run_as, sysctls, volumes
from kubegate.admission.pod_security.levels import Level, LevelVersion

CHECKS: tuple[Check, ...] = (
    *capabilities.CHECKS,
    *host.CHECKS,
    *privilege.CHECKS,
    *profiles.CHECKS,
    *run_as.CHECKS,
    *sysctls.CHECKS,
    *volumes.CHECKS,
)

NEWEST = max(first for check in CHECKS for first, _ in check.versions)
"""The last release that changed a check; later ones and ``latest`` mean the same."""


def violations(level_version: LevelVersion, metadata: Metadata, spec: Spec) -> list[Violation]:
    """What the pod does that the level forbids: baseline checks first, then restricted ones, each by id."""
    found = []
    for judge in _judges(level_version.level, NEWEST if level_version.minor is None else min(level_version.minor, NEWEST)):
        violation = judge(metadata, spec)
        if violation is not None:
            found.append(violation)
    return found


@lru_cache(maxsize=256)
def _judges(level: Level, minor: int) -> tuple[Judge, ...]:
    chosen = [check for check in CHECKS if check.level <= level and check.judge(minor) is not None]
    overridden = {other for check in chosen for other in check.overrides}
    ordered = sorted((check for check in chosen if check.id not in overridden), key=lambda check: (check.level, check.id))
    return tuple(judge for check in ordered if (judge := check.judge(minor)) is not None)


def summary(found: Sequence[Violation]) -> str:
    """Reasons with details, as messages about one pod show them."""
    return ", ".join(map(str, found))


def reasons(found: Sequence[Violation]) -> str:
    """Reasons alone, as messages about many pods show them."""
    return ", ".join(violation.reason for violation in found)
