"""Validation of a pod specification, in a pod or in a template."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, invalid, required
from kubegate.api.names import Object
from kubegate.registry.core.pods.affinity import check_affinity, check_spread, check_tolerations
from kubegate.registry.core.pods.containers import (
    PodFacts,
    check_containers,
    check_ephemeral_containers,
    check_init_containers,
)
from kubegate.registry.core.pods.level_resources import check_pod_level_resources
from kubegate.registry.core.pods.security import check_host_users, check_pod_security
from kubegate.registry.core.pods.windows import check_host_process, check_os
from kubegate.registry.core.volumes.pod_volumes import check_volumes
from kubegate.registry.metadata import validate_labels
from kubegate.registry.validation.basics import between, check_choice, check_name
from kubegate.registry.validation.names import (
    dns1123_label,
    dns1123_subdomain,
    dns1123_subdomain_with_underscore,
    qualified_name,
)
from kubegate.registry.validation.network import check_ip
from kubegate.registry.validation.resources import check_requirements

_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_NAMESERVERS, _SEARCHES, _SEARCH_LENGTH = 3, 32, 2048
MAX_INT32 = 2**31 - 1


def check_pod_spec(errors: list[FieldError], path: str, spec: Object, *, pod_name: str = "", is_pod: bool = False) -> None:
    """Complain about a pod specification; ``pod_name`` is empty in a template."""
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is None:
        errors.append(required(f"{path}.terminationGracePeriodSeconds"))
    volumes: dict[str, Object] = {}
    if spec.get("volumes"):
        volumes = check_volumes(errors, f"{path}.volumes", spec["volumes"], pod_name, is_pod=is_pod)
    claims: set[str] = set()
    if spec.get("resourceClaims"):
        claims = _check_resource_claims(errors, f"{path}.resourceClaims", spec["resourceClaims"])
    facts = PodFacts(
        volumes=volumes,
        claims=claims,
        grace=grace,
        host_users=spec.get("hostUsers") is not False,
        os=(spec.get("os") or {}).get("name") or "",
        restart_policy=spec.get("restartPolicy") or "",
    )
    check_containers(errors, f"{path}.containers", spec.get("containers"), facts)
    if spec.get("initContainers"):
        check_init_containers(errors, f"{path}.initContainers", spec["initContainers"], spec.get("containers"), facts)
    if spec.get("ephemeralContainers"):
        check_ephemeral_containers(errors, f"{path}.ephemeralContainers", spec, facts)
    check_pod_level_resources(errors, f"{path}.resources", spec)
    _check_host_network(errors, path, spec, is_pod)
    check_choice(errors, f"{path}.restartPolicy", spec.get("restartPolicy"), ("Always", "OnFailure", "Never"))
    check_choice(errors, f"{path}.dnsPolicy", spec.get("dnsPolicy"), _DNS_POLICIES)
    validate_labels(spec.get("nodeSelector") or {}, f"{path}.nodeSelector", errors)
    check_pod_security(errors, f"{path}.securityContext", spec)
    check_affinity(errors, f"{path}.affinity", spec.get("affinity"))
    _check_dns(errors, f"{path}.dnsConfig", spec)
    _check_gates(errors, path, spec)
    check_spread(errors, f"{path}.topologySpreadConstraints", spec.get("topologySpreadConstraints") or [])
    check_host_process(errors, path, spec)
    check_host_users(errors, path, spec)
    _check_names(errors, path, spec)
    _check_rest(errors, path, spec)
    check_os(errors, path, spec)


def _check_names(errors: list[FieldError], path: str, spec: Object) -> None:
    for key in ("serviceAccountName", "nodeName"):
        if spec.get(key):
            check_name(errors, f"{path}.{key}", spec[key], dns1123_subdomain)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        errors.append(invalid(f"{path}.activeDeadlineSeconds", deadline, between(1, MAX_INT32)))
    for key in ("hostname", "subdomain"):
        if spec.get(key):
            check_name(errors, f"{path}.{key}", spec[key], dns1123_label)


def _check_rest(errors: list[FieldError], path: str, spec: Object) -> None:
    if spec.get("tolerations"):
        check_tolerations(errors, f"{path}.tolerations", spec["tolerations"])
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        place = f"{path}.hostAliases[{index}]"
        check_ip(errors, f"{place}.ip", alias.get("ip") or "")
        for position, name in enumerate(alias.get("hostnames") or ()):
            check_name(errors, f"{place}.hostnames[{position}]", name, dns1123_subdomain)
    if spec.get("priorityClassName"):
        check_name(errors, f"{path}.priorityClassName", spec["priorityClassName"], dns1123_subdomain)
    if spec.get("runtimeClassName") is not None:
        check_name(errors, f"{path}.runtimeClassName", spec["runtimeClassName"], dns1123_subdomain)
    if spec.get("preemptionPolicy") is not None:
        choices = ("PreemptLowerPriority", "Never")
        check_choice(errors, f"{path}.preemptionPolicy", spec["preemptionPolicy"], choices)
    if spec.get("overhead"):
        check_requirements(errors, f"{path}.overhead", {"limits": spec["overhead"]})
    _check_hostname_override(errors, path, spec)


def _check_hostname_override(errors: list[FieldError], path: str, spec: Object) -> None:
    name = spec.get("hostnameOverride")
    if name is None:
        return
    place = f"{path}.hostnameOverride"
    check_name(errors, place, name, dns1123_subdomain)
    if len(name) > 64:
        errors.append(invalid(place, name, "must be no more than 64 characters"))
    if spec.get("hostNetwork"):
        errors.append(FieldError("FieldValueForbidden", place, "cannot be set when hostNetwork is true"))
    if spec.get("setHostnameAsFQDN"):
        errors.append(FieldError("FieldValueForbidden", place, "cannot be set when setHostnameAsFQDN is true"))


def _check_resource_claims(errors: list[FieldError], path: str, claims: list[Object]) -> set[str]:
    names: set[str] = set()
    for index, claim in enumerate(claims):
        place, name = f"{path}[{index}]", claim.get("name") or ""
        if not name:
            errors.append(required(f"{place}.name"))
        elif name in names:
            errors.append(duplicate(f"{place}.name", name))
        else:
            check_name(errors, f"{place}.name", name, dns1123_label)
            names.add(name)
        direct, template = claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
        shown = {"Name": name, "ResourceClaimName": direct, "ResourceClaimTemplateName": template}
        if direct is not None and template is not None:
            text = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            errors.append(invalid(place, shown, text))
        if direct is None and template is None:
            text = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            errors.append(invalid(place, shown, text))
        for key, value in (("resourceClaimName", direct), ("resourceClaimTemplateName", template)):
            if value is not None:
                check_name(errors, f"{place}.{key}", value, dns1123_subdomain)
    return names


def _check_host_network(errors: list[FieldError], path: str, spec: Object, is_pod: bool) -> None:
    if not spec.get("hostNetwork"):
        return
    for index, container in enumerate(spec.get("containers") or ()):
        for position, port in enumerate(container.get("ports") or ()):
            host, own = port.get("hostPort") or 0, port.get("containerPort") or 0
            if (is_pod or host) and host != own:
                text = "must match `containerPort` when `hostNetwork` is true"
                errors.append(invalid(f"{path}.containers[{index}].ports[{position}].hostPort", host, text))


def _check_gates(errors: list[FieldError], path: str, spec: Object) -> None:
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        place = f"{path}.readinessGates[{index}].conditionType"
        check_name(errors, place, gate.get("conditionType") or "", qualified_name)
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or ()):
        place, name = f"{path}.schedulingGates[{index}]", gate.get("name") or ""
        check_name(errors, place, name, qualified_name)
        if name in seen:
            errors.append(duplicate(place, name))
        seen.add(name)


def _check_dns(errors: list[FieldError], path: str, spec: Object) -> None:
    config, servers = spec.get("dnsConfig"), (spec.get("dnsConfig") or {}).get("nameservers") or []
    if spec.get("dnsPolicy") == "None":
        if config is None:
            errors.append(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"))
        elif not servers:
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            errors.append(required(f"{path}.nameservers", text))
    if config is None or (spec.get("dnsPolicy") == "None" and not servers):
        return
    if len(servers) > _NAMESERVERS:
        errors.append(invalid(f"{path}.nameservers", servers, f"must not have more than {_NAMESERVERS} nameservers"))
    for index, server in enumerate(servers):
        check_ip(errors, f"{path}.nameservers[{index}]", server)
    searches = config.get("searches") or []
    if len(searches) > _SEARCHES:
        errors.append(invalid(f"{path}.searches", searches, f"must not have more than {_SEARCHES} search paths"))
    if len(" ".join(searches)) > _SEARCH_LENGTH:
        text = f"must not have more than {_SEARCH_LENGTH} characters (including spaces) in the search list"
        errors.append(invalid(f"{path}.searches", searches, text))
    for index, search in enumerate(searches):
        if search != ".":
            check_name(errors, f"{path}.searches[{index}]", search.removesuffix("."), dns1123_subdomain_with_underscore)
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            errors.append(required(f"{path}.options[{index}]", "must not be empty"))
