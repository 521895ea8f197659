"""Version v1beta1 of claims and slices: requests without ``exactly``, devices inside ``basic``.

Source: ``pkg/apis/resource/v1beta1/conversion.go``.
"""

from __future__ import annotations

from collections.abc import Callable

from kubegate.api.names import Object

_FLAT = (
    "deviceClassName",
    "selectors",
    "allocationMode",
    "count",
    "adminAccess",
    "tolerations",
    "capacity",
)
_VERSION, _HUB = "resource.k8s.io/v1beta1", "resource.k8s.io/v1"


def claim_to_hub(claim: Object) -> Object:
    """A claim of v1beta1 as v1 writes it."""
    return {**claim, "apiVersion": _HUB, "spec": _with_requests(claim.get("spec") or {}, _nested)}


def claim_from_hub(claim: Object) -> Object:
    """The inverse of `claim_to_hub`."""
    return {**claim, "apiVersion": _VERSION, "spec": _with_requests(claim.get("spec") or {}, _flat)}


def template_to_hub(template: Object) -> Object:
    """A template of v1beta1 as v1 writes it."""
    return {**template, "apiVersion": _HUB, "spec": _with_claim(template.get("spec") or {}, _nested)}


def template_from_hub(template: Object) -> Object:
    """The inverse of `template_to_hub`."""
    return {**template, "apiVersion": _VERSION, "spec": _with_claim(template.get("spec") or {}, _flat)}


def slice_to_hub(obj: Object) -> Object:
    """A slice of v1beta1 as v1 writes it."""
    return {**obj, "apiVersion": _HUB, "spec": _with_devices(obj.get("spec") or {}, _unwrapped)}


def slice_from_hub(obj: Object) -> Object:
    """The inverse of `slice_to_hub`."""
    return {**obj, "apiVersion": _VERSION, "spec": _with_devices(obj.get("spec") or {}, _wrapped)}


def _with_claim(spec: Object, change: Callable[[Object], Object]) -> Object:
    return {**spec, "spec": _with_requests(spec.get("spec") or {}, change)}


def _with_requests(spec: Object, change: Callable[[Object], Object]) -> Object:
    devices = spec.get("devices") or {}
    if not devices.get("requests"):
        return spec
    return {**spec, "devices": {**devices, "requests": [change(item) for item in devices["requests"]]}}


def _nested(request: Object) -> Object:
    exactly = {key: request[key] for key in _FLAT if key in request}
    made = {key: value for key, value in request.items() if key not in _FLAT}
    return {**made, "exactly": exactly} if exactly else made


def _flat(request: Object) -> Object:
    made = {key: value for key, value in request.items() if key != "exactly"}
    return {**made, **(request.get("exactly") or {})}


def _with_devices(spec: Object, change: Callable[[Object], Object]) -> Object:
    return {**spec, "devices": [change(item) for item in spec["devices"]]} if spec.get("devices") else spec


def _unwrapped(device: Object) -> Object:
    return {"name": device.get("name") or "", **(device.get("basic") or {})}


def _wrapped(device: Object) -> Object:
    basic = {key: value for key, value in device.items() if key != "name"}
    return {"name": device.get("name") or "", "basic": basic}
