"""What a claim asks for: requests of devices, constraints between them, configuration for their drivers.

Source: ``pkg/apis/resource/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, not_supported, required, too_long
from kubegate.api.names import Object
from kubegate.registry.core.volumes.csi import check_csi_driver_name
from kubegate.registry.resource.expressions import check_expression
from kubegate.registry.resource.names import (
    check_class_name,
    check_fully_qualified_name,
    check_items,
    check_label,
)
from kubegate.registry.validation.names import label_value, qualified_name

_LIMIT, _ALTERNATIVES = 32, 8
_PARAMETERS_LIMIT = 10 * 1024
_MODES = ["All", "ExactCount"]
_UNKNOWN = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"


def default_requests(devices: Object) -> None:
    """Fill in how many devices are asked for."""
    for request in devices.get("requests") or ():
        if request.get("exactly") is not None:
            _default_amount(request["exactly"])
        for alternative in request.get("firstAvailable") or ():
            _default_amount(alternative)


def _default_amount(request: Object) -> None:
    if not request.get("allocationMode"):
        request["allocationMode"] = "ExactCount"
    if request["allocationMode"] == "ExactCount" and not request.get("count"):
        request["count"] = 1
    request.setdefault("deviceClassName", "")
    for toleration in request.get("tolerations") or ():
        if not toleration.get("operator"):
            toleration["operator"] = "Equal"


def request_names(devices: Object) -> set[str]:
    """The names by which results and constraints may refer to requests."""
    names: set[str] = set()
    for request in devices.get("requests") or ():
        name = request.get("name") or ""
        names.add(name)
        names.update(f"{name}/{item.get('name') or ''}" for item in request.get("firstAvailable") or ())
    return names


def check_devices(errors: list[FieldError], path: str, devices: Object) -> None:
    """Complain about what a claim asks for."""
    names = request_names(devices)

    def constraint(errors: list[FieldError], path: str, item: Object) -> None:
        _check_constraint(errors, path, item, names)

    def configuration(errors: list[FieldError], path: str, item: Object) -> None:
        check_request_references(errors, f"{path}.requests", item.get("requests") or [], names)
        check_configuration(errors, path, item)

    requests = devices.get("requests") or []
    check_items(errors, f"{path}.requests", requests, _LIMIT, _check_request, lambda item: item.get("name") or "")
    check_items(errors, f"{path}.constraints", devices.get("constraints") or [], _LIMIT, constraint)
    check_items(errors, f"{path}.config", devices.get("config") or [], _LIMIT, configuration)


def _check_request(errors: list[FieldError], path: str, request: Object) -> None:
    check_label(errors, f"{path}.name", request.get("name") or "")
    exactly, alternatives = request.get("exactly"), request.get("firstAvailable") or []
    text = "exactly one of `exactly` or `firstAvailable` is required"
    if exactly is None and not alternatives:
        errors.append(required(path, text))
    elif exactly is not None and alternatives:
        errors.append(invalid(path, None, f"{text}, but multiple fields are set"))
    elif exactly is not None:
        _check_exact(errors, f"{path}.exactly", exactly)
    else:
        check_items(
            errors,
            f"{path}.firstAvailable",
            alternatives,
            _ALTERNATIVES,
            _check_alternative,
            lambda item: item.get("name") or "",
        )


def _check_alternative(errors: list[FieldError], path: str, request: Object) -> None:
    check_label(errors, f"{path}.name", request.get("name") or "")
    _check_exact(errors, path, request)


def _check_exact(errors: list[FieldError], path: str, request: Object) -> None:
    check_class_name(errors, f"{path}.deviceClassName", request.get("deviceClassName") or "")
    check_selectors(errors, f"{path}.selectors", request.get("selectors") or [])
    mode, count = request.get("allocationMode") or "", request.get("count") or 0
    if mode == "All":
        if count != 0:
            text = "must not be specified when allocationMode is 'All'"
            errors.append(invalid(f"{path}.count", count, text))
    elif mode == "ExactCount":
        if count <= 0:
            errors.append(invalid(f"{path}.count", count, "must be greater than zero"))
    else:
        errors.append(not_supported(f"{path}.allocationMode", mode, _MODES))
    for index, toleration in enumerate(request.get("tolerations") or ()):
        check_device_toleration(errors, f"{path}.tolerations[{index}]", toleration)


def check_selectors(errors: list[FieldError], path: str, selectors: list[Object]) -> None:
    """Complain about selectors of devices."""
    check_items(errors, path, selectors, _LIMIT, _check_selector)


def _check_selector(errors: list[FieldError], path: str, selector: Object) -> None:
    cel = selector.get("cel")
    if cel is None:
        errors.append(required(f"{path}.cel"))
    else:
        check_expression(errors, f"{path}.cel.expression", cel.get("expression") or "")


def check_device_toleration(errors: list[FieldError], path: str, toleration: Object) -> None:
    """Complain about a toleration of devices' taints."""
    key, value, operator = (toleration.get(name) or "" for name in ("key", "value", "operator"))
    if key:
        errors += [invalid(f"{path}.key", key, text) for text in qualified_name(key)]
    if operator == "Exists":
        if value:
            errors.append(invalid(f"{path}.value", value, "must be empty for operator `Exists`"))
    elif operator == "Equal":
        if not key:
            errors.append(required(f"{path}.key", "must not be empty for operator `Equal`"))
        errors += [invalid(f"{path}.value", value, text) for text in label_value(value)]
    elif not operator:
        errors.append(required(f"{path}.operator"))
    else:
        errors.append(not_supported(f"{path}.operator", operator, ["Equal", "Exists"]))
    effect = toleration.get("effect") or ""
    if effect not in ("", "NoSchedule", "NoExecute"):
        errors.append(not_supported(f"{path}.effect", effect, ["NoExecute", "NoSchedule"]))


def check_request_references(errors: list[FieldError], path: str, names: list[str], known: set[str]) -> None:
    """Complain about names that are not of requests of the claim."""

    def check(errors: list[FieldError], path: str, name: str) -> None:
        check_request_reference(errors, path, name, known)

    check_items(errors, path, names, _LIMIT, check, lambda name: name)


def check_request_reference(errors: list[FieldError], path: str, name: str, known: set[str]) -> None:
    """Complain about a name that is not of a request of the claim."""
    segments = name.split("/")
    if len(segments) <= 2:
        for segment in segments:
            check_label(errors, path, segment)
    if name not in known:
        errors.append(invalid(path, name, _UNKNOWN))


def _check_constraint(errors: list[FieldError], path: str, constraint: Object, names: set[str]) -> None:
    check_request_references(errors, f"{path}.requests", constraint.get("requests") or [], names)
    for key in ("matchAttribute", "distinctAttribute"):
        attribute = constraint.get(key)
        if attribute is not None:
            check_fully_qualified_name(errors, f"{path}.{key}", attribute)
            return
    text = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
    errors.append(required(path, text))


def check_configuration(errors: list[FieldError], path: str, configuration: Object) -> None:
    """Complain about configuration for a driver."""
    opaque = configuration.get("opaque")
    if opaque is None:
        errors.append(required(f"{path}.opaque"))
        return
    check_csi_driver_name(errors, f"{path}.opaque.driver", opaque.get("driver") or "")
    parameters = opaque.get("parameters")
    if parameters is None:
        errors.append(required(f"{path}.opaque.parameters"))
    elif not isinstance(parameters, dict):
        errors.append(invalid(f"{path}.opaque.parameters", "<value omitted>", "must be a valid JSON object"))
    elif len(str(parameters)) > _PARAMETERS_LIMIT:
        errors.append(too_long(f"{path}.opaque.parameters", _PARAMETERS_LIMIT))
