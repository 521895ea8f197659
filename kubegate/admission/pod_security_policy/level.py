"""Which Pod Security level a PodSecurityPolicy amounts to: the strictest one that every pod it admits satisfies.

Source: the Kubernetes documentation, "Mapping PodSecurityPolicies to Pod Security Standards".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.pod_security.checks.capabilities import DEFAULT_SET
from kubegate.admission.pod_security.levels import Level
from kubegate.admission.pod_security_policy.context import rule_of
from kubegate.admission.pod_security_policy.profiles import (
    APPARMOR_ALLOWED,
    SECCOMP_ALLOWED,
    SECCOMP_DEFAULT,
    annotations_of,
)
from kubegate.api.names import Object

_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
_PROFILES = frozenset({"runtime/default", "docker/default", "localhost/*"})


def amounts_to(policy: Object) -> tuple[Level, list[str]]:
    """The level, and the fields that keep the policy from the next stricter one."""
    spec = policy.get("spec") or {}
    if found := list(_beyond_baseline(policy, spec)):
        return Level.PRIVILEGED, found
    if found := list(_beyond_restricted(policy, spec)):
        return Level.BASELINE, found
    return Level.RESTRICTED, []


def _beyond_baseline(policy: Object, spec: dict[str, Any]) -> Iterator[str]:
    yield from (field for field in ("privileged", "hostNetwork", "hostPID", "hostIPC") if spec.get(field))
    if any((ports.get("max") or 0) > 0 for ports in spec.get("hostPorts") or ()):
        yield "hostPorts"
    if {"*", "hostPath"} & set(spec.get("volumes") or ()):
        yield "volumes"
    for field in ("allowedCapabilities", "defaultAddCapabilities"):
        if not set(spec.get(field) or ()) <= DEFAULT_SET:
            yield field
    if set(spec.get("allowedProcMountTypes") or ()) - {"Default"}:
        yield "allowedProcMountTypes"
    if spec.get("allowedUnsafeSysctls"):
        yield "allowedUnsafeSysctls"
    options = (spec.get("seLinux") or {}).get("seLinuxOptions") or {}
    fixed = rule_of(spec.get("seLinux")) == "MustRunAs"
    if not fixed or options.get("user") or options.get("role") or (options.get("type") or "") not in _TYPES:
        yield "seLinux"
    if not _within(annotations_of(policy).get(APPARMOR_ALLOWED), unset=False):
        yield f"metadata.annotations[{APPARMOR_ALLOWED}]"
    if not _within(annotations_of(policy).get(SECCOMP_ALLOWED), unset=True):
        yield f"metadata.annotations[{SECCOMP_ALLOWED}]"


def _beyond_restricted(policy: Object, spec: dict[str, Any]) -> Iterator[str]:
    if not set(spec.get("volumes") or ()) <= _VOLUMES:
        yield "volumes"
    if spec.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if rule_of(spec.get("runAsUser")) != "MustRunAsNonRoot":
        yield "runAsUser"
    if "ALL" not in (spec.get("requiredDropCapabilities") or ()):
        yield "requiredDropCapabilities"
    for field in ("allowedCapabilities", "defaultAddCapabilities"):
        if not set(spec.get(field) or ()) <= {"NET_BIND_SERVICE"}:
            yield field
    notes = annotations_of(policy)
    default = notes.get(SECCOMP_DEFAULT) or ""
    if not notes.get(SECCOMP_ALLOWED) or default not in ("runtime/default", "docker/default"):
        yield f"metadata.annotations[{SECCOMP_DEFAULT}]"


def _within(allowed: str | None, *, unset: bool) -> bool:
    """True if a list of profiles allows no unconfined one; ``unset`` is the answer where there is no list."""
    if allowed is None:
        return unset
    return all(profile in _PROFILES or profile.startswith("localhost/") for profile in allowed.split(","))
