"""Ingresses and ingress classes."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.domain_path import domain_prefixed_path_errors
from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required, too_long
from kubegate.api.names import Object, annotations_of
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_name, check_port, same
from kubegate.registry.validation.names import (
    dns1123_label,
    dns1123_subdomain,
    path_segment_name,
    port_name,
    wildcard_subdomain,
)
from kubegate.registry.validation.network import check_ip, parse_ip

_CLASS = "kubernetes.io/ingress.class"
_PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"]
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_SUFFIXES = ("/..", "/.")


def _default(ingress: Object) -> None:
    ingress.setdefault("spec", {})
    ingress.setdefault("status", {}).setdefault("loadBalancer", {})


def _validate(ingress: Object, context: WriteContext, *, creating: bool = True) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = ingress.get("spec") or {}
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        text = "either `defaultBackend` or `rules` must be specified"
        errors.append(invalid("spec", spec.get("rules"), text))
    if spec.get("defaultBackend") is not None:
        _check_backend(errors, "spec.defaultBackend", spec["defaultBackend"])
    for index, rule in enumerate(spec.get("rules") or ()):
        _check_rule(errors, f"spec.rules[{index}]", rule)
    for index, tls in enumerate(spec.get("tls") or ()):
        _check_tls(errors, f"spec.tls[{index}]", tls)
    if spec.get("ingressClassName") is not None:
        check_name(errors, "spec.ingressClassName", spec["ingressClassName"], dns1123_subdomain)
    if creating:
        annotation, name = annotations_of(ingress).get(_CLASS), spec.get("ingressClassName")
        if annotation is not None and name is not None and annotation != name:
            path = f"annotations.{_CLASS}"
            text = "must match `ingressClassName` when both are specified"
            errors.append(invalid(path, annotation, text))
    return errors


def _check_tls(errors: list[FieldError], path: str, tls: Object) -> None:
    for index, host in enumerate(tls.get("hosts") or ()):
        rule = wildcard_subdomain if "*" in host else dns1123_subdomain
        check_name(errors, f"{path}.hosts[{index}]", host, rule)
    if tls.get("secretName"):
        check_name(errors, f"{path}.secretName", tls["secretName"], dns1123_subdomain)


def _check_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    host = rule.get("host") or ""
    if host:
        if parse_ip(host) is not None:
            errors.append(invalid(f"{path}.host", host, "must be a DNS name, not an IP address"))
        check_name(errors, f"{path}.host", host, wildcard_subdomain if "*" in host else dns1123_subdomain)
    http = rule.get("http")
    if http is None:
        return
    paths = http.get("paths") or []
    if not paths:
        errors.append(required(f"{path}.http.paths"))
    for index, entry in enumerate(paths):
        _check_path(errors, f"{path}.http.paths[{index}]", entry)


def _check_path(errors: list[FieldError], path: str, entry: Object) -> None:
    kind, value = entry.get("pathType"), entry.get("path") or ""
    if kind is None:
        errors.append(required(f"{path}.pathType", "pathType must be specified"))
        return
    if kind in ("Exact", "Prefix"):
        if not value.startswith("/"):
            errors.append(invalid(f"{path}.path", value, "must be an absolute path"))
        if value:
            for sequence in _BAD_SEQUENCES:
                if sequence in value:
                    errors.append(invalid(f"{path}.path", value, f"must not contain '{sequence}'"))
            for suffix in _BAD_SUFFIXES:
                if value.endswith(suffix):
                    errors.append(invalid(f"{path}.path", value, f"cannot end with '{suffix}'"))
    elif kind == "ImplementationSpecific":
        if value and not value.startswith("/"):
            errors.append(invalid(f"{path}.path", value, "must be an absolute path"))
    else:
        errors.append(not_supported(f"{path}.pathType", kind, _PATH_TYPES))
    _check_backend(errors, f"{path}.backend", entry.get("backend") or {})


def _check_backend(errors: list[FieldError], path: str, backend: Object) -> None:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        errors.append(invalid(path, "", "cannot set both resource and service backends"))
    elif resource is not None:
        _check_reference(errors, f"{path}.resource", resource)
    elif service is None:
        errors.append(invalid(path, "", "resource or service backend is required"))
    else:
        _check_service(errors, path, service)


def _check_service(errors: list[FieldError], path: str, service: Object) -> None:
    name, port = service.get("name") or "", service.get("port") or {}
    place = f"{path}.service"
    if not name:
        errors.append(required(f"{place}.name"))
    else:
        check_name(errors, f"{place}.name", name, dns1123_label)
    port_text, number = port.get("name") or "", port.get("number") or 0
    if port_text and number:
        errors.append(invalid(path, "", "cannot set both port name & port number"))
    elif port_text:
        errors += [invalid(f"{place}.port.name", port_text, text) for text in port_name(port_text)]
    elif number:
        check_port(errors, f"{place}.port.number", number)
    else:
        errors.append(required(path, "port name or number is required"))


def _check_reference(errors: list[FieldError], path: str, reference: Object, *, group_field: str = "apiGroup") -> None:
    group = reference.get(group_field)
    if group is not None:
        check_name(errors, f"{path}.{group_field}", group, dns1123_subdomain)
    for key in ("kind", "name"):
        value = reference.get(key) or ""
        if not value:
            errors.append(required(f"{path}.{key}", f"{key} is required"))
        else:
            errors += [invalid(f"{path}.{key}", value, text) for text in path_segment_name(value)]


def _validate_status(ingress: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, item in enumerate(((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()):
        path = f"status.loadBalancer.ingress[{index}]"
        if item.get("ip"):
            check_ip(errors, f"{path}.ip", item["ip"])
        if item.get("hostname"):
            check_name(errors, f"{path}.hostname", item["hostname"], dns1123_subdomain)
            if parse_ip(item["hostname"]) is not None:
                text = "must be a DNS name, not an IP address"
                errors.append(invalid(f"{path}.hostname", item["hostname"], text))
    return errors


def _warnings(ingress: Object, old: Object | None) -> Sequence[str]:
    if old is None and _CLASS in annotations_of(ingress):
        return (f"annotation {_quoted(_CLASS)} is deprecated, please use 'spec.ingressClassName' instead",)
    return ()


def _quoted(text: str) -> str:
    return f'"{text}"'


INGRESS = Strategy(
    resource="ingresses.networking.k8s.io",
    has_status=True,
    initial_status=lambda: {"loadBalancer": {}},
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=lambda ingress, old, context: _validate(ingress, context, creating=False),
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)


def _default_class(obj: Object) -> None:
    parameters = obj.setdefault("spec", {}).get("parameters")
    if parameters is not None and parameters.get("scope") is None:
        parameters["scope"] = "Cluster"


def _validate_class(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = obj.get("spec") or {}
    controller = spec.get("controller") or ""
    if len(controller) > 250:
        errors.append(too_long("spec.controller", 250))
    errors += domain_prefixed_path_errors("spec.controller", controller)
    parameters = spec.get("parameters")
    if parameters is not None:
        _check_parameters(errors, "spec.parameters", parameters)
    return errors


def _check_parameters(errors: list[FieldError], path: str, parameters: Object) -> None:
    _check_reference(errors, path, parameters)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope is None:
        errors.append(required(f"{path}.scope"))
    elif scope not in ("Cluster", "Namespace"):
        errors.append(not_supported(f"{path}.scope", scope, ["Cluster", "Namespace"]))
    if namespace is not None and scope == "Cluster":
        text = "`parameters.scope` is set to 'Cluster'"
        errors.append(forbidden(f"{path}.namespace", text))
    if scope == "Namespace":
        if namespace is None:
            errors.append(required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'"))
        else:
            check_name(errors, f"{path}.namespace", namespace, dns1123_label)


def _validate_class_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    controller = (obj.get("spec") or {}).get("controller") or ""
    if not same(controller, (old.get("spec") or {}).get("controller")):
        errors.append(invalid("spec.controller", controller, IMMUTABLE))
    return errors + _validate_class(obj, context)


INGRESS_CLASS = Strategy(
    resource="ingressclasses.networking.k8s.io",
    namespaced=False,
    generation=("spec",),
    default=_default_class,
    validate=_validate_class,
    validate_update=_validate_class_update,
)
