"""The status of pods: what kubelets and schedulers may write."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid
from kubegate.api.names import Object
from kubegate.registry.core.pods.annotations import check_annotation_changes
from kubegate.registry.interface import Subresource, WriteContext
from kubegate.registry.validation.basics import check_immutable, check_name, check_set, check_user_id
from kubegate.registry.validation.names import dns1123_subdomain, qualified_name
from kubegate.registry.validation.network import check_ip, is_dual_stack

_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
_RESTARTED = "may not be transitioned to non-terminated state"


def pod_status_subresource() -> Subresource:
    """``pods/status``: owner references stay as they are (old kubelets corrupted them)."""
    kept = ("labels", "annotations", "finalizers", "managedFields")
    return Subresource(metadata=kept, prepare=_prepare, validate=_validate)


def _prepare(pod: Object, old: Object, context: WriteContext) -> None:
    status, before = pod.setdefault("status", {}), old.get("status") or {}
    if not status.get("qosClass") and before.get("qosClass"):
        status["qosClass"] = before["qosClass"]
    if not status.get("observedGeneration") and before.get("observedGeneration"):
        status["observedGeneration"] = before["observedGeneration"]
    known: dict[str, list[int]] = {}
    for condition in before.get("conditions") or ():
        known.setdefault(condition.get("type") or "", []).append(condition.get("observedGeneration") or 0)
    for condition in status.get("conditions") or ():
        earlier = known.get(condition.get("type") or "")
        generation = earlier.pop(0) if earlier else 0
        if not condition.get("observedGeneration") and generation:
            condition["observedGeneration"] = generation


def _validate(pod: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status, before, spec = pod.get("status") or {}, old.get("status") or {}, pod.get("spec") or {}
    check_annotation_changes(errors, "metadata.annotations", pod, old)
    for index, condition in enumerate(status.get("conditions") or ()):
        if condition.get("type") not in _SYSTEM_CONDITIONS:
            check_name(errors, f"metadata.conditions[{index}].Type", condition.get("type") or "", qualified_name)
    nominated = status.get("nominatedNodeName") or ""
    if nominated and nominated != before.get("nominatedNodeName"):
        check_name(errors, "status.nominatedNodeName", nominated, dns1123_subdomain)
    check_immutable(errors, "status.qosClass", status.get("qosClass") or "", before.get("qosClass") or "")
    _check_transitions(errors, status, before, spec)
    _check_claims(errors, status, spec)
    _check_addresses(errors, status)
    _check_users(errors, status, (spec.get("os") or {}).get("name") or "linux")
    _check_allocated(errors, status, spec)
    return errors


def _check_transitions(errors: list[FieldError], status: Object, old: Object, spec: Object) -> None:
    policy = spec.get("restartPolicy")
    sidecars = {c.get("name") for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
    own_policies = {c.get("name"): c.get("restartPolicy") for c in spec.get("containers") or ()}
    for key in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        rule = "Never" if key.startswith("ephemeral") else policy
        current = {item.get("name"): item for item in status.get(key) or ()}
        for index, item in enumerate(old.get(key) or ()):
            name, ended = item.get("name"), (item.get("state") or {}).get("terminated")
            effective = own_policies.get(name) or rule if key == "containerStatuses" else rule
            if ended is None or effective == "Always" or (key.startswith("init") and name in sidecars):
                continue
            if effective == "OnFailure" and ended.get("exitCode"):
                continue
            if name in current and (current[name].get("state") or {}).get("terminated") is None:
                errors.append(forbidden(f"status.{key}[{index}].state", _RESTARTED))


def _check_claims(errors: list[FieldError], status: Object, spec: Object) -> None:
    known = {claim.get("name") for claim in spec.get("resourceClaims") or ()}
    seen: set[str] = set()
    for index, claim in enumerate(status.get("resourceClaimStatuses") or ()):
        place, name = f"status.resourceClaimStatuses[{index}].name", claim.get("name") or ""
        if name not in known:
            errors.append(invalid(place, name, "must match the name of an entry in `spec.resourceClaims`"))
        if name in seen:
            errors.append(duplicate(place, name))
        seen.add(name)
        if claim.get("resourceClaimName") is not None:
            check_name(errors, place, claim["resourceClaimName"], dns1123_subdomain)


def _check_addresses(errors: list[FieldError], status: Object) -> None:
    for key in ("podIPs", "hostIPs"):
        listed = status.get(key) or []
        texts = [item.get("ip") or "" for item in listed]
        if key == "hostIPs" and texts and (status.get("hostIP") or "") != texts[0]:
            errors.append(invalid("status.hostIPs[0].ip", texts[0], "must be equal to `hostIP`"))
        for index, text in enumerate(texts):
            check_ip(errors, f"status.{key}[{index}]", text)
        if len(texts) < 2:
            continue
        shown = [{"IP": text} for text in texts]
        if not is_dual_stack(texts) or len(texts) > 2:
            text = "may specify no more than one IP for each IP family"
            errors.append(invalid(f"status.{key}", shown, text))
        for index, text in enumerate(texts):
            if text in texts[:index]:
                errors.append(duplicate(f"status.{key}[{index}]", {"IP": text}))


def _check_users(errors: list[FieldError], status: Object, os: str) -> None:
    for key in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        for index, item in enumerate(status.get(key) or ()):
            user, place = (item.get("user") or {}).get("linux"), f"status.{key}[{index}].linux"
            if user is None:
                continue
            if os == "windows":
                errors.append(forbidden(place, "cannot be set for a windows pod"))
                continue
            check_user_id(errors, f"{place}.uid", user.get("uid") or 0)
            check_user_id(errors, f"{place}.gid", user.get("gid") or 0)
            for position, group in enumerate(user.get("supplementalGroups") or ()):
                check_user_id(errors, f"{place}.supplementalGroups[{position}]", group)


def _check_allocated(errors: list[FieldError], status: Object, spec: Object) -> None:
    for key, source in (("containerStatuses", "containers"), ("initContainerStatuses", "initContainers")):
        containers = {container.get("name"): container for container in spec.get(source) or ()}
        for index, item in enumerate(status.get(key) or ()):
            for position, allocated in enumerate(item.get("allocatedResourcesStatus") or ()):
                place = f"status.{key}[{index}].allocatedResourcesStatus[{position}]"
                _check_allocated_resource(errors, place, allocated, containers.get(item.get("name")))
    for index, item in enumerate(status.get("ephemeralContainerStatuses") or ()):
        if item.get("allocatedResourcesStatus"):
            place = f"status.ephemeralContainerStatuses[{index}].allocatedResourcesStatus"
            errors.append(forbidden(place, "must not be specified in container status"))


def _check_allocated_resource(errors: list[FieldError], path: str, allocated: Object, container: Object | None) -> None:
    name = allocated.get("name") or ""
    if container is not None:
        resources = container.get("resources") or {}
        if name.startswith("claim:"):
            claims = [
                f"claim:{c.get('name')}" + (f"/{c['request']}" if c.get("request") else "")
                for c in resources.get("claims") or ()
            ]
            text = (
                "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' "
                "or 'claim:<claimName>' if request is empty"
            )
            if name not in claims:
                errors.append(invalid(f"{path}.name", name, text))
        elif name not in (resources.get("requests") or {}):
            errors.append(invalid(f"{path}.name", name, "must match one of the container's resource requests"))
    seen: set[str] = set()
    for index, resource in enumerate(allocated.get("resources") or ()):
        place, key = f"{path}.resources[{index}]", resource.get("resourceID") or ""
        check_set(errors, f"{place}.health", resource.get("health") or "", ("Healthy", "Unhealthy", "Unknown"))
        if key in seen:
            errors.append(duplicate(f"{place}.resourceID", key))
        seen.add(key)
