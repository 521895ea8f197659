"""Compute resources: which names there are, which quantities they take, requests against limits.

Source: ``pkg/apis/core/validation`` and ``pkg/apis/core/helper``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.api.quantity import Quantity, is_quantity
from kubegate.registry.metadata import NEGATIVE
from kubegate.registry.validation.basics import NOT_INTEGER, quantity
from kubegate.registry.validation.names import dns1123_label, qualified_name

HUGE_PAGES = "hugepages-"
_QUOTA = frozenset(
    [
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.storage",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "persistentvolumeclaims",
        "configmaps",
        "services.nodeports",
        "services.loadbalancers",
    ]
)
_STANDARD = _QUOTA | {"storage"}
_INTEGER = frozenset(
    [
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ]
)
_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_POD_LEVEL = frozenset({"cpu", "memory"})
_PAGE_PREFIXES = (HUGE_PAGES, "requests.hugepages-")
NameCheck = Callable[[list[FieldError], str, str], None]


def is_huge_page(name: str) -> bool:
    """``hugepages-2Mi``."""
    return name.startswith(HUGE_PAGES)


def is_standard(name: str) -> bool:
    """A resource name that needs no prefix."""
    return name in _STANDARD or name.startswith(_PAGE_PREFIXES)


def is_standard_quota(name: str) -> bool:
    """A resource that a quota may count."""
    return name in _QUOTA or name.startswith(_PAGE_PREFIXES)


def is_integer_resource(name: str) -> bool:
    """A resource that is counted in whole numbers."""
    return name in _INTEGER or is_extended(name)


def is_native(name: str) -> bool:
    """A resource of Kubernetes itself."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """A resource that a device plugin or a vendor offers."""
    if is_native(name) or name.startswith("requests."):
        return False
    return not qualified_name(f"requests.{name}")


def is_overcommit_allowed(name: str) -> bool:
    """True if more can be requested than there is."""
    return is_native(name) and not is_huge_page(name)


def check_resource_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what is no name of a resource."""
    found = [invalid(path, name, text) for text in qualified_name(name)]
    if not found and "/" not in name and not is_standard(name):
        found.append(invalid(path, name, "must be a standard resource type or fully qualified"))
    errors += found


def check_container_resource_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what containers cannot request."""
    check_resource_name(errors, path, name)
    if "/" not in name:
        if name not in _CONTAINER and not is_huge_page(name):
            errors.append(invalid(path, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        errors.append(invalid(path, name, "doesn't follow extended resource name standard"))


def check_pod_resource_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what pods cannot request as a whole."""
    before = len(errors)
    check_resource_name(errors, path, name)
    if len(errors) == before and name not in _POD_LEVEL and not is_huge_page(name):
        errors.append(not_supported(path, name, ["cpu", "hugepages-", "memory"]))


def check_quota_resource_name(errors: list[FieldError], path: str, name: str) -> None:
    """Complain about what quotas cannot count."""
    check_resource_name(errors, path, name)
    if "/" not in name and not is_standard_quota(name):
        errors.append(invalid(path, name, "must be a standard resource for quota"))


def check_quantity(errors: list[FieldError], path: str, name: str, value: Any) -> None:
    """Complain about a negative amount, or a fraction of what is counted."""
    amount = quantity(value)
    if amount.mantissa < 0:
        errors.append(invalid(path, str(amount), NEGATIVE))
    if is_integer_resource(name) and amount.milli_value() % 1000:
        errors.append(invalid(path, str(amount), NOT_INTEGER))


def check_requirements(
    errors: list[FieldError],
    path: str,
    requirements: Object | None,
    claims: Collection[str] = (),
    check_resource: NameCheck = check_container_resource_name,
) -> None:
    """Complain about ``ResourceRequirements``."""
    if not requirements:
        return
    limits, requests = requirements.get("limits") or {}, requirements.get("requests") or {}
    for name, value in limits.items():
        place = f"{path}.limits[{name}]"
        check_resource(errors, place, name)
        check_quantity(errors, place, name, value)
        _check_huge_page(errors, place, name, value)
    for name, value in requests.items():
        place = f"{path}.requests[{name}]"
        check_resource(errors, place, name)
        check_quantity(errors, place, name, value)
        _check_request(errors, path, name, value, limits.get(name))
        _check_huge_page(errors, place, name, value)
    names = limits.keys() | requests.keys()
    if not names & _POD_LEVEL and any(map(is_huge_page, names)):
        errors.append(forbidden(path, "HugePages require cpu or memory"))
    if requirements.get("claims"):
        _check_claims(errors, f"{path}.claims", requirements["claims"], claims)


def _check_request(errors: list[FieldError], path: str, name: str, value: Any, limit: Any) -> None:
    overcommit = is_overcommit_allowed(name)
    if limit is None:
        if not overcommit:
            errors.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
        return
    request, bound = quantity(value), quantity(limit)
    if request != bound and not overcommit:
        errors.append(invalid(f"{path}.requests", str(request), f"must be equal to {name} limit of {bound}"))
    elif request > bound:
        errors.append(invalid(f"{path}.requests", str(request), f"must be less than or equal to {name} limit of {bound}"))


def _check_huge_page(errors: list[FieldError], path: str, name: str, value: Any) -> None:
    if not is_huge_page(name):
        return
    amount, page = quantity(value), name[len(HUGE_PAGES) :]
    size = Quantity.parse(page).value() if is_quantity(page) else 0
    if size <= 0 or amount.value() % size or amount.value() < 0:
        errors.append(invalid(path, str(amount), f"{amount} is not positive integer multiple of {name}"))


def _check_claims(errors: list[FieldError], path: str, claims: list[Object], pod_claims: Collection[str]) -> None:
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        place, name, request = f"{path}[{index}]", claim.get("name") or "", claim.get("request") or ""
        if not name:
            errors.append(required(place))
            continue
        if name in seen:
            errors.append(duplicate(place, name))
        else:
            key = f"{name}/{request}" if request else name
            if request:
                errors += [invalid(f"{place}.request", request, text) for text in dns1123_label(request)]
            if key in seen:
                errors.append(duplicate(place, key))
            elif not request:
                errors += [duplicate(place, name) for other in seen if other.partition("/")[0] == name]
            seen.add(key)
        if name not in pod_claims:
            detail = "must be one of the names in pod.spec.resourceClaims"
            detail += ": " + ", ".join(sorted(pod_claims)) if pod_claims else " which is empty"
            errors.append(FieldError("FieldValueNotFound", place, detail, name))
