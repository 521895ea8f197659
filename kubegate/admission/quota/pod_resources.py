"""What a whole pod requests, from what its containers do.

Containers add up. Init containers run one after the other, so the largest counts, except those that keep running
(restartPolicy Always), which add up with everything after them. What the pod itself says of CPU, memory and huge pages
replaces the sum. The overhead of its runtime class comes on top.

Source: k8s.io/component-helpers ``resource.PodRequests``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.quota import amounts
from kubegate.admission.quota.amounts import Amounts
from kubegate.api.names import Object


def requests(spec: dict[str, Any], *, overhead: bool = True) -> Amounts:
    """The requests of a pod spec."""
    total = _total(spec, "requests")
    return amounts.add(total, amounts.read(spec.get("overhead"))) if overhead else total


def limits(spec: dict[str, Any], *, overhead: bool = True) -> Amounts:
    """The limits of a pod spec; overhead only raises limits that are there."""
    total = _total(spec, "limits")
    return amounts.add(total, amounts.mask(amounts.read(spec.get("overhead")), total)) if overhead else total


def held_spec(pod: Object) -> dict[str, Any]:
    """The pod's spec where running containers have what they hold, not less: a resize gives nothing back before the
    node has done it, and one that the node cannot do takes nothing.

    Source: k8s.io/component-helpers ``resource.PodRequests`` with ``UseStatusResources``."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    listed = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    held = {entry.get("name"): entry for entry in listed if entry.get("resources") is not None}
    if not held:
        return spec
    refused = any(
        condition.get("type") == "PodResizePending" and condition.get("reason") == "Infeasible"
        for condition in status.get("conditions") or ()
    )
    running = [_holding(container, held, refused) for container in spec.get("containers") or ()]
    starting = [
        _holding(container, held, refused) if container.get("restartPolicy") == "Always" else container
        for container in spec.get("initContainers") or ()
    ]
    return {**spec, "containers": running, "initContainers": starting}


def _holding(container: dict[str, Any], held: dict[str | None, dict[str, Any]], refused: bool) -> dict[str, Any]:
    entry = held.get(container.get("name"))
    if entry is None:
        return container
    has, wanted = entry["resources"], {} if refused else container.get("resources") or {}
    requests = amounts.maximum(amounts.read(has.get("requests")), amounts.read(entry.get("allocatedResources")))
    requests = amounts.maximum(requests, amounts.read(wanted.get("requests")))
    limits = amounts.maximum(amounts.read(has.get("limits")), amounts.read(wanted.get("limits")))
    return {**container, "resources": {"requests": requests, "limits": limits}}


def _total(spec: dict[str, Any], kind: str) -> Amounts:
    running: Amounts = {}
    for container in spec.get("containers") or ():
        running = amounts.add(running, _of(container, kind))
    restartable: Amounts = {}
    starting: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = _of(container, kind)
        if container.get("restartPolicy") == "Always":
            running = amounts.add(running, own)
            restartable = amounts.add(restartable, own)
            starting = amounts.maximum(starting, restartable)
        else:
            starting = amounts.maximum(starting, amounts.add(own, restartable))
    total = amounts.maximum(running, starting)
    pod_level = amounts.read((spec.get("resources") or {}).get(kind))
    total.update({name: amount for name, amount in pod_level.items() if _is_pod_level(name)})
    return total


def has_pod_level(spec: dict[str, Any]) -> bool:
    """True if the pod itself asks for CPU, memory or huge pages."""
    own = spec.get("resources") or {}
    return any(_is_pod_level(name) for kind in ("requests", "limits") for name in own.get(kind) or {})


def _is_pod_level(name: str) -> bool:
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def _of(container: dict[str, Any], kind: str) -> Amounts:
    return amounts.read((container.get("resources") or {}).get(kind))
