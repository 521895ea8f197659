"""Annotations of pods that mean something: seccomp, AppArmor, mirror pods, deletion cost."""

from __future__ import annotations

import re

import orjson

from kubegate.api.field_errors import FieldError, forbidden, invalid
from kubegate.api.go import quote
from kubegate.api.go_json import syntax_error, type_error
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.pods.affinity import check_tolerations
from kubegate.registry.core.pods.windows import containers_with_paths
from kubegate.registry.validation.paths import check_descending

APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
MIRROR = "kubernetes.io/config.mirror"
_TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_TOLERATION_KEYS = ("key", "operator", "value", "effect", "tolerationSeconds")
_COST = re.compile(r"(0|[1-9][0-9]*|-[1-9][0-9]*)\Z", re.ASCII)


def check_pod_annotations(errors: list[FieldError], path: str, annotations: dict[str, str], spec: Object) -> None:
    """Complain about annotations of a pod or template."""
    if not annotations:
        return
    if MIRROR in annotations and not spec.get("nodeName"):
        text = "must set spec.nodeName if mirror pod annotation is set"
        errors.append(invalid(f"{path}[{MIRROR}]", annotations[MIRROR], text))
    if tolerations := annotations.get(_TOLERATIONS):
        _check_tolerations(errors, path, tolerations)
    cost = annotations.get(_DELETION_COST)
    if cost is not None and not (_COST.match(cost) and -(2**31) <= int(cost) < 2**31):
        errors.append(invalid(f"{path}[{_DELETION_COST}]", cost, "must be a 32bit integer"))
    for key, value in annotations.items():
        if key == SECCOMP_POD or key.startswith(SECCOMP_CONTAINER):
            _check_seccomp(errors, f"{path}.{key}", value)
    names = {container.get("name") for container, _ in containers_with_paths(spec, "spec")}
    for key, value in annotations.items():
        if key.startswith(APP_ARMOR):
            container = key.removeprefix(APP_ARMOR)
            if container not in names:
                errors.append(invalid(f"{path}[{key}]", container, "container not found"))
            if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
                errors.append(invalid(f"{path}[{key}]", value, f"invalid AppArmor profile name: {quote(value)}"))


def _check_tolerations(errors: list[FieldError], path: str, text: str) -> None:
    """Tolerations written as JSON, from the time before there was a field: they are checked, and have no effect."""
    fault = syntax_error(text)
    value = None if fault else orjson.loads(text)
    if not fault and value is not None:
        if not isinstance(value, list):
            fault = type_error(value, "", "[]core.Toleration")
        elif wrong := [item for item in value if not isinstance(item, dict)]:
            fault = type_error(wrong[0], "", "core.Toleration")
    if fault:
        errors.append(invalid(path, _TOLERATIONS, fault))
    else:
        tolerations = [{_key(name): entry for name, entry in item.items()} for item in value or ()]
        check_tolerations(errors, f"{path}.{_TOLERATIONS}", tolerations)


def _key(name: str) -> str:
    """The fields are matched whatever their case."""
    return next((key for key in _TOLERATION_KEYS if key.lower() == name.lower()), name)


def _check_seccomp(errors: list[FieldError], path: str, profile: str) -> None:
    if profile in ("runtime/default", "docker/default", "unconfined"):
        return
    if profile.startswith("localhost/"):
        check_descending(errors, path, profile.removeprefix("localhost/"))
    else:
        errors.append(invalid(path, profile, "must be a valid seccomp profile"))


def check_annotations_match_fields(errors: list[FieldError], path: str, annotations: dict[str, str], spec: Object) -> None:
    """A seccomp or AppArmor annotation must say what the field says. ``path`` is that of the specification."""
    if not annotations:
        return
    context = spec.get("securityContext") or {}
    if (profile := context.get("seccompProfile")) and SECCOMP_POD in annotations:
        _check_match(errors, f"{path}.securityContext.seccompProfile", "seccomp", annotations[SECCOMP_POD], profile)
    for container, place in containers_with_paths(spec, path):
        profile = (container.get("securityContext") or {}).get("seccompProfile")
        annotation = annotations.get(f"{SECCOMP_CONTAINER}{container.get('name')}")
        if profile and annotation is not None:
            _check_match(errors, f"{place}.securityContext.seccompProfile", "seccomp", annotation, profile)
    if (spec.get("os") or {}).get("name") == "windows":
        return
    for container, place in containers_with_paths(spec, path):
        own = (container.get("securityContext") or {}).get("appArmorProfile")
        profile = own or context.get("appArmorProfile")
        annotation = annotations.get(f"{APP_ARMOR}{container.get('name')}")
        if profile and annotation is not None:
            _check_match(errors, f"{place}.securityContext.appArmorProfile", "apparmor", annotation, profile)


def _check_match(errors: list[FieldError], path: str, what: str, annotation: str, profile: Object) -> None:
    kind, text = profile.get("type"), f"{what} type in annotation and field must match"
    if kind == "Localhost":
        if not annotation.startswith("localhost/"):
            errors.append(forbidden(f"{path}.type", text))
        elif profile.get("localhostProfile") != annotation.removeprefix("localhost/"):
            text = f"{what} profile in annotation and field must match"
            errors.append(forbidden(f"{path}.localhostProfile", text))
        return
    allowed: tuple[str, ...] = ()
    if kind == "Unconfined":
        allowed = ("unconfined",)
    elif kind == "RuntimeDefault":
        allowed = ("runtime/default", "docker/default") if what == "seccomp" else ("runtime/default",)
    if allowed and annotation not in allowed:
        errors.append(forbidden(f"{path}.type", text))


def check_annotation_changes(errors: list[FieldError], path: str, pod: Object, old: Object) -> None:
    """AppArmor and mirror annotations stay as they are."""
    new_annotations, old_annotations = annotations_of(pod), annotations_of(old)
    for key, value in old_annotations.items():
        if new_annotations.get(key) == value:
            continue
        if key.startswith(APP_ARMOR):
            errors.append(forbidden(f"{path}[{key}]", "may not remove or update AppArmor annotations"))
        if key == MIRROR:
            errors.append(forbidden(f"{path}[{key}]", "may not remove or update mirror pod annotation"))
    for key in new_annotations:
        if key in old_annotations:
            continue
        if key.startswith(APP_ARMOR):
            errors.append(forbidden(f"{path}[{key}]", "may not add AppArmor annotations"))
        if key == MIRROR:
            errors.append(forbidden(f"{path}[{key}]", "may not add mirror pod annotation"))
    check_pod_annotations(errors, path, new_annotations, pod.get("spec") or {})


def app_armor_field(annotation: str) -> Object | None:
    """The profile field that says what an annotation says; None if the annotation is not a possible one."""
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    if annotation == "runtime/default":
        return {"type": "RuntimeDefault"}
    profile = annotation.removeprefix("localhost/")
    if profile != annotation and profile and profile.strip() == profile:
        return {"type": "Localhost", "localhostProfile": profile}
    return None


def app_armor_annotation(profile: Object) -> str:
    """The annotation that says what a profile field says; empty if there is none."""
    kind = profile.get("type")
    if kind == "Localhost" and profile.get("localhostProfile"):
        return f"localhost/{profile['localhostProfile']}"
    return {"Unconfined": "unconfined", "RuntimeDefault": "runtime/default"}.get(kind or "", "")
