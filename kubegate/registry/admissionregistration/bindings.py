"""Bindings of admission policies."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.admissionregistration.permissions import check_param_ref
from kubegate.registry.admissionregistration.rules import check_match, check_mutating, default_match
from kubegate.registry.admissionregistration.static_names import reserving
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.names import dns1123_subdomain, path_segment_name
from kubegate.registry.validation.selectors import check_label_selector

_GROUP = "admissionregistration.k8s.io"
_ACTIONS = ["Audit", "Deny", "Warn"]
_EXCLUSIVE = "name and selector are mutually exclusive"
_TWICE = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and "
    "headers serves no purpose)"
)


def _default(binding: Object) -> None:
    default_match(binding.setdefault("spec", {}).get("matchResources"))


def _validate(binding: Object, *, mutating: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = binding.get("spec") or {}
    name = spec.get("policyName") or ""
    if not name:
        errors.append(required("spec.policyName"))
    else:
        errors += [invalid("spec.policyName", name, text) for text in dns1123_subdomain(name)]
    if spec.get("paramRef") is not None:
        _check_param(errors, "spec.paramRef", spec["paramRef"])
    if spec.get("matchResources") is not None:
        check_match(errors, "spec.matchResources", spec["matchResources"])
        if mutating:
            check_mutating(errors, "spec.matchResources", spec["matchResources"])
    if not mutating:
        _check_actions(errors, "spec.validationActions", spec.get("validationActions") or [])
    return errors


def _check_param(errors: list[FieldError], path: str, param: Object) -> None:
    name, selector, action = param.get("name") or "", param.get("selector"), param.get("parameterNotFoundAction")
    if name:
        errors += [invalid(f"{path}.name", name, text) for text in path_segment_name(name)]
        if selector is not None:
            errors.append(forbidden(f"{path}.name", _EXCLUSIVE))
    if selector is not None:
        check_label_selector(errors, f"{path}.selector", selector)
        if name:
            errors.append(forbidden(f"{path}.selector", _EXCLUSIVE))
    if not name and selector is None:
        errors.append(required(path, "one of name or selector must be specified"))
    if not action:
        errors.append(required(f"{path}.parameterNotFoundAction"))
    elif action not in ("Deny", "Allow"):
        errors.append(not_supported(f"{path}.parameterNotFoundAction", action, ["Deny", "Allow"]))


def _check_actions(errors: list[FieldError], path: str, actions: list[str]) -> None:
    if not actions:
        errors.append(required(path, "at least one validation action is required"))
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            errors.append(not_supported(f"{path}[{index}]", action, _ACTIONS))
        if action in actions[:index]:
            errors.append(duplicate(f"{path}[{index}]", action))
    if {"Deny", "Warn"} <= set(actions):
        errors.append(invalid(path, actions, _TWICE))


def _strategy(bindings: str, policies: str, *, mutating: bool) -> Strategy:
    def validate(binding: Object, old: Object | None, context: WriteContext) -> list[FieldError]:
        return _validate(binding, mutating=mutating) or check_param_ref(binding, old, context, f"{policies}.{_GROUP}")

    return Strategy(
        resource=f"{bindings}.{_GROUP}",
        namespaced=False,
        generation=("spec",),
        default=_default,
        validate=lambda binding, context: validate(binding, None, context),
        validate_update=validate,
    )


_STRATEGIES = (
    _strategy("validatingadmissionpolicybindings", "validatingadmissionpolicies", mutating=False),
    _strategy("mutatingadmissionpolicybindings", "mutatingadmissionpolicies", mutating=True),
)

STRATEGIES: tuple[Strategy, ...] = tuple(map(reserving, _STRATEGIES))
