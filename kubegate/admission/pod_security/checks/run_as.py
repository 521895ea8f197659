"""Containers must not run as root: neither by leaving it open nor by asking for user 0."""

from __future__ import annotations

from kubegate.admission.pod_security.check import (
    Check,
    Metadata,
    Spec,
    Violation,
    in_user_namespace,
    named_containers,
    pod_context,
    security_contexts,
    setters,
    unless,
)
from kubegate.admission.pod_security.levels import Level

_NON_ROOT = "runAsNonRoot != true"


def _non_root(metadata: Metadata, spec: Spec) -> Violation | None:
    pod = pod_context(spec).get("runAsNonRoot")
    wishes = [(name, context.get("runAsNonRoot")) for name, context in security_contexts(spec)]
    who = setters(pod is False, [name for name, wish in wishes if wish is False])
    if who:
        return Violation(_NON_ROOT, f"{who} must not set securityContext.runAsNonRoot=false")
    silent = [name for name, wish in wishes if wish is None]
    if pod or not silent:
        return None
    return Violation(_NON_ROOT, f"pod or {named_containers(silent)} must set securityContext.runAsNonRoot=true")


def _user(metadata: Metadata, spec: Spec) -> Violation | None:
    names = [name for name, context in security_contexts(spec) if context.get("runAsUser") == 0]
    who = setters(pod_context(spec).get("runAsUser") == 0, names)
    return Violation("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


CHECKS = (
    Check("runAsNonRoot", Level.RESTRICTED, ((0, _non_root), (35, unless(in_user_namespace, _non_root)))),
    Check("runAsUser", Level.RESTRICTED, ((23, _user), (35, unless(in_user_namespace, _user)))),
)
