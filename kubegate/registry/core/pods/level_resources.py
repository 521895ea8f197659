"""Resources of a pod as a whole: their defaults, and that they agree with those of its containers.

Source: KEP-2837; ``k8s.io/component-helpers/resource``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.api.field_errors import FieldError, forbidden, invalid
from kubegate.api.names import Object
from kubegate.api.quantity import Quantity
from kubegate.registry.validation.basics import quantity
from kubegate.registry.validation.resources import check_pod_resource_name, check_requirements, is_huge_page

_SUPPORTED = ("cpu", "memory")


def container_total(spec: Object, kind: str) -> dict[str, Quantity]:
    """What all containers need together (``kind`` is requests or limits): regular ones and sidecars at the same time, or
    one init container with the sidecars started before it, whichever is more."""
    total: dict[str, Quantity] = {}
    for container in spec.get("containers") or ():
        _add(total, _amounts(container, kind))
    sidecars: dict[str, Quantity] = {}
    peak: dict[str, Quantity] = {}
    for container in spec.get("initContainers") or ():
        need = _amounts(container, kind)
        if container.get("restartPolicy") == "Always":
            _add(total, need)
            _add(sidecars, need)
            need = dict(sidecars)
        else:
            need = dict(need)
            _add(need, sidecars)
        _raise(peak, need)
    _raise(total, peak)
    return total


def _amounts(container: Object, kind: str) -> dict[str, Quantity]:
    listed = (container.get("resources") or {}).get(kind) or {}
    return {name: quantity(value) for name, value in listed.items()}


def _add(total: dict[str, Quantity], more: Mapping[str, Quantity]) -> None:
    for name, amount in more.items():
        total[name] = total[name].add(amount) if name in total else amount


def _raise(total: dict[str, Quantity], other: Mapping[str, Quantity]) -> None:
    for name, amount in other.items():
        if name not in total or amount > total[name]:
            total[name] = amount


def _supported(name: str) -> bool:
    return name in _SUPPORTED or is_huge_page(name)


def default_pod_level_resources(spec: Object) -> None:
    """Complete pod-level resources that are given in part."""
    resources = spec.get("resources")
    if not resources:
        return
    _default_huge_page_limits(spec, resources)
    _default_requests(spec, resources)


def _default_huge_page_limits(spec: Object, resources: Object) -> None:
    if not resources.get("limits") and not resources.get("requests"):
        return
    limits = dict(resources.get("limits") or {})
    for name, amount in container_total(spec, "limits").items():
        if is_huge_page(name) and name not in limits and name not in (resources.get("requests") or {}):
            limits[name] = str(amount)
    if limits:
        resources["limits"] = limits


def _default_requests(spec: Object, resources: Object) -> None:
    limits = resources.get("limits")
    if not limits:
        return
    requests = dict(resources.get("requests") or {})
    for name, amount in container_total(spec, "requests").items():
        if name in _SUPPORTED:
            requests.setdefault(name, str(amount))
    for name, value in limits.items():
        if _supported(name):
            requests.setdefault(name, value)
    if requests:
        resources["requests"] = requests


def check_pod_level_resources(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about pod-level resources that are wrong or less than the containers'."""
    resources = spec.get("resources")
    if resources is None:
        return
    if (spec.get("os") or {}).get("name") == "windows":
        errors.append(forbidden(path, "may not be set for a windows pod"))
        return
    if resources.get("claims") is not None:
        errors.append(forbidden(f"{path}.claims", "claims cannot be set for Resources at pod-level"))
    check_requirements(errors, path, resources, (), check_pod_resource_name)
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for name, amount in container_total(spec, "requests").items():
        if not _supported(name):
            continue
        pod = quantity(requests.get(name))
        if amount > pod:
            text = f"must be greater than or equal to aggregate container requests of {amount}"
            errors.append(invalid(f"{path}.requests[{name}]", str(pod), text))
    for index, container in enumerate(spec.get("containers") or ()):
        for name, amount in _amounts(container, "limits").items():
            if name in limits and amount > quantity(limits[name]):
                text = f"must be less than or equal to pod limits of {quantity(limits[name])}"
                errors.append(invalid(f"{path}.containers[{index}][{name}].limits", str(amount), text))
