"""Cluster IPs and IP families of a service: that they agree, and how they may change."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.services.facts import NONE, is_headless
from kubegate.registry.validation.basics import check_set
from kubegate.registry.validation.network import check_ip, is_dual_stack, is_ipv6

FAMILIES = ("IPv4", "IPv6")
_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_PATH = "spec.clusterIPs"


def check_cluster_ips(errors: list[FieldError], spec: Object, old: Object | None = None) -> None:
    """Complain about cluster IPs and families that do not go together."""
    if spec.get("type") == "ExternalName":
        return
    ip, ips, families = spec.get("clusterIP") or "", spec.get("clusterIPs") or [], spec.get("ipFamilies") or []
    if ip and not ips:
        errors.append(required(_PATH))
    elif ip and ips[0] != ip:
        errors.append(invalid(_PATH, ips, "first value must match `clusterIP`"))
    elif not ip and ips:
        errors.append(invalid(_PATH, ips, "must be empty when `clusterIP` is not specified"))
    _check_families(errors, families, spec.get("ipFamilyPolicy"))
    if not _check_addresses(errors, ips, tuple((old or {}).get("clusterIPs") or ())):
        return
    if len(ips) > 1 and not is_dual_stack(ips):
        errors.append(invalid(_PATH, ips, "may specify no more than one IP for each IP family"))
    if is_headless(spec):
        return
    for index, (address, family) in enumerate(zip(ips, families, strict=False)):
        if family in FAMILIES and is_ipv6(address) != (family == "IPv6"):
            text = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            errors.append(invalid(f"{_PATH}[{index}]", address, text))


def _check_families(errors: list[FieldError], families: list[str], policy: str | None) -> None:
    for index, family in enumerate(families):
        check_set(errors, f"spec.ipFamilies[{index}]", family, FAMILIES)
        if family in families[:index]:
            errors.append(duplicate(f"spec.ipFamilies[{index}]", family))
    if policy is not None:
        check_set(errors, "spec.ipFamilyPolicy", policy, _POLICIES)


def _check_addresses(errors: list[FieldError], ips: list[str], old: tuple[str, ...]) -> bool:
    valid = True
    for index, ip in enumerate(ips):
        if index == 0 and ip == NONE:
            if len(ips) > 1:
                valid = False
                errors.append(invalid(_PATH, ips, "'None' must be the first and only value"))
            continue
        before = len(errors)
        check_ip(errors, f"{_PATH}[{index}]", ip, unless=old)
        valid = valid and len(errors) == before
    if len(ips) > 2:
        errors.append(invalid(_PATH, ips, "may only hold up to 2 values"))
    return valid


def check_cluster_ip_changes(errors: list[FieldError], spec: Object, old: Object) -> None:
    """The first address and family stay; a second one may come and, with policy SingleStack, go."""
    if "ExternalName" in (spec.get("type"), old.get("type")):
        return
    headless, was_headless = is_headless(spec), is_headless(old)
    if not (headless and was_headless):
        _check_changes(errors, spec, old)
    if not headless and not was_headless:
        _check_family_changes(errors, spec, old)


def _check_changes(errors: list[FieldError], spec: Object, old: Object) -> None:
    ips, before = spec.get("clusterIPs") or [], old.get("clusterIPs") or []
    if len(ips) == len(before):
        for index, (ip, previous) in enumerate(zip(ips, before, strict=True)):
            if ip != previous:
                errors.append(invalid(f"{_PATH}[{index}]", ips, "may not change once set"))
        return
    if len(before) > len(ips) and not ips:
        errors.append(invalid(f"{_PATH}[0]", spec.get("clusterIPs"), "primary clusterIP can not be unset"))
    if before and ips and ips[0] != before[0]:
        errors.append(invalid(f"{_PATH}[0]", ips, "may not change once set"))
    if len(before) > len(ips) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        text = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        errors.append(invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), text))


def _check_family_changes(errors: list[FieldError], spec: Object, old: Object) -> None:
    path, ips = "spec.ipFamilies[0]", spec.get("clusterIPs")
    families, before = spec.get("ipFamilies") or [], old.get("ipFamilies") or []
    if len(families) == len(before):
        for family, previous in zip(families, before, strict=True):
            if family != previous:
                errors.append(invalid(path, families, "may not change once set"))
        return
    if len(before) > len(families) and not ips:
        errors.append(invalid(path, spec.get("ipFamilies"), "primary ipFamily can not be unset"))
    if families and before and families[0] != before[0]:
        errors.append(invalid(path, ips, "may not change once set"))
    if len(before) > len(families) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        text = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        errors.append(invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), text))
