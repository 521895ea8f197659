"""Validating and mutating admission policies."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required
from kubegate.api.names import Object, name_of
from kubegate.cel.environments import APPLY_OBJECT, JSON_PATCH
from kubegate.cel.lexer import RESERVED
from kubegate.cel.types import BOOL, NULL, STRING, list_of
from kubegate.registry.admissionregistration.expressions import Expressions, check_conditions
from kubegate.registry.admissionregistration.permissions import check_param_kind
from kubegate.registry.admissionregistration.rules import check_match, check_mutating, default_match
from kubegate.registry.admissionregistration.static_names import reserving
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import validate_conditions
from kubegate.registry.validation.json_paths import json_path_problem
from kubegate.registry.validation.names import dns1035_label, dns1123_subdomain, qualified_name

_REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"]
_EMPTY = "must be non-empty if specified"
_NO_BREAKS = "must not contain line breaks"
_ANNOTATIONS_LIMIT = 20
_ANNOTATION_BYTES = 5 * 1024
_PATCHES = ["ApplyConfiguration", "JSONPatch"]


def _default(policy: Object, *, mutating: bool) -> None:
    spec = policy.setdefault("spec", {})
    if spec.get("failurePolicy") is None:
        spec["failurePolicy"] = "Fail"
    if mutating and not spec.get("reinvocationPolicy"):
        spec["reinvocationPolicy"] = "Never"
    default_match(spec.get("matchConstraints"))
    if not mutating:
        policy.setdefault("status", {})


def _check_common(
    errors: list[FieldError], spec: Object, expressions: Expressions, plain: Expressions, *, mutating: bool
) -> None:
    """What validating and mutating policies share, in the order in which the server looks."""
    policy = spec.get("failurePolicy")
    if policy is None:
        errors.append(required("spec.failurePolicy"))
    elif policy not in ("Fail", "Ignore"):
        errors.append(not_supported("spec.failurePolicy", policy, ["Fail", "Ignore"]))
    if spec.get("paramKind") is not None:
        _check_param_kind(errors, "spec.paramKind", spec["paramKind"])
    match = spec.get("matchConstraints")
    if match is None:
        errors.append(required("spec.matchConstraints"))
    else:
        check_match(errors, "spec.matchConstraints", match)
        if not match.get("resourceRules"):
            errors.append(required("spec.matchConstraints.resourceRules"))
        if mutating:
            check_mutating(errors, "spec.matchConstraints", match)
    check_conditions(errors, "spec.matchConditions", spec.get("matchConditions") or [], plain)
    for index, variable in enumerate(spec.get("variables") or ()):
        _check_variable(errors, f"spec.variables[{index}]", variable, expressions)


def _check_param_kind(errors: list[FieldError], path: str, kind: Object) -> None:
    version, name = kind.get("apiVersion") or "", kind.get("kind") or ""
    if not version:
        errors.append(required(f"{path}.apiVersion"))
    elif version.count("/") > 1:
        errors.append(invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    else:
        group, _, short = version.rpartition("/")
        if complaints := dns1123_subdomain(group) if group else []:
            errors.append(invalid(f"{path}.apiVersion", group, ",".join(complaints)))
        if not short:
            errors.append(invalid(f"{path}.apiVersion", version, "version must be specified"))
        elif complaints := dns1035_label(short):
            errors.append(invalid(f"{path}.apiVersion", short, ",".join(complaints)))
    if not name:
        errors.append(required(f"{path}.kind"))
    elif complaints := dns1035_label(name.lower()):
        text = f"may have mixed case, but should otherwise match: {','.join(complaints)}"
        errors.append(invalid(f"{path}.kind", name, text))


def _check_variable(errors: list[FieldError], path: str, variable: Object, expressions: Expressions) -> None:
    name, text = variable.get("name") or "", variable.get("expression") or ""
    if not name.strip():
        errors.append(required(f"{path}.name", "name is not specified"))
    elif not name.isidentifier() or not name.isascii() or name in RESERVED:
        errors.append(invalid(f"{path}.name", name, "must be a valid CEL identifier"))
    if not text.strip():
        errors.append(required(f"{path}.expression", "expression is not specified"))
    else:
        expressions.add(errors, f"{path}.expression", name, text)


def _expressions(spec: Object, *, mutation: bool) -> tuple[Expressions, Expressions]:
    params = spec.get("paramKind") is not None
    plain = Expressions(params=params)
    if not mutation and not spec.get("variables"):
        return plain, plain
    return Expressions(params=params, variables=True), plain


def _validate_validating(policy: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = policy.get("spec") or {}
    expressions, plain = _expressions(spec, mutation=False)
    _check_common(errors, spec, expressions, plain, mutating=False)
    validations, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
    if not validations and not annotations:
        text = "validations or auditAnnotations must contain at least one item"
        errors += [required("spec.validations", text), required("spec.auditAnnotations", text)]
        return errors
    for index, validation in enumerate(validations):
        _check_validation(errors, f"spec.validations[{index}]", validation, expressions)
    if len(annotations) > _ANNOTATIONS_LIMIT:
        text = f"must not have more than {_ANNOTATIONS_LIMIT} auditAnnotations"
        errors.append(invalid("spec.auditAnnotations", annotations, text))
    seen: set[str] = set()
    for index, annotation in enumerate(annotations):
        path, key = f"spec.auditAnnotations[{index}]", annotation.get("key") or ""
        _check_annotation(errors, path, annotation, name_of(policy), expressions)
        if key in seen:
            errors.append(duplicate(f"{path}.key", key))
        seen.add(key)
    return errors


def _check_validation(errors: list[FieldError], path: str, validation: Object, expressions: Expressions) -> None:
    text, message = validation.get("expression") or "", validation.get("message") or ""
    generated = validation.get("messageExpression") or ""
    if not text.strip():
        errors.append(required(f"{path}.expression", "expression is not specified"))
    else:
        expressions.check(errors, f"{path}.expression", text, (BOOL,))
    if generated and not generated.strip():
        errors.append(invalid(f"{path}.messageExpression", generated, _EMPTY))
    elif generated:
        place = f"{path}.messageExpression"
        expressions.check(errors, place, generated, (STRING,), authorizer=False)
    if message and not message.strip():
        errors.append(invalid(f"{path}.message", message, _EMPTY))
    elif "\n" in message.strip() or "\r" in message.strip():
        errors.append(invalid(f"{path}.message", message, _NO_BREAKS))
    reason = validation.get("reason")
    if reason is not None and reason not in _REASONS:
        errors.append(not_supported(f"{path}.reason", reason, _REASONS))


def _check_annotation(errors: list[FieldError], path: str, annotation: Object, name: str, expressions: Expressions) -> None:
    key, text = annotation.get("key") or "", annotation.get("valueExpression") or ""
    if name:
        full = f"{name}/{key}"
        errors += [invalid(f"{path}.key", full, problem) for problem in qualified_name(full)]
    else:
        errors.append(invalid(f"{path}.key", key, "requires metadata.name be non-empty"))
    if not text.strip():
        errors.append(required(f"{path}.valueExpression", "valueExpression is not specified"))
    elif len(text.strip().encode()) > _ANNOTATION_BYTES:
        errors.append(required(f"{path}.valueExpression", f"must not exceed {_ANNOTATION_BYTES} bytes in length"))
    else:
        expressions.check(errors, f"{path}.valueExpression", text.strip(), (STRING, NULL), shown=text)


def _validate_mutating(policy: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = policy.get("spec") or {}
    expressions, plain = _expressions(spec, mutation=True)
    _check_common(errors, spec, expressions, plain, mutating=True)
    mutations = spec.get("mutations") or []
    if not mutations:
        errors.append(required("spec.mutations", "mutations must contain at least one item"))
    for index, mutation in enumerate(mutations):
        _check_mutation(errors, f"spec.mutations[{index}]", mutation, expressions)
    policy_name = spec.get("reinvocationPolicy") or ""
    if not policy_name:
        errors.append(required("spec.reinvocationPolicy"))
    elif policy_name not in ("IfNeeded", "Never"):
        errors.append(not_supported("spec.reinvocationPolicy", policy_name, ["IfNeeded", "Never"]))
    return errors


def _check_mutation(errors: list[FieldError], path: str, mutation: Object, expressions: Expressions) -> None:
    kind = mutation.get("patchType") or ""
    if not kind:
        errors.append(required(f"{path}.patchType"))
        return
    if kind not in _PATCHES:
        errors.append(not_supported(f"{path}.patchType", kind, _PATCHES))
        return
    is_json_patch = kind == "JSONPatch"
    own, other = ("jsonPatch", "applyConfiguration") if is_json_patch else ("applyConfiguration", "jsonPatch")
    if mutation.get(own) is None:
        errors.append(required(f"{path}.{own}", f"must be specified when patchType is {kind}"))
    else:
        text = (mutation[own].get("expression") or "").strip()
        if not text:
            errors.append(required(f"{path}.{own}.expression"))
        else:
            expected = (list_of(JSON_PATCH),) if is_json_patch else (APPLY_OBJECT,)
            expressions.check(errors, f"{path}.{own}.expression", text, expected, mutation=True)
    if mutation.get(other) is not None:
        shown = f"{{{other}}}"
        errors.append(invalid(f"{path}.{other}", shown, f"must not be specified when patchType is {kind}"))


def _validating(policy: Object, old: Object | None, context: WriteContext) -> list[FieldError]:
    return _validate_validating(policy) or check_param_kind(policy, old, context)


def _mutating(policy: Object, old: Object | None, context: WriteContext) -> list[FieldError]:
    return _validate_mutating(policy) or check_param_kind(policy, old, context)


def _validate_status(policy: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status = policy.get("status") or {}
    for index, warning in enumerate((status.get("typeChecking") or {}).get("expressionWarnings") or ()):
        path = f"status.typeChecking.expressionWarnings[{index}]"
        if not warning.get("warning"):
            errors.append(required(f"{path}.warning"))
        reference = (warning.get("fieldRef") or "").strip()
        if not reference:
            errors.append(required(f"{path}.fieldRef"))
        elif problem := json_path_problem(reference):
            errors.append(invalid(f"{path}.fieldRef", reference, f"invalid JSONPath: {problem}"))
    validate_conditions(status.get("conditions") or [], "status.conditions", errors)
    return errors


_STRATEGIES = (
    Strategy(
        resource="validatingadmissionpolicies.admissionregistration.k8s.io",
        namespaced=False,
        has_status=True,
        generation=("spec",),
        default=lambda policy: _default(policy, mutating=False),
        validate=lambda policy, context: _validating(policy, None, context),
        validate_update=_validating,
        subresources={"status": Subresource(validate=_validate_status)},
    ),
    Strategy(
        resource="mutatingadmissionpolicies.admissionregistration.k8s.io",
        namespaced=False,
        generation=("spec",),
        default=lambda policy: _default(policy, mutating=True),
        validate=lambda policy, context: _mutating(policy, None, context),
        validate_update=_mutating,
    ),
)

STRATEGIES: tuple[Strategy, ...] = tuple(map(reserving, _STRATEGIES))
