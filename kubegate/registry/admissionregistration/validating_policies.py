"""ValidatingAdmissionPolicy and its binding."""

from __future__ import annotations

import re
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, invalid, required
from kubegate.api.names import Object, name_of
from kubegate.cel.types import BOOL, NULL, STRING
from kubegate.registry.admissionregistration.common import (
    FAILURE_POLICIES,
    check_binding,
    check_match_constraints,
    check_param_kind,
    spec_of,
)
from kubegate.registry.admissionregistration.expressions import (
    ExpressionChecker,
    check_match_conditions,
    complaint,
    text_of,
)
from kubegate.registry.admissionregistration.rules import check_choice, default_match_resources
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.names import qualified_name

MAX_AUDIT_ANNOTATIONS = 20
MAX_VALUE_EXPRESSION = 5 * 1024
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_ACTIONS = ("Audit", "Deny", "Warn")
_BOTH = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers "
    "serves no purpose)"
)
_NOTHING = "validations or auditAnnotations must contain at least one item"


def _default(obj: Object) -> None:
    spec = spec_of(obj)
    if spec.get("failurePolicy") is None:
        spec["failurePolicy"] = "Fail"
    default_match_resources(spec.get("matchConstraints"))


def _default_binding(obj: Object) -> None:
    default_match_resources(spec_of(obj).get("matchResources"))


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    return _check(obj, conditions=True)


def _validate_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    now, before = spec_of(obj), spec_of(old)
    same = all(now.get(key) == before.get(key) for key in ("paramKind", "matchConditions"))
    return _check(obj, conditions=not same)


def _check(obj: Object, *, conditions: bool) -> list[FieldError]:
    spec = spec_of(obj)
    errors: list[FieldError] = []
    check_choice(errors, "spec.failurePolicy", spec.get("failurePolicy"), FAILURE_POLICIES, must=True)
    check_param_kind(errors, "spec.paramKind", spec.get("paramKind"))
    check_match_constraints(errors, "spec.matchConstraints", spec.get("matchConstraints"))
    if conditions:
        has_params = spec.get("paramKind") is not None
        errors += check_match_conditions("spec.matchConditions", spec.get("matchConditions") or (), params=has_params)
    checker = ExpressionChecker(spec)
    for index, variable in enumerate(spec.get("variables") or ()):
        errors += checker.check_variable(f"spec.variables[{index}]", variable)
    validations, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not annotations:
        return [*errors, required("spec.validations", _NOTHING), required("spec.auditAnnotations", _NOTHING)]
    for index, validation in enumerate(validations):
        errors += _check_validation(checker, f"spec.validations[{index}]", validation)
    return errors + _check_annotations(checker, name_of(obj), annotations)


def _check_validation(checker: ExpressionChecker, path: str, validation: Object) -> list[FieldError]:
    text, message = text_of(validation, "expression"), text_of(validation, "message")
    errors: list[FieldError] = []
    if text.strip():
        errors += checker.check(f"{path}.expression", text, (BOOL,))
    else:
        errors.append(required(f"{path}.expression", "expression is not specified"))
    shown = text_of(validation, "messageExpression")
    if shown.strip():
        errors += checker.check(f"{path}.messageExpression", shown, (STRING,), authorizer=False)
    elif shown:
        errors.append(invalid(f"{path}.messageExpression", shown, "must be non-empty if specified"))
    if message and not message.strip():
        errors.append(invalid(f"{path}.message", message, "must be non-empty if specified"))
    elif re.search(r"[\n\r]", message.strip()):
        errors.append(invalid(f"{path}.message", message, "must not contain line breaks"))
    check_choice(errors, f"{path}.reason", validation.get("reason"), _REASONS)
    return errors


def _check_annotations(checker: ExpressionChecker, name: str, annotations: Any) -> list[FieldError]:
    errors: list[FieldError] = []
    if len(annotations) > MAX_AUDIT_ANNOTATIONS:
        words = f"must not have more than {MAX_AUDIT_ANNOTATIONS} auditAnnotations"
        errors.append(invalid("spec.auditAnnotations", annotations, words))
    seen: set[str] = set()
    for index, annotation in enumerate(annotations):
        path = f"spec.auditAnnotations[{index}]"
        key = text_of(annotation, "key")
        if name:
            errors += [invalid(f"{path}.key", f"{name}/{key}", words) for words in qualified_name(f"{name}/{key}")]
        else:
            errors.append(invalid(f"{path}.key", key, "requires metadata.name be non-empty"))
        errors += _check_value(checker, f"{path}.valueExpression", text_of(annotation, "valueExpression"))
        if key in seen:
            errors.append(duplicate(f"{path}.key", key))
        seen.add(key)
    return errors


def _check_value(checker: ExpressionChecker, path: str, text: str) -> list[FieldError]:
    trimmed = text.strip()
    if not trimmed:
        return [required(path, "valueExpression is not specified")]
    if len(trimmed.encode()) > MAX_VALUE_EXPRESSION:
        return [required(path, f"must not exceed {MAX_VALUE_EXPRESSION} bytes in length")]
    return complaint(path, text, checker.compile(trimmed, (STRING, NULL)))


def _validate_binding(obj: Object, context: WriteContext) -> list[FieldError]:
    spec = spec_of(obj)
    errors: list[FieldError] = []
    check_binding(errors, spec)
    path, actions = "spec.validationActions", spec.get("validationActions") or []
    seen: set[str] = set()
    for index, action in enumerate(actions):
        check_choice(errors, f"{path}[{index}]", action, _ACTIONS)
        if action in seen:
            errors.append(duplicate(f"{path}[{index}]", action))
        seen.add(action)
    if {"Deny", "Warn"} <= seen:
        errors.append(invalid(path, actions, _BOTH))
    if not seen:
        errors.append(required(path, "at least one validation action is required"))
    return errors


def _validate_binding_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return _validate_binding(obj, context)


VALIDATING_POLICY = Strategy(
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    namespaced=False,
    has_status=True,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    subresources={"status": Subresource()},
)

VALIDATING_BINDING = Strategy(
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    namespaced=False,
    generation=("spec",),
    default=_default_binding,
    validate=_validate_binding,
    validate_update=_validate_binding_update,
)
