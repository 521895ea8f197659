"""Each operator on objects, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubegate.analysis.mutation.operators.abac import abac_edits
from kubegate.analysis.mutation.operators.access_policies import condition_edits
from kubegate.analysis.mutation.operators.admission_policies import admission_policy_edits, binding_edits
from kubegate.analysis.mutation.operators.budgets import doubled, limit_edits, quota_edits
from kubegate.analysis.mutation.operators.edit import Edit, value_at
from kubegate.analysis.mutation.operators.namespaces import namespace_edits

RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]}
PODS = {**RULE, "apiGroups": [""], "operations": ["CREATE"], "resources": ["pods"], "resourceNames": ["x"]}
ONE, TWO = {"expression": "a > 1", "messageExpression": "'x'"}, {"expression": "b"}
POLICY = {
    "spec": {
        "failurePolicy": "Ignore",
        "matchConstraints": {
            "resourceRules": [RULE, PODS],
            "excludeResourceRules": [RULE],
            "objectSelector": {"matchLabels": {"a": "b"}},
        },
        "matchConditions": [{"name": "c", "expression": "a"}],
        "variables": [{"name": "v", "expression": "a == 1"}],
        "validations": [ONE, TWO],
    }
}
PATCH, APPLY = {"jsonPatch": {"expression": "[f('x')]"}}, {"applyConfiguration": {"expression": "Object{}"}}
MUTATING = {"spec": {"matchConstraints": {}, "mutations": [PATCH, APPLY]}}
BINDING = {
    "spec": {
        "policyName": "p",
        "validationActions": ["Deny", "Audit"],
        "matchResources": {"namespaceSelector": {"matchLabels": {"a": "b"}}, "matchPolicy": "Exact"},
        "paramRef": {"name": "one", "parameterNotFoundAction": "Deny"},
    }
}
QUOTA = {"spec": {"hard": {"pods": "3", "requests.cpu": "500m"}, "scopes": ["Terminating"]}}
LIMITS = {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1.5"}, "default": {"cpu": "1"}}]}}
LEVEL = "pod-security.kubernetes.io/"
NAMESPACE = {
    "metadata": {"labels": {f"{LEVEL}enforce": "restricted", f"{LEVEL}warn": "baseline", f"{LEVEL}audit": "privileged"}}
}
LINE = {"spec": {"user": "u", "group": "g", "namespace": "n", "resource": "pods", "readonly": True}}
PATH = {"spec": {"user": "u", "nonResourcePath": "/logs"}}
WHEN = {"spec": {"when": ["a == 'b'"]}}


def _binding(obj: dict[str, Any]) -> Iterator[Edit]:
    return binding_edits(obj, ["one", "two"])


def changes(obj: dict[str, Any], edits: Callable[[dict[str, Any]], Iterator[Edit]], operator: str) -> list[Any]:
    """What stands at the place of each change afterwards; of lists of which one item goes, the list."""
    found: list[Any] = []
    for edit in edits(obj):
        if edit.operator == operator:
            parent = edit.path[:-1] if edit.path and isinstance(edit.path[-1], int) else edit.path
            found.append(value_at(edit.mutated, parent) if edit.mutated is not None else None)
    return found


@pytest.mark.parametrize(
    ("obj", "edits", "operator", "expected"),
    [
        (POLICY, admission_policy_edits, "comparison flipped", ["a != 1", "a <= 1"]),
        (POLICY, admission_policy_edits, "boundary moved", ["a >= 1"]),
        (POLICY, admission_policy_edits, "constant changed", ["a == 2", "a > 2"]),
        (POLICY, admission_policy_edits, "string changed", []),
        (POLICY, admission_policy_edits, "condition replaced by true", ["true"] * 4),
        (POLICY, admission_policy_edits, "match condition removed", [[]]),
        (POLICY, admission_policy_edits, "validation removed", [[TWO], [ONE]]),
        (POLICY, admission_policy_edits, "failurePolicy changed", ["Fail"]),
        (MUTATING, admission_policy_edits, "failurePolicy changed", ["Ignore"]),
        (POLICY, admission_policy_edits, "match rule removed", [[PODS], [RULE]]),
        (POLICY, admission_policy_edits, "match rule narrowed", [["UPDATE"], ["CREATE"]]),
        (POLICY, admission_policy_edits, "match rule widened", [["*"]] * 6 + [None]),
        (POLICY, admission_policy_edits, "exclusion removed", [[]]),
        (POLICY, admission_policy_edits, "selector dropped", [None]),
        (MUTATING, admission_policy_edits, "mutation removed", [[APPLY], [PATCH]]),
        (MUTATING, admission_policy_edits, "string changed", ["[f('xx')]"]),
        (BINDING, _binding, "binding removed", [None]),
        (BINDING, _binding, "validationActions changed", [["Warn", "Audit"], ["Deny", "Warn"], ["Audit"], ["Deny"]]),
        ({"spec": {"validationActions": ["Deny"]}}, _binding, "validationActions changed", [["Warn"], ["Audit"]]),
        (BINDING, _binding, "matchResources dropped", [None]),
        (BINDING, _binding, "selector dropped", [None]),
        (BINDING, _binding, "param swapped", ["two"]),
        ({"spec": {"paramRef": {"name": "three"}}}, _binding, "param swapped", ["one"]),
        (BINDING, _binding, "parameterNotFoundAction changed", ["Allow"]),
        (QUOTA, quota_edits, "quota doubled", ["6", "1000m"]),
        (QUOTA, quota_edits, "quota removed", [None, None]),
        (QUOTA, quota_edits, "quota scope removed", [[]]),
        (LIMITS, limit_edits, "limit doubled", ["3", "2"]),
        (LIMITS, limit_edits, "limit removed", [None, None]),
        (NAMESPACE, namespace_edits, "Pod Security lowered", ["baseline", "privileged"]),
        (NAMESPACE, namespace_edits, "Pod Security removed", [None]),
        (LINE, abac_edits, "line removed", [None]),
        (LINE, abac_edits, "readonly dropped", [None]),
        (LINE, abac_edits, "wildcard widened", ["*", "*", "*"]),
        (LINE, abac_edits, "subject swapped", ["somebody-else", "somebody-else"]),
        (PATH, abac_edits, "wildcard widened", ["*"]),
        (WHEN, condition_edits, "string changed", [["a == 'bx'"]]),
    ],
)  # fmt: skip
def test_operators(
    obj: dict[str, Any], edits: Callable[[dict[str, Any]], Iterator[Edit]], operator: str, expected: list[Any]
) -> None:
    assert changes(obj, edits, operator) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("1", "2"), ("500m", "1000m"), ("1.5Gi", "3Gi"), ("0.3", "0.6"), ("0", "1"), (2, "4"), ("1e3", "2e3")],
)
def test_amounts_are_doubled(amount: object, expected: str) -> None:
    assert doubled(amount) == expected


def test_originals_are_left_alone() -> None:
    before = str((POLICY, BINDING, QUOTA, LIMITS, NAMESPACE, LINE))
    for obj, edits in ((POLICY, admission_policy_edits), (BINDING, _binding), (QUOTA, quota_edits), (LIMITS, limit_edits)):
        list(edits(obj))
    list(namespace_edits(NAMESPACE))
    list(abac_edits(LINE))
    assert str((POLICY, BINDING, QUOTA, LIMITS, NAMESPACE, LINE)) == before
