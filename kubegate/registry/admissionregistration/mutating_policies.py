"""MutatingAdmissionPolicy and its binding."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object
from kubegate.cel.environments import APPLY_OBJECT, JSON_PATCH
from kubegate.cel.types import Type, list_of
from kubegate.registry.admissionregistration.common import (
    FAILURE_POLICIES,
    check_binding,
    check_match_constraints,
    check_param_kind,
    spec_of,
)
from kubegate.registry.admissionregistration.expressions import ExpressionChecker, check_match_conditions, text_of
from kubegate.registry.admissionregistration.rules import check_choice, check_operations, default_match_resources
from kubegate.registry.interface import Strategy, WriteContext

_REINVOCATION = ("IfNeeded", "Never")
_PATCHES: dict[str, tuple[str, str, Type]] = {
    "JSONPatch": ("jsonPatch", "applyConfiguration", list_of(JSON_PATCH)),
    "ApplyConfiguration": ("applyConfiguration", "jsonPatch", APPLY_OBJECT),
}


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
    constraints = spec.get("matchConstraints")
    check_match_constraints(errors, "spec.matchConstraints", constraints)
    check_operations(errors, "spec.matchConstraints.resourceRules.operations", (constraints or {}).get("resourceRules"))
    if conditions:
        has_params = spec.get("paramKind") is not None
        errors += check_match_conditions("spec.matchConditions", spec.get("matchConditions") or (), params=has_params)
    checker = ExpressionChecker(spec, mutation=True, always_composed=True)
    for index, variable in enumerate(spec.get("variables") or ()):
        errors += checker.check_variable(f"spec.variables[{index}]", variable)
    mutations = spec.get("mutations") or ()
    if not mutations:
        errors.append(required("spec.mutations", "mutations must contain at least one item"))
    for index, mutation in enumerate(mutations):
        errors += _check_mutation(checker, f"spec.mutations[{index}]", mutation)
    check_choice(errors, "spec.reinvocationPolicy", spec.get("reinvocationPolicy") or None, _REINVOCATION, must=True)
    return errors


def _check_mutation(checker: ExpressionChecker, path: str, mutation: Object) -> list[FieldError]:
    kind = mutation.get("patchType") or None
    errors: list[FieldError] = []
    if kind not in _PATCHES:
        check_choice(errors, f"{path}.patchType", kind, tuple(sorted(_PATCHES)), must=True)
        return errors
    key, other, expected = _PATCHES[kind]
    patch = mutation.get(key)
    if patch is None:
        errors.append(required(f"{path}.{key}", f"must be specified when patchType is {kind}"))
    elif text := text_of(patch, "expression").strip():
        errors += checker.check(f"{path}.{key}.expression", text, (expected,))
    else:
        errors.append(required(f"{path}.{key}.expression"))
    if mutation.get(other) is not None:
        errors.append(invalid(f"{path}.{other}", f"{{{other}}}", f"must not be specified when patchType is {kind}"))
    return errors


def _validate_binding(obj: Object, context: WriteContext) -> list[FieldError]:
    spec = spec_of(obj)
    errors: list[FieldError] = []
    check_binding(errors, spec)
    rules = (spec.get("matchResources") or {}).get("resourceRules")
    check_operations(errors, "spec.matchResources.resourceRules.operations", rules)
    return errors


def _validate_binding_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return _validate_binding(obj, context)


MUTATING_POLICY = Strategy(
    "mutatingadmissionpolicies.admissionregistration.k8s.io",
    namespaced=False,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
)

MUTATING_BINDING = Strategy(
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    namespaced=False,
    generation=("spec",),
    default=_default_binding,
    validate=_validate_binding,
    validate_update=_validate_binding_update,
)
