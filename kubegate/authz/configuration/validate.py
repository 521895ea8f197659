"""What a loaded AuthorizationConfiguration must satisfy: all errors at once, in the server's words.

Source: k8s.io/apiserver ``pkg/apis/apiserver/validation``.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from kubegate.api.duration import SECOND, format_duration
from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required, too_many
from kubegate.authz.configuration.model import AuthorizationConfiguration, AuthorizerSpec, ConnectionInfo, WebhookSpec

TYPES = ("ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook")
ACCESS_POLICY = "AccessPolicy"
"""Our own type, which the server's message about other types does not name."""
_FROM_THE_START = ("Node", "ABAC", "RBAC")
MAX_CONDITIONS = 64
MAX_TIMEOUT = 30 * SECOND

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)

ExpressionCheck = Callable[[str], str]
"""Compiles a match condition; the answer is the complaint, or "" if there is none."""


def validate(configuration: AuthorizationConfiguration, check: ExpressionCheck) -> list[FieldError]:
    """Every complaint, in order; an empty list means it may be used."""
    if not configuration.authorizers:
        return [required("authorizers", "at least one authorization mode must be defined")]
    errors: list[FieldError] = []
    types: set[str] = set()
    names: set[str] = set()
    for index, spec in enumerate(configuration.authorizers):
        field = f"authorizers[{index}]"
        wrong_type = _type_error(field, spec.type, types)
        if wrong_type:
            errors.append(wrong_type)
            continue
        types.add(spec.type)
        errors += _name_errors(field, spec.name, names)
        names.add(spec.name)
        errors += _webhook_presence(field, spec, check)
        errors += _access_policy_errors(f"{field}.accessPolicy", spec)
    return errors


def name_complaints(configuration: AuthorizationConfiguration) -> list[str]:
    """Authorizers other than webhooks bear the lower-case name of their type: about each that does not."""
    return [
        f"expected name {spec.type.lower()} for authorizer {spec.type} instead of {spec.name}"
        for spec in configuration.authorizers
        if spec.type != "Webhook" and spec.name != spec.type.lower()
    ]


def missing_complaint(types: Collection[str], started: Collection[str]) -> str:
    """Types that a server ``started`` with stay, but for webhooks and our own; "" if they do. Source: kubernetes
    ``pkg/kubeapiserver/authorizer``."""
    missing = sorted({*started} - {*types} - {"Webhook", ACCESS_POLICY})
    return f"missing required types: [{' '.join(missing)}]" if missing else ""


def new_complaint(types: Iterable[str], started: Collection[str]) -> str:
    """Types that read what a server follows from its start do not come later; "" if they do not."""
    for kind in types:
        if kind in _FROM_THE_START and kind not in started:
            return f"authorizer type {kind} is not allowed if it was not enabled at initial server startup"
    return ""


def _type_error(field: str, kind: str, seen: set[str]) -> FieldError | None:
    if not kind:
        return required(f"{field}.type")
    if kind not in (*TYPES, ACCESS_POLICY):
        return not_supported(f"{field}.type", kind, TYPES)
    if kind in seen and kind != "Webhook":
        return duplicate(f"{field}.type", kind)
    return None


def _name_errors(field: str, name: str, seen: set[str]) -> list[FieldError]:
    if not name:
        return [required(f"{field}.name")]
    if name in seen:
        return [duplicate(f"{field}.name", name)]
    rules = ["must be no more than 253 bytes"] if len(name.encode()) > 253 else []
    if not _SUBDOMAIN.fullmatch(name):
        rules.append(_SUBDOMAIN_RULE)
    return [invalid(f"{field}.name", name, f"authorizer name is invalid: {', '.join(rules)}")] if rules else []


def _webhook_presence(field: str, spec: AuthorizerSpec, check: ExpressionCheck) -> list[FieldError]:
    if spec.type == "Webhook":
        if spec.webhook is None:
            return [required(f"{field}.webhook", "required when type=Webhook")]
        return _webhook_errors(field, spec.webhook, check)
    if spec.webhook is not None:
        return [invalid(f"{field}.webhook", "non-null", "may only be specified when type=Webhook")]
    return []


def _access_policy_errors(field: str, spec: AuthorizerSpec) -> list[FieldError]:
    if spec.accessPolicy is None:
        return []
    if spec.type != ACCESS_POLICY:
        return [invalid(field, "non-null", "may only be specified when type=AccessPolicy")]
    if not spec.accessPolicy.paths:
        return [required(f"{field}.paths")]
    errors = []
    for index, path in enumerate(spec.accessPolicy.paths):
        place = f"{field}.paths[{index}]"
        if not Path(path).is_absolute():
            errors.append(invalid(place, path, "must be an absolute path"))
        elif not Path(path).exists():
            errors.append(invalid(place, path, "no such file or directory"))
    return errors


def _webhook_errors(field: str, webhook: WebhookSpec, check: ExpressionCheck) -> list[FieldError]:
    errors: list[FieldError] = []
    if webhook.timeout == 0:
        errors.append(required(f"{field}.timeout"))
    elif not 0 < webhook.timeout <= MAX_TIMEOUT:
        errors.append(invalid(f"{field}.timeout", format_duration(webhook.timeout), "must be > 0s and <= 30s"))
    for name, ttl in (("authorizedTTL", webhook.authorizedTTL), ("unauthorizedTTL", webhook.unauthorizedTTL)):
        if ttl < 0:
            errors.append(invalid(f"{field}.{name}", format_duration(ttl), "must be > 0s"))
    errors += _choice(f"{field}.subjectAccessReviewVersion", webhook.subjectAccessReviewVersion, ("v1", "v1beta1"))
    version = webhook.matchConditionSubjectAccessReviewVersion
    version_field = f"{field}.matchConditionSubjectAccessReviewVersion"
    if version:
        errors += _choice(version_field, version, ("v1",))
    elif webhook.matchConditions:
        errors.append(required(version_field, "required if match conditions are specified"))
    errors += _choice(f"{field}.failurePolicy", webhook.failurePolicy, ("NoOpinion", "Deny"))
    errors += _connection_errors(f"{field}.connectionInfo", webhook.connectionInfo)
    return errors + _condition_errors(field, [condition.expression for condition in webhook.matchConditions], check)


def _choice(field: str, value: str, choices: Sequence[str]) -> list[FieldError]:
    if not value:
        return [required(field)]
    return [] if value in choices else [not_supported(field, value, choices)]


def _connection_errors(field: str, info: ConnectionInfo) -> list[FieldError]:
    file_field = f"{field}.kubeConfigFile"
    if not info.type:
        return [required(f"{field}.type")]
    if info.type == "InClusterConfig":
        if info.kubeConfigFile is not None:
            return [invalid(file_field, info.kubeConfigFile, "can only be set when type=KubeConfigFile")]
        return []
    if info.type != "KubeConfigFile":
        # The message shows the whole, with the names of the server's internal type.
        shown = {"Type": info.type, "KubeConfigFile": info.kubeConfigFile}
        return [not_supported(f"{field}.type", shown, ("InClusterConfig", "KubeConfigFile"))]
    if not info.kubeConfigFile:
        return [required(file_field)]
    path = info.kubeConfigFile
    if not path.startswith("/"):
        return [invalid(file_field, path, "must be an absolute path")]
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        return [invalid(file_field, path, f"error loading file: stat {path}: {(error.strerror or 'unreadable').lower()}")]
    except ValueError:  # a NUL
        return [invalid(file_field, path, f"error loading file: stat {path}: invalid argument")]
    return [] if stat.S_ISREG(mode) else [invalid(file_field, path, "must be a regular file")]


def _condition_errors(field: str, expressions: list[str], check: ExpressionCheck) -> list[FieldError]:
    if len(expressions) > MAX_CONDITIONS:
        return [too_many(f"{field}.matchConditions", len(expressions), MAX_CONDITIONS)]
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, expression in enumerate(expressions):
        place = f"{field}.matchConditions[{index}].expression"
        if not expression.strip():
            errors.append(required(place))
        elif expression in seen:
            errors.append(duplicate(place, expression))
        else:
            seen.add(expression)
            complaint = check(expression)
            if complaint:
                errors.append(invalid(place, expression, complaint))
    return errors
