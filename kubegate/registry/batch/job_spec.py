"""Validation of the specification of a job, also of one inside a cron job."""

from __future__ import annotations

from typing import Any

from kubegate.api.domain_path import domain_prefixed_path_errors
from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required, too_long, too_many
from kubegate.api.go import quoted_list
from kubegate.api.names import Object
from kubegate.registry.batch.success_policy import NEEDS_INDEX, check_success_policy
from kubegate.registry.core.pods.templates import check_template
from kubegate.registry.validation.basics import check_name, check_nonnegative
from kubegate.registry.validation.names import qualified_name

_ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"]
_STATUSES = ["False", "True", "Unknown"]
_MODES = ["NonIndexed", "Indexed"]
_INDEXED_LIMIT = 100_000
_BACKOFF_LIMIT = 10_000
_MANAGER_LIMIT = 63
_NUMBERS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)


def check_job_spec(errors: list[FieldError], path: str, spec: Object) -> None:
    """Complain about the specification of a job (but not about its selector)."""
    check_nonnegative(errors, path, spec, *_NUMBERS)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        errors.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    if spec.get("managedBy") is not None:
        _check_manager(errors, f"{path}.managedBy", spec["managedBy"])
    _check_mode(errors, path, spec)
    if spec.get("podFailurePolicy") is not None:
        _check_failure_policy(errors, f"{path}.podFailurePolicy", spec)
    if spec.get("successPolicy") is not None:
        check_success_policy(errors, f"{path}.successPolicy", spec)
    _check_replacement(errors, f"{path}.podReplacementPolicy", spec)
    template = spec.get("template") or {}
    check_template(errors, f"{path}.template", template)
    _check_restart(
        errors, f"{path}.template.spec.restartPolicy", spec, (template.get("spec") or {}).get("restartPolicy") or ""
    )


def _check_restart(errors: list[FieldError], path: str, spec: Object, policy: str) -> None:
    if policy in ("", "Always"):
        errors.append(required(path, 'valid values: "OnFailure", "Never"'))
    elif policy not in ("OnFailure", "Never"):
        errors.append(not_supported(path, policy, ["OnFailure", "Never"]))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        errors.append(invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified'))


def _check_manager(errors: list[FieldError], path: str, name: str) -> None:
    errors += domain_prefixed_path_errors(path, name)
    if len(name) > _MANAGER_LIMIT:
        errors.append(too_long(path, _MANAGER_LIMIT))


def _check_mode(errors: list[FieldError], path: str, spec: Object) -> None:
    mode = spec.get("completionMode")
    if mode is not None and mode not in _MODES:
        errors.append(not_supported(f"{path}.completionMode", mode, _MODES))
    if mode == "Indexed":
        _check_indexed(errors, path, spec)
    if mode in (None, "NonIndexed"):
        for key in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(key) is not None:
                errors.append(invalid(f"{path}.{key}", spec[key], NEEDS_INDEX))


def _check_indexed(errors: list[FieldError], path: str, spec: Object) -> None:
    completions, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    failed = spec.get("maxFailedIndexes")
    if completions is None:
        errors.append(required(f"{path}.completions", "when completion mode is Indexed"))
    if parallelism > _INDEXED_LIMIT:
        text = f"must be less than or equal to {_INDEXED_LIMIT} when completion mode is Indexed"
        errors.append(invalid(f"{path}.parallelism", parallelism, text))
    if completions is not None and failed is not None and failed > completions:
        errors.append(invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions"))
    if failed is not None and failed > _INDEXED_LIMIT:
        errors.append(invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_INDEXED_LIMIT}"))
    if (completions or 0) > _INDEXED_LIMIT and spec.get("backoffLimitPerIndex") is not None:
        above = f"when completions are above {_INDEXED_LIMIT} and used with backoff limit per index"
        if failed is None:
            text = f"must be specified when completions is above {_INDEXED_LIMIT}"
            errors.append(required(f"{path}.maxFailedIndexes", text))
        if parallelism > _BACKOFF_LIMIT:
            text = f"must be less than or equal to {_BACKOFF_LIMIT} {above}"
            errors.append(invalid(f"{path}.parallelism", parallelism, text))
        if failed is not None and failed > _BACKOFF_LIMIT:
            text = f"must be less than or equal to {_BACKOFF_LIMIT} {above}"
            errors.append(invalid(f"{path}.maxFailedIndexes", failed, text))


def _check_replacement(errors: list[FieldError], path: str, spec: Object) -> None:
    policy = spec.get("podReplacementPolicy")
    if policy is None:
        return
    choices = ["Failed"] if spec.get("podFailurePolicy") is not None else ["Failed", "TerminatingOrFailed"]
    if policy not in choices:
        errors.append(not_supported(path, policy, choices))


def _check_failure_policy(errors: list[FieldError], path: str, spec: Object) -> None:
    rules = spec["podFailurePolicy"].get("rules") or []
    if len(rules) > 20:
        errors.append(too_many(f"{path}.rules", len(rules), 20))
    pod = (spec.get("template") or {}).get("spec") or {}
    names = {c.get("name") for key in ("containers", "initContainers") for c in pod.get(key) or ()}
    for index, rule in enumerate(rules):
        _check_rule(errors, f"{path}.rules[{index}]", rule, spec, names)


def _check_rule(errors: list[FieldError], path: str, rule: Object, spec: Object, names: set[Any]) -> None:
    action = rule.get("action") or ""
    if not action:
        errors.append(required(f"{path}.action", f"valid values: {quoted_list(_ACTIONS)}"))
    elif action == "FailIndex":
        if spec.get("backoffLimitPerIndex") is None:
            errors.append(invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set"))
    elif action not in _ACTIONS:
        errors.append(not_supported(f"{path}.action", action, _ACTIONS))
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if codes is not None:
        _check_exit_codes(errors, f"{path}.onExitCodes", codes, names)
    if len(conditions) > 20:
        errors.append(too_many(f"{path}.onPodConditions", len(conditions), 20))
    for index, condition in enumerate(conditions):
        place, status = f"{path}.onPodConditions[{index}]", condition.get("status") or ""
        check_name(errors, f"{place}.type", condition.get("type") or "", qualified_name)
        if not status:
            errors.append(required(f"{place}.status", f"valid values: {quoted_list(_STATUSES)}"))
        elif status not in _STATUSES:
            errors.append(not_supported(f"{place}.status", status, _STATUSES))
    if codes is not None and conditions:
        text = "specifying both OnExitCodes and OnPodConditions is not supported"
        errors.append(FieldError("FieldValueInvalid", path, text))
    if codes is None and not conditions:
        text = "specifying one of OnExitCodes and OnPodConditions is required"
        errors.append(FieldError("FieldValueInvalid", path, text))


def _check_exit_codes(errors: list[FieldError], path: str, codes: Object, names: set[Any]) -> None:
    operator, values = codes.get("operator") or "", codes.get("values") or []
    if not operator:
        errors.append(required(f"{path}.operator", f"valid values: {quoted_list(['In', 'NotIn'])}"))
    elif operator not in ("In", "NotIn"):
        errors.append(not_supported(f"{path}.operator", operator, ["In", "NotIn"]))
    name = codes.get("containerName")
    if name is not None and name not in names:
        text = "must be one of the container or initContainer names in the pod template"
        errors.append(invalid(f"{path}.containerName", name, text))
    if not values:
        errors.append(invalid(f"{path}.values", codes.get("values"), "at least one value is required"))
    elif len(values) > 255:
        errors.append(too_many(f"{path}.values", len(values), 255))
    ordered = True
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            errors.append(invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
        if index and values[index - 1] > value:
            ordered = False
        if value in values[:index]:
            errors.append(duplicate(f"{path}.values[{index}]", value))
    if not ordered:
        errors.append(invalid(f"{path}.values", values, "must be ordered"))
