"""Scopes: which objects a quota counts.

Source: kubernetes ``pkg/quota/v1/evaluator/core``, ResourceQuota of core/v1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kubegate.admission.qos import is_best_effort
from kubegate.api.names import Object


class Scope(NamedTuple):
    """A scope that an object must be in: name, operator (In, NotIn, Exists, DoesNotExist), values."""

    name: str
    operator: str = "Exists"
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As Go prints the struct in messages."""
        return f"{{{self.name} {self.operator} [{' '.join(self.values)}]}}"


def of_quota(quota: Object) -> list[Scope]:
    """All scopes of a ResourceQuota."""
    spec = quota.get("spec") or {}
    expressions = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    return [Scope(name) for name in spec.get("scopes") or ()] + [of_expression(item) for item in expressions]


def of_expression(item: dict[str, Any]) -> Scope:
    """A scope selector requirement."""
    return Scope(item.get("scopeName") or "", item.get("operator") or "", tuple(item.get("values") or ()))


def matches_pod(scope: Scope, pod: Object) -> bool:
    """True if the pod is in the scope; no pod is in a scope of another name."""
    spec = pod.get("spec") or {}
    if scope.name == "PriorityClass":
        return _matches_value(scope, spec.get("priorityClassName") or "")
    test = _POD_TESTS.get(scope.name)
    return test is not None and test(pod)


def matches_claim(scope: Scope, claim: Object) -> bool:
    """True if the volume claim is in the scope: by any volume attributes class it has, had or is to have."""
    if scope.name != "VolumeAttributesClass":
        return False
    status = claim.get("status") or {}
    classes = {
        (claim.get("spec") or {}).get("volumeAttributesClassName") or "",
        status.get("currentVolumeAttributesClassName") or "",
        (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName") or "",
    } - {""}
    return any(_matches_value(scope, name) for name in classes or {""})


def _matches_value(scope: Scope, value: str) -> bool:
    tests = {
        "Exists": bool(value),
        "DoesNotExist": not value,
        "In": bool(value) and value in scope.values,
        "NotIn": value not in scope.values or not value,
    }
    return tests.get(scope.operator, False)


def _is_terminating(pod: Object) -> bool:
    deadline = (pod.get("spec") or {}).get("activeDeadlineSeconds")
    return deadline is not None and deadline >= 0


def _crosses_namespaces(pod: Object) -> bool:
    affinity = (pod.get("spec") or {}).get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        terms = list(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        preferred = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [weighted.get("podAffinityTerm") or {} for weighted in preferred]
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False


_POD_TESTS: dict[str, Callable[[Object], bool]] = {
    "Terminating": _is_terminating,
    "NotTerminating": lambda pod: not _is_terminating(pod),
    "BestEffort": is_best_effort,
    "NotBestEffort": lambda pod: not is_best_effort(pod),
    "CrossNamespacePodAffinity": _crosses_namespaces,
}
