"""AppArmor, seccomp and SELinux: the runtime's protection may be narrowed, not switched off."""

from __future__ import annotations

from typing import Any

from kubegate.admission.pod_security.check import (
    Check,
    Metadata,
    Spec,
    Violation,
    named_containers,
    on_windows,
    plural,
    pod_context,
    quoted,
    security_contexts,
    setters,
    unless,
)
from kubegate.admission.pod_security.levels import Level
from kubegate.api.go import quote

APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"
GOOD_TYPES = frozenset({"RuntimeDefault", "Localhost"})


def _bad_types(spec: Spec, field: str) -> tuple[bool, list[str], set[str]]:
    """(the pod itself sets a bad profile type, the containers that do, the bad types)."""
    values: set[str] = set()

    def is_bad(context: dict[str, Any]) -> bool:
        profile = context.get(field)
        if profile is None or (profile.get("type") or "") in GOOD_TYPES:
            return False
        values.add(profile.get("type") or "")
        return True

    pod = is_bad(pod_context(spec))
    return pod, [name for name, context in security_contexts(spec) if is_bad(context)], values


def _apparmor(metadata: Metadata, spec: Spec) -> Violation | None:
    pod, names, types = _bad_types(spec, "appArmorProfile")
    annotations = sorted(
        f"{key}={quote(value)}"
        for key, value in (metadata.get("annotations") or {}).items()
        if key.startswith(APPARMOR_ANNOTATION)
        and value not in ("", "runtime/default")
        and not value.startswith("localhost/")
    )
    who = [setters(pod, names)] if pod or names else []
    if annotations:
        who.append(plural("annotation", len(annotations)))
    if not who:
        return None
    values = sorted(types) + annotations
    return Violation(
        plural("forbidden AppArmor profile", len(values)),
        f"{' and '.join(who)} must not set AppArmor profile type to {quoted(values)}",
    )


def _seccomp_annotations(metadata: Metadata, spec: Spec) -> Violation | None:
    annotations = metadata.get("annotations") or {}
    keys = [SECCOMP_POD_ANNOTATION] + [SECCOMP_ANNOTATION + name for name, _ in security_contexts(spec)]
    bad = {
        f"{key}={quote(annotations[key])}"
        for key in keys
        if key in annotations
        and annotations[key] not in ("runtime/default", "docker/default")
        and not annotations[key].startswith("localhost/")
    }
    if not bad:
        return None
    return Violation("seccompProfile", f"forbidden {plural('annotation', len(bad))} {', '.join(sorted(bad))}")


def _seccomp_types(metadata: Metadata, spec: Spec) -> Violation | None:
    pod, names, types = _bad_types(spec, "seccompProfile")
    if not pod and not names:
        return None
    detail = f"{setters(pod, names)} must not set securityContext.seccompProfile.type to {quoted(sorted(types))}"
    return Violation("seccompProfile", detail)


def _seccomp_required(metadata: Metadata, spec: Spec) -> Violation | None:
    bad = _seccomp_types(metadata, spec)
    if bad or pod_context(spec).get("seccompProfile") is not None:
        return bad
    names = [name for name, context in security_contexts(spec) if context.get("seccompProfile") is None]
    if not names:
        return None
    detail = (
        f'pod or {named_containers(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    )
    return Violation("seccompProfile", detail)


_SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})


def _selinux(metadata: Metadata, spec: Spec, allowed: frozenset[str] = _SELINUX_TYPES) -> Violation | None:
    found: list[dict[str, Any]] = []

    def is_bad(context: dict[str, Any]) -> bool:
        options = context.get("seLinuxOptions") or {}
        bad = (options.get("type") or "") not in allowed or bool(options.get("user") or options.get("role"))
        found.extend([options] if bad else [])
        return bad

    pod = is_bad(pod_context(spec))
    names = [name for name, context in security_contexts(spec) if is_bad(context)]
    if not found:
        return None
    types = {options.get("type") or "" for options in found} - allowed
    details = [f"{plural('type', len(types))} {quoted(sorted(types))}"] if types else []
    details += [f"{field} may not be set" for field in ("user", "role") if any(options.get(field) for options in found)]
    detail = f"{setters(pod, names)} set forbidden securityContext.seLinuxOptions: {'; '.join(details)}"
    return Violation("seLinuxOptions", detail)


def _selinux_31(metadata: Metadata, spec: Spec) -> Violation | None:
    return _selinux(metadata, spec, _SELINUX_TYPES | {"container_engine_t"})


CHECKS = (
    Check("appArmorProfile", Level.BASELINE, ((0, _apparmor),)),
    Check("seccompProfile_baseline", Level.BASELINE, ((0, _seccomp_annotations), (19, _seccomp_types))),
    Check(
        "seccompProfile_restricted",
        Level.RESTRICTED,
        ((19, _seccomp_required), (25, unless(on_windows, _seccomp_required))),
        overrides=("seccompProfile_baseline",),
    ),
    Check("seLinuxOptions", Level.BASELINE, ((0, _selinux), (31, _selinux_31))),
)
