"""``pods/resize``: CPU and memory of containers may change while the pod runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.pods.annotations import MIRROR
from kubegate.registry.core.pods.qos import qos_class
from kubegate.registry.interface import Subresource, WriteContext
from kubegate.registry.validation.basics import same

CheckPod = Callable[[list[FieldError], Object], None]
_RESIZED = ("cpu", "memory")
_LISTS = ("containers", "initContainers")


def resize_subresource(check_pod: CheckPod) -> Subresource:
    """``pods/resize``; ``check_pod`` is the validation of any pod."""

    def validate(pod: Object, old: Object, context: WriteContext) -> list[FieldError]:
        spec, before = pod.get("spec") or {}, old.get("spec") or {}
        if MIRROR in annotations_of(old):
            return [forbidden("", "static pods cannot be resized")]
        if (before.get("os") or {}).get("name") == "windows":
            return [forbidden("", "windows pods cannot be resized")]
        errors: list[FieldError] = []
        check_pod(errors, pod)
        if qos_class(before) != qos_class(spec):
            shown = (pod.get("status") or {}).get("qosClass") or ""
            errors.append(invalid("spec", shown, "Pod QOS Class may not change as a result of resizing"))
        if not _node_can_resize(old):
            errors.append(forbidden("spec", "Pod running on node without support for resize"))
        if any(len(spec.get(key) or ()) != len(before.get(key) or ()) for key in _LISTS):
            errors.append(forbidden("spec", "pod updates may not add or remove containers"))
            return errors
        _check_changes(errors, spec, before)
        return errors

    return Subresource(fields=("spec",), metadata=("managedFields",), prepare=_prepare, validate=validate)


def _prepare(pod: Object, old: Object, context: WriteContext) -> None:
    spec, before = pod.get("spec") or {}, old.get("spec") or {}
    if any(len(spec.get(key) or ()) != len(before.get(key) or ()) for key in _LISTS):
        return  # validation complains
    merged = dict(before)
    for key in _LISTS:
        if before.get(key):
            merged[key] = _with_resources(spec[key], before[key])
    if spec.get("resources") is not None:
        merged["resources"] = spec["resources"]
    pod["spec"] = merged


def _with_resources(containers: list[Object], old: list[Object]) -> list[Object]:
    if [c.get("name") for c in containers] != [c.get("name") for c in old]:
        return containers  # validation complains
    result = []
    for container, before in zip(containers, old, strict=True):
        kept = {key: value for key, value in before.items() if key not in ("resources", "resizePolicy")}
        kept |= {key: container[key] for key in ("resources", "resizePolicy") if container.get(key) is not None}
        result.append(kept)
    return result


def _node_can_resize(pod: Object) -> bool:
    """Nodes that can resize report the resources of running containers."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if (status.get("state") or {}).get("running") is not None:
            return status.get("resources") is not None
    return True


def _check_changes(errors: list[FieldError], spec: Object, old: Object) -> None:
    for key in ("initContainers", "containers"):
        for index, (container, before) in enumerate(zip(spec.get(key) or (), old.get(key) or (), strict=True)):
            if key == "containers" or before.get("restartPolicy") == "Always":
                _check_container(errors, f"spec.{key}[{index}].resources", container, before)
    for container, before in zip(spec.get("containers") or (), old.get("containers") or (), strict=True):
        if not same(_with_old_amounts(container, before), before):
            errors.append(forbidden("spec", "only cpu and memory resources are mutable"))
    for container, before in zip(spec.get("initContainers") or (), old.get("initContainers") or (), strict=True):
        if container.get("restartPolicy") == "Always":
            if not same(_with_old_amounts(container, before), before):
                errors.append(forbidden("spec", "only cpu and memory resources for sidecar containers are mutable"))
        elif not same(container, before):
            errors.append(forbidden("spec", "resources for non-sidecar init containers are immutable"))


def _with_old_amounts(container: Object, old: Object) -> Object:
    resources, before = container.get("resources") or {}, old.get("resources") or {}
    merged: dict[str, Any] = {}
    for kind in ("limits", "requests"):
        if before.get(kind) is None:
            continue
        amounts = {name: value for name, value in (resources.get(kind) or {}).items() if name not in _RESIZED}
        merged[kind] = amounts | {name: value for name, value in before[kind].items() if name in _RESIZED}
    return {**container, "resources": merged, "resizePolicy": old.get("resizePolicy")}


def _check_container(errors: list[FieldError], path: str, container: Object, old: Object) -> None:
    resources, before = container.get("resources") or {}, old.get("resources") or {}
    for kind in ("requests", "limits"):
        if set(before.get(kind) or ()) - set(resources.get(kind) or ()):
            errors.append(forbidden(f"{path}.{kind}", f"resource {kind} cannot be removed"))
