"""What CSI drivers say of themselves, and of the nodes that they run on.

Source: ``pkg/apis/storage/validation``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_immutable, check_name
from kubegate.registry.validation.names import qualified_name

_SHORTEST_PERIOD = 10
"""Seconds between two updates of what a node can take."""
_NODE_ID_LIMIT = 256


def _default_driver(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    for key, value in (
        ("attachRequired", True),
        ("podInfoOnMount", False),
        ("storageCapacity", False),
        ("requiresRepublish", False),
        ("seLinuxMount", False),
    ):
        if spec.get(key) is None:
            spec[key] = value
    if spec.get("fsGroupPolicy") is None:
        spec["fsGroupPolicy"] = "ReadWriteOnceWithFSType"
    if not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


def _validate_driver(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    policy, policies = spec.get("fsGroupPolicy"), ["File", "None", "ReadWriteOnceWithFSType"]
    if policy is not None and policy not in policies:
        errors.append(not_supported("spec.fsGroupPolicy", policy, policies))
    audiences = [token.get("audience") or "" for token in spec.get("tokenRequests") or ()]
    for index, token in enumerate(spec.get("tokenRequests") or ()):
        if audiences[index] in audiences[:index]:
            errors.append(duplicate(f"spec.tokenRequests[{index}].audience", audiences[index]))
            continue
        seconds = token.get("expirationSeconds")
        if seconds is not None and seconds < 600:
            text = "may not specify a duration less than 10 minutes"
            errors.append(invalid(f"spec.tokenRequests[{index}].expirationSeconds", seconds, text))
        elif seconds is not None and seconds > 2**32:
            text = "may not specify a duration larger than 2^32 seconds"
            errors.append(invalid(f"spec.tokenRequests[{index}].expirationSeconds", seconds, text))
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in ("Ephemeral", "Persistent"):
            errors.append(not_supported("spec.volumeLifecycleModes", mode, ["Persistent", "Ephemeral"]))
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < _SHORTEST_PERIOD:
        text = f"must be greater than or equal to {_SHORTEST_PERIOD} seconds"
        errors.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, text))
    in_secrets = spec.get("serviceAccountTokenInSecrets")
    if in_secrets is not None and not spec.get("tokenRequests"):
        text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        errors.append(invalid("spec.serviceAccountTokenInSecrets", in_secrets, text))
    return errors


def _validate_driver_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate_driver(obj, context)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    check_immutable(errors, "spec.attachedRequired", spec.get("attachRequired"), before.get("attachRequired"))  # sic
    modes = "volumeLifecycleModes"
    check_immutable(errors, f"spec.{modes}", spec.get(modes), before.get(modes))
    return errors


CSI_DRIVER = Strategy(
    resource="csidrivers.storage.k8s.io",
    namespaced=False,
    generation=("spec",),
    first_generation=None,
    default=_default_driver,
    validate=_validate_driver,
    validate_update=_validate_driver_update,
)


def _validate_node(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, driver in enumerate((obj.get("spec") or {}).get("drivers") or ()):
        path, name = f"spec.drivers[{index}]", driver.get("name") or ""
        check_csi_driver_name(errors, f"{path}.name", name)
        node = driver.get("nodeID") or ""
        if not node:
            errors.append(required(f"{path}.nodeID", node))
        if len(node) > _NODE_ID_LIMIT:
            errors.append(invalid(f"{path}.nodeID", node, f"must be {_NODE_ID_LIMIT} characters or less"))
        count = (driver.get("allocatable") or {}).get("count")
        if count is not None and count < 0:
            text = "must be greater than or equal to 0"
            errors.append(invalid(f"{path}.allocatable.count", count, text))
        if name in seen:
            errors.append(duplicate(f"{path}.name", name))
        seen.add(name)
        keys = driver.get("topologyKeys") or []
        for position, key in enumerate(keys):
            if not key:
                errors.append(required(path))
            if key in keys[:position]:
                errors.append(duplicate(path, key))
            check_name(errors, path, key, qualified_name)
    return errors


def _validate_node_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """Of a driver that was there, only what can be allocated changes."""
    errors = _validate_node(obj, context)
    drivers = (obj.get("spec") or {}).get("drivers") or []
    for before in (old.get("spec") or {}).get("drivers") or ():
        for driver in drivers:
            if driver.get("name") == before.get("name") and _fixed(driver) != _fixed(before):
                errors.append(invalid("spec.drivers", _fixed(driver), IMMUTABLE))
    return errors


def _fixed(driver: Object) -> dict[str, Any]:
    return {
        "Name": driver.get("name") or "",
        "NodeID": driver.get("nodeID") or "",
        "TopologyKeys": driver.get("topologyKeys"),
        "Allocatable": None,
    }


CSI_NODE = Strategy(
    resource="csinodes.storage.k8s.io",
    namespaced=False,
    default=lambda obj: obj.setdefault("spec", {}).setdefault("drivers", None),
    validate=_validate_node,
    validate_update=_validate_node_update,
)
