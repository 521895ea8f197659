"""Seccomp and AppArmor profiles, which a policy names in its annotations."""

from __future__ import annotations

from typing import Any

from kubegate.admission.pod_security_policy.context import Settings, pod_context, settle
from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.go import quote

SECCOMP_DEFAULT = "seccomp.security.alpha.kubernetes.io/defaultProfileName"
SECCOMP_ALLOWED = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APPARMOR_DEFAULT = "apparmor.security.beta.kubernetes.io/defaultProfileName"
APPARMOR_ALLOWED = "apparmor.security.beta.kubernetes.io/allowedProfileNames"
APPARMOR_CONTAINER = "container.apparmor.security.beta.kubernetes.io/"


def annotations_of(obj: Settings) -> dict[str, str]:
    """The annotations, or none."""
    return (obj.get("metadata") or {}).get("annotations") or {}


def default_seccomp(policy: Settings, pod: Settings) -> None:
    """Give the pod the policy's profile if it names none."""
    wanted = annotations_of(policy).get(SECCOMP_DEFAULT) or ""
    if wanted and not _seccomp(pod, None):
        settle(pod["spec"], "seccompProfile", _field(wanted))


def default_apparmor(policy: Settings, pod: Settings, container: Settings) -> None:
    """Give the container the policy's profile if neither it nor its pod names one."""
    wanted = annotations_of(policy).get(APPARMOR_DEFAULT) or ""
    if wanted and not _apparmor(pod, container):
        settle(container, "appArmorProfile", _field(wanted))


def check_seccomp(policy: Settings, pod: Settings, container: Settings | None) -> list[FieldError]:
    """What is wrong with the profile of the pod, or of a container."""
    given = annotations_of(policy).get(SECCOMP_ALLOWED)
    allowed = set(given.split(",")) if given is not None else set()
    profile = _seccomp(pod, container)
    path = f"pod.metadata.annotations[{SECCOMP_CONTAINER + container['name'] if container else SECCOMP_POD}]"
    if "*" in allowed:
        return []
    if not allowed:
        return [forbidden(path, "seccomp may not be set")] if profile else []
    if _same(profile) in map(_same, allowed):
        return []
    return [forbidden(path, f"{profile} is not an allowed seccomp profile. Valid values are {given}")]


def check_apparmor(policy: Settings, pod: Settings, container: Settings) -> list[FieldError]:
    """What is wrong with a container's profile; a policy without a list allows all."""
    given = annotations_of(policy).get(APPARMOR_ALLOWED)
    if given is None:
        return []
    path = f"pod.metadata.annotations[{APPARMOR_CONTAINER}{container['name']}]"
    profile = _apparmor(pod, container)
    if not profile:
        return [forbidden(path, "AppArmor profile must be set")]
    if profile in given.split(","):
        return []
    return [forbidden(path, f"{profile} is not an allowed profile. Allowed values: {quote(given)}")]


def _seccomp(pod: Settings, container: Settings | None) -> str:
    notes = annotations_of(pod)
    if container is not None:
        own = _text((container.get("securityContext") or {}).get("seccompProfile"))
        own = own or notes.get(SECCOMP_CONTAINER + container["name"], "")
        if own:
            return own
    return _text(pod_context(pod).get("seccompProfile")) or notes.get(SECCOMP_POD, "")


def _apparmor(pod: Settings, container: Settings) -> str:
    own = _text((container.get("securityContext") or {}).get("appArmorProfile"))
    own = own or annotations_of(pod).get(APPARMOR_CONTAINER + container["name"], "")
    return own or _text(pod_context(pod).get("appArmorProfile"))


def _text(profile: dict[str, Any] | None) -> str:
    """A profile field as annotations name it."""
    kind = (profile or {}).get("type") or ""
    if kind == "Localhost":
        return f"localhost/{(profile or {}).get('localhostProfile') or ''}"
    return {"RuntimeDefault": "runtime/default", "Unconfined": "unconfined"}.get(kind, "")


def _field(text: str) -> dict[str, str] | None:
    if text.startswith("localhost/"):
        return {"type": "Localhost", "localhostProfile": text.removeprefix("localhost/")}
    names = {"runtime/default": "RuntimeDefault", "docker/default": "RuntimeDefault", "unconfined": "Unconfined"}
    return {"type": names[text]} if text in names else None


def _same(profile: str) -> str:
    """``docker/default`` is the old name of ``runtime/default``."""
    return "runtime/default" if profile == "docker/default" else profile
