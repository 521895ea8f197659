"""Privileged containers, privilege escalation, unmasked /proc."""

from __future__ import annotations

from kubegate.admission.pod_security.check import (
    Check,
    Metadata,
    Spec,
    Violation,
    in_user_namespace,
    named_containers,
    on_windows,
    quoted,
    security_contexts,
    unless,
)
from kubegate.admission.pod_security.levels import Level


def _privileged(metadata: Metadata, spec: Spec) -> Violation | None:
    names = [name for name, context in security_contexts(spec) if context.get("privileged")]
    return (
        Violation("privileged", f"{named_containers(names)} must not set securityContext.privileged=true") if names else None
    )


def _escalation(metadata: Metadata, spec: Spec) -> Violation | None:
    names = [name for name, context in security_contexts(spec) if context.get("allowPrivilegeEscalation") is not False]
    if not names:
        return None
    detail = f"{named_containers(names)} must set securityContext.allowPrivilegeEscalation=false"
    return Violation("allowPrivilegeEscalation != false", detail)


def _proc_mount(metadata: Metadata, spec: Spec) -> Violation | None:
    found = [
        (name, context["procMount"]) for name, context in security_contexts(spec) if context.get("procMount") is not None
    ]
    bad = [(name, kind) for name, kind in found if kind != "Default"]
    if not bad:
        return None
    kinds = quoted(sorted({kind for _, kind in bad}))
    return Violation(
        "procMount", f"{named_containers([name for name, _ in bad])} must not set securityContext.procMount to {kinds}"
    )


CHECKS = (
    Check("privileged", Level.BASELINE, ((0, _privileged),)),
    Check("procMount", Level.BASELINE, ((0, _proc_mount), (35, unless(in_user_namespace, _proc_mount)))),
    # Where baseline relaxes for user namespaces, restricted does not.
    Check("procMount_restricted", Level.RESTRICTED, ((35, _proc_mount),), overrides=("procMount",)),
    Check("allowPrivilegeEscalation", Level.RESTRICTED, ((8, _escalation), (25, unless(on_windows, _escalation)))),
)
