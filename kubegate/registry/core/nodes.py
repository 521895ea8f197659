"""Nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.affinity import EFFECTS
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.basics import check_enum, check_name, quantity
from kubegate.registry.validation.names import label_value, qualified_name
from kubegate.registry.validation.network import check_cidr, is_dual_stack
from kubegate.registry.validation.resources import check_quantity


def _default(node: Object) -> None:
    node.setdefault("spec", {})
    status = node.setdefault("status", {})
    for key in ("capacity", "allocatable"):
        for name, value in (status.get(key) or {}).items():
            status[key][name] = str(quantity(value))
    if status.get("allocatable") is None and status.get("capacity") is not None:
        status["allocatable"] = dict(status["capacity"])
    status.setdefault("daemonEndpoints", {}).setdefault("kubeletEndpoint", {"Port": 0})
    info = status.setdefault("nodeInfo", {})
    for key in _INFO:
        info.setdefault(key, "")
    cidr, cidrs = node["spec"].get("podCIDR"), node["spec"].get("podCIDRs")
    if cidr and (not cidrs or cidrs[0] != cidr):
        node["spec"]["podCIDRs"] = [cidr]
    elif cidrs and not cidr:
        node["spec"]["podCIDR"] = cidrs[0]


_INFO = (
    "machineID",
    "systemUUID",
    "bootID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
    "kubeProxyVersion",
    "operatingSystem",
    "architecture",
)


def check_taints(errors: list[FieldError], path: str, taints: list[Object]) -> None:
    """Complain about taints."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        place = f"{path}[{index}]"
        key, value, effect = (taint.get(name) or "" for name in ("key", "value", "effect"))
        check_name(errors, f"{place}.key", key, qualified_name)
        if complaints := label_value(value):
            errors.append(invalid(f"{place}.value", value, ";".join(complaints)))
        if not effect:
            errors.append(required(f"{place}.effect"))
        else:
            check_enum(errors, f"{place}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            shown: dict[str, Any] = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            text = "taints must be unique by key and effect pair"
            errors.append(FieldError("FieldValueDuplicate", place, text, shown))
        seen.add((key, effect))


def _check_amounts(errors: list[FieldError], node: Object) -> None:
    for key in ("capacity", "allocatable"):
        for name, value in ((node.get("status") or {}).get(key) or {}).items():
            check_quantity(errors, f"status.{key}.{name}", name, value)


def _validate(node: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = node.get("spec") or {}
    check_core_finalizers(errors, node)
    check_taints(errors, "metadata.taints", spec.get("taints") or [])
    _check_amounts(errors, node)
    cidrs = spec.get("podCIDRs") or []
    for index, cidr in enumerate(cidrs):
        check_cidr(errors, f"spec.podCIDRs[{index}]", cidr)
    if len(cidrs) > 1:
        if not is_dual_stack(cidrs) or len(cidrs) > 2:
            text = "may specify no more than one CIDR for each IP family"
            errors.append(invalid("spec.podCIDRs", cidrs, text))
        for index, cidr in enumerate(cidrs):
            if cidr in cidrs[:index]:
                errors.append(duplicate(f"spec.podCIDRs[{index}]", cidr))
    return errors


def _validate_update(node: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(node, context)
    spec, before = node.get("spec") or {}, old.get("spec") or {}
    addresses = (node.get("status") or {}).get("addresses") or []
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            shown = {"Type": address.get("type") or "", "Address": address.get("address") or ""}
            errors.append(duplicate(f"status.addresses[{index}]", shown))
    cidrs, old_cidrs = spec.get("podCIDRs") or [], before.get("podCIDRs") or []
    text = 'node updates may not change podCIDR except from "" to valid'
    if old_cidrs and len(cidrs) != len(old_cidrs):
        errors.append(forbidden("spec.podCIDRs", text))
    elif old_cidrs:
        errors += [forbidden("spec.podCIDRs", text) for new, prior in zip(cidrs, old_cidrs, strict=True) if new != prior]
    if before.get("providerID") and before["providerID"] != spec.get("providerID"):
        text = 'node updates may not change providerID except from "" to valid'
        errors.append(forbidden("spec.providerID", text))
    check_taints(errors, "metadata.taints", spec.get("taints") or [])
    if (spec.get("externalID") or "") != (before.get("externalID") or ""):
        errors.append(forbidden("spec.externalID", "may not be updated"))
    return errors


def _prepare(node: Object, context: WriteContext) -> None:
    (node.get("spec") or {}).pop("configSource", None)


def _warnings(node: Object, old: Object | None) -> Sequence[str]:
    found, spec = [], node.get("spec") or {}
    if spec.get("configSource") is not None:
        found.append("spec.configSource: the feature is removed")
    if spec.get("externalID"):
        found.append("spec.externalID: this field is deprecated, and is unused by Kubernetes")
    return found


# The status of a new node is kept: kubelets register themselves with it.
NODE = Strategy(
    resource="nodes",
    namespaced=False,
    default=_default,
    prepare=_prepare,
    validate=_validate,
    prepare_update=lambda node, old, context: node.__setitem__("status", old.get("status") or {}),
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_update)},
)
