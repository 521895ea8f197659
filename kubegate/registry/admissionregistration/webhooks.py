"""Configurations of validating and mutating webhooks."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.admissionregistration.client_config import check_client_config
from kubegate.registry.admissionregistration.expressions import Expressions, check_conditions
from kubegate.registry.admissionregistration.rules import MATCH_POLICIES, check_rule, default_rules
from kubegate.registry.admissionregistration.static_names import reserving
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.validation.names import dns1035_label, dns1123_subdomain
from kubegate.registry.validation.selectors import check_label_selector

_VERSIONS = ("v1", "v1beta1")
_SIDE_EFFECTS = ["None", "NoneOnDryRun"]


def _defaults(mutating: bool) -> dict[str, object]:
    values: dict[str, object] = {"failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": 10}
    return {**values, "reinvocationPolicy": "Never"} if mutating else values


def _default(configuration: Object, *, mutating: bool) -> None:
    for webhook in configuration.get("webhooks") or ():
        for key, value in _defaults(mutating).items():
            if webhook.get(key) is None:
                webhook[key] = value
        for key in ("namespaceSelector", "objectSelector"):
            if webhook.get(key) is None:
                webhook[key] = {}
        webhook.setdefault("sideEffects", None)
        webhook.setdefault("admissionReviewVersions", None)
        default_rules(webhook.get("rules"))
        service = webhook.setdefault("clientConfig", {}).get("service")
        if service is not None and service.get("port") is None:
            service["port"] = 443


def _validate(configuration: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    names: set[str] = set()
    for index, webhook in enumerate(configuration.get("webhooks") or ()):
        path, name = f"webhooks[{index}]", webhook.get("name") or ""
        _check_webhook(errors, path, webhook)
        _check_versions(errors, f"{path}.admissionReviewVersions", webhook.get("admissionReviewVersions") or [])
        if name and name in names:
            errors.append(duplicate(f"{path}.name", name))
        names.add(name)
    return errors


def _check_webhook(errors: list[FieldError], path: str, webhook: Object) -> None:
    _check_full_name(errors, f"{path}.name", webhook.get("name") or "")
    for index, rule in enumerate(webhook.get("rules") or ()):
        check_rule(errors, f"{path}.rules[{index}]", rule)
    _check_choice(errors, f"{path}.failurePolicy", webhook.get("failurePolicy"), ["Fail", "Ignore"])
    _check_choice(errors, f"{path}.matchPolicy", webhook.get("matchPolicy"), MATCH_POLICIES)
    effects = webhook.get("sideEffects")
    if effects is None:
        errors.append(required(f"{path}.sideEffects", f"must specify one of {', '.join(_SIDE_EFFECTS)}"))
    _check_choice(errors, f"{path}.sideEffects", effects, _SIDE_EFFECTS)
    seconds = webhook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        text = "the timeout value must be between 1 and 30 seconds"
        errors.append(invalid(f"{path}.timeoutSeconds", seconds, text))
    for key in ("namespaceSelector", "objectSelector"):
        check_label_selector(errors, f"{path}.{key}", webhook.get(key))
    _check_choice(errors, f"{path}.reinvocationPolicy", webhook.get("reinvocationPolicy"), ["IfNeeded", "Never"])
    check_client_config(errors, f"{path}.clientConfig", webhook.get("clientConfig") or {})
    check_conditions(errors, f"{path}.matchConditions", webhook.get("matchConditions") or [], Expressions())


def _check_choice(errors: list[FieldError], path: str, value: str | None, choices: list[str]) -> None:
    if value is not None and value not in choices:
        errors.append(not_supported(path, value, choices))


def _check_full_name(errors: list[FieldError], path: str, name: str) -> None:
    if not name:
        errors.append(required(path))
    elif complaints := dns1123_subdomain(name):
        errors.append(invalid(path, name, ",".join(complaints)))
    elif name.count(".") < 2:
        errors.append(invalid(path, name, "should be a domain with at least three segments separated by dots"))


def _check_versions(errors: list[FieldError], path: str, versions: list[str]) -> None:
    if not versions:
        errors.append(required(path, f"must specify one of {', '.join(_VERSIONS)}"))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        errors += [invalid(f"{path}[{index}]", version, text) for text in dns1035_label(version)]
    if not set(versions) & set(_VERSIONS):
        text = f"must include at least one of {', '.join(_VERSIONS)}"
        errors.append(invalid(path, versions, text))


def _strategy(resource: str, *, mutating: bool) -> Strategy:
    def validate(configuration: Object, context: WriteContext) -> list[FieldError]:
        return _validate(configuration)

    return Strategy(
        resource=f"{resource}.admissionregistration.k8s.io",
        namespaced=False,
        generation=("webhooks",),
        default=lambda configuration: _default(configuration, mutating=mutating),
        validate=validate,
        validate_update=lambda configuration, old, context: _validate(configuration),
    )


_STRATEGIES = (
    _strategy("validatingwebhookconfigurations", mutating=False),
    _strategy("mutatingwebhookconfigurations", mutating=True),
)

STRATEGIES: tuple[Strategy, ...] = tuple(map(reserving, _STRATEGIES))
