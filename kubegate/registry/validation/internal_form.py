"""Objects as messages quote them where they show the server's internal structs: Go's field names, zero values too.

The internal structs are nearly those of v1; `_ORDER` and `_pod_spec` know the differences.
Source: ``pkg/apis/core/types.go`` and its conversions.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object
from kubegate.api.schema.table import builtin
from kubegate.registry.validation.shown import selector_shown

_POD, _POD_SECURITY, _VOLUME = "core/v1.PodSpec", "core/v1.PodSecurityContext", "core/v1.Volume"
_HOST = (
    ("hostNetwork", "HostNetwork", "bool"),
    ("hostPID", "HostPID", "bool"),
    ("hostIPC", "HostIPC", "bool"),
    ("shareProcessNamespace", "ShareProcessNamespace", "*bool"),
    ("hostUsers", "HostUsers", "*bool"),
)
_MOVED = frozenset({key for key, _, _ in _HOST} | {"serviceAccount"})
_ORDER = {
    _POD: (("setHostnameAsFQDN", "subdomain"), ("preemptionPolicy", "priority"), ("overhead", "runtimeClassName")),
    _POD_SECURITY: (("fsGroupChangePolicy", "fsGroup"),),
    _VOLUME: (("quobyte", "rbd"),),
}
"""Fields that stand elsewhere in the internal struct: after which one."""
_ZEROS: dict[str, Any] = {
    "string": "",
    "bool": False,
    "int32": 0,
    "int64": 0,
    "resource.Quantity": "0",
    "intstr.IntOrString": 0,
}


def internal_form(value: Any, expression: str) -> Any:
    """A decoded value of a v1 type (``core/v1.PodTemplateSpec``, ``*batch/v1.SuccessPolicy``) as its internal struct."""
    table = builtin()
    if expression == "meta/v1.LabelSelector":
        return selector_shown(value)
    expression = table.target(expression)
    if expression.startswith("*"):
        return None if value is None else internal_form(value, expression[1:])
    if expression.startswith("[]"):
        return None if value is None else [internal_form(item, expression[2:]) for item in value]
    if expression.startswith("map["):
        item = expression.partition("]")[2]
        return None if value is None else {key: internal_form(value[key], item) for key in sorted(value)}
    if expression in _ZEROS or not expression.startswith(("core/", "batch/")):
        return _ZEROS.get(expression) if value is None else value
    if expression == "core/v1.PodTemplateSpec":
        return _template(value or {})
    if expression == _POD:
        return _pod_spec(value or {})
    return _struct(value or {}, expression)


def _struct(value: Object, name: str) -> Object:
    return {go: internal_form(value.get(key), kind) for key, go, kind in _members(name)}


def _members(name: str) -> list[tuple[str, str, str]]:
    members = builtin().members(name)
    for moved, before in _ORDER.get(name, ()):
        field = next(item for item in members if item[0] == moved)
        members.remove(field)
        members.insert([key for key, _, _ in members].index(before) + 1, field)
    return members


def _template(template: Object) -> Object:
    """The metadata is embedded, and keeps its JSON names."""
    given = template.get("metadata") or {}
    meta = {key: given[key] for key, _, _ in builtin().members("meta/v1.ObjectMeta") if given.get(key)}
    for key in ("labels", "annotations"):
        if key in meta:
            meta[key] = dict(sorted(meta[key].items()))
    return {**meta, "Spec": _pod_spec(template.get("spec") or {})}


def _pod_spec(spec: Object) -> Object:
    """What pods share with their host stands in the security context, which is always there."""
    made = {go: internal_form(spec.get(key), kind) for key, go, kind in _members(_POD) if key not in _MOVED}
    shared = {go: internal_form(spec.get(key), kind) for key, go, kind in _HOST}
    made["SecurityContext"] = {**shared, **_struct(spec.get("securityContext") or {}, _POD_SECURITY)}
    return made
