"""``pods/resize``: CPU and memory of containers may change while the pod runs."""

from __future__ import annotations

from collections.abc import Callable

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
        _check_pod_level(errors, spec, before)
        if (old.get("status") or {}).get("nodeAllocatableResourceClaimStatuses"):
            errors.append(forbidden("spec", "pods with node allocatable resource claims cannot be resized"))
        moved = [error for key in _LISTS for error in _moved(key, spec.get(key) or [], before.get(key) or [])]
        if moved:
            return errors + moved
        _check_changes(errors, spec, before)
        return errors

    return Subresource(fields=("spec",), metadata=("managedFields",), prepare=_prepare, validate=validate)


def _prepare(pod: Object, old: Object, context: WriteContext) -> None:
    spec, before = pod.get("spec") or {}, old.get("spec") or {}
    merged = dict(before)
    for key in _LISTS:
        if before.get(key) or spec.get(key):
            merged[key] = _with_resources(spec.get(key) or [], before.get(key) or [])
    merged.pop("resources", None)
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


def _moved(key: str, containers: list[Object], old: list[Object]) -> list[FieldError]:
    """Containers that came, went or changed places."""
    if len(containers) != len(old):
        return [forbidden(f"spec.{key}", f"{key} may not be added or removed on resize")]
    return [
        forbidden(f"spec.{key}[{index}].name", f"{key} may not be renamed or reordered on resize")
        for index, (container, before) in enumerate(zip(containers, old, strict=True))
        if container.get("name") != before.get("name")
    ]


def _check_pod_level(errors: list[FieldError], spec: Object, old: Object) -> None:
    """What the pod as a whole asks for: only CPU and memory change, and nothing goes."""
    resources, before = spec.get("resources"), old.get("resources")
    if not _says_something(resources) and not _says_something(before):
        return
    if before is not None and resources is None:
        errors.append(forbidden("spec.resources", "pod-level resources cannot be removed"))
        return
    for kind in ("requests", "limits"):
        if _removed(resources, before, kind):
            errors.append(forbidden(f"spec.resources.{kind}", f"pod-level resource {kind} cannot be removed"))
    if not same({**(resources or {}), **_old_amounts(resources, before)}, before or {}):
        errors.append(forbidden("spec", "only cpu and memory resources are mutable at pod-level"))


def _says_something(resources: Object | None) -> bool:
    return any((resources or {}).get(kind) for kind in ("requests", "limits"))


def _check_changes(errors: list[FieldError], spec: Object, old: Object) -> None:
    starting = list(zip(spec.get("initContainers") or (), old.get("initContainers") or (), strict=True))
    running = list(zip(spec.get("containers") or (), old.get("containers") or (), strict=True))
    for key, pairs in (("initContainers", starting), ("containers", running)):
        for index, (container, before) in enumerate(pairs):
            for kind in ("requests", "limits"):
                if _removed(container.get("resources"), before.get("resources"), kind):
                    path = f"spec.{key}[{index}].resources.{kind}"
                    errors.append(forbidden(path, f"resource {kind} cannot be removed"))
    for container, before in running:
        if not same(_settled(container, before), before):
            errors.append(forbidden("spec", "only cpu and memory resources are mutable"))
    for index, (container, before) in enumerate(starting):
        if not same(_settled(container, before), before):
            text = "only cpu and memory resources for init or sidecar containers are mutable"
            errors.append(forbidden(f"spec.initContainers[{index}]", text))


def _settled(container: Object, old: Object) -> Object:
    """The container with its old CPU, memory and resize policy: what else differs may not change."""
    amounts = _old_amounts(container.get("resources"), old.get("resources"))
    return {**container, "resources": amounts, "resizePolicy": old.get("resizePolicy")}


def _old_amounts(resources: Object | None, old: Object | None) -> Object:
    merged: Object = {}
    for kind in ("limits", "requests"):
        amounts = {name: value for name, value in ((resources or {}).get(kind) or {}).items() if name not in _RESIZED}
        merged[kind] = amounts | {n: value for n, value in ((old or {}).get(kind) or {}).items() if n in _RESIZED}
    return merged


def _removed(resources: Object | None, old: Object | None, kind: str) -> bool:
    return bool(set((old or {}).get(kind) or ()) - set((resources or {}).get(kind) or ()))
