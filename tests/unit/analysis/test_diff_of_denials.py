"""A Deny in some namespaces, or of some names, takes away the lists that would show those objects too."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.analysis.diff.compare import Direction
from kubegate.analysis.diff.sets import PolicySet, compare_sets
from kubegate.api.user import User
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Decision
from kubegate.authz.rbac.index import RbacAuthorizer

ALLOWED = [
    {
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [{"apiGroups": [""], "resources": ["secrets", "nodes"], "verbs": ["get", "list"]}],
    },
    {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "alice"}],
    },
]


ALICE = User.of("alice", ["system:authenticated"])
QUESTIONS = {
    f"{verb} {resource}" + (f" in {namespace}" if namespace else ""): Attributes(
        ALICE, verb, True, "", "v1", resource, "", namespace, ""
    )
    for verb in ("get", "list")
    for resource in ("secrets", "nodes")
    for namespace in ("shop", "other", "")
    if (verb, resource, namespace) != ("get", "secrets", "")  # no request: an object of a namespace is asked for there
}


def policy_set(*specs: dict[str, Any]) -> PolicySet:
    policies = [
        {
            "apiVersion": "policy.kubegate.dev/v1alpha1",
            "kind": "AccessPolicy",
            "metadata": {"name": f"p{number}"},
            "spec": spec,
        }
        for number, spec in enumerate(specs)
    ]
    modes = ("AccessPolicy", "RBAC")
    chain = Chain([AccessPolicyAuthorizer(policies, compile_condition), RbacAuthorizer(ALLOWED)])
    return PolicySet(chain, ALLOWED, policies, (), modes)


def denying(rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], **rule}
    return {"effect": "Deny", "subjects": [{"kind": "User", "name": "alice"}], "rules": [rule], **more}


@pytest.mark.parametrize(
    ("denial", "lost"),
    [
        (
            denying({}, namespaces=["shop"]),
            ["get secrets in shop", "list secrets in shop", "list nodes in shop", "get nodes in shop", "list secrets"],
        ),
        (denying({"resources": ["nodes"]}, namespaces=["shop"]), ["get nodes in shop", "list nodes in shop"]),
        (denying({"resourceNames": ["k"]}), list(QUESTIONS)),
        (denying({"resourceNames": ["k"], "verbs": ["list"]}), [text for text in QUESTIONS if text.startswith("list")]),
        (denying({"verbs": ["get"]}, namespaces=["shop"]), ["get secrets in shop", "get nodes in shop"]),
        (denying({}, namespaces=["shop", "*"]), list(QUESTIONS)),
    ],
    ids=["a namespace", "a kind without namespaces", "a name", "a name in lists", "one object at a time", "everything"],
)
def test_what_is_lost(denial: dict[str, Any], lost: list[str]) -> None:
    old, new = policy_set(), policy_set(denial)
    changes = compare_sets(old, new).changes
    assert {change.direction for change in changes} == {Direction.LOST}
    assert all(change.confirmed for change in changes)
    found = [text for text, asked in QUESTIONS.items() if any(holds(change.box, asked) for change in changes)]
    assert sorted(found) == sorted(lost)
    decided = [text for text, asked in QUESTIONS.items() if new.authorizer.authorize(asked).decision is Decision.DENY]
    assert sorted(decided) == sorted(lost)


def holds(box: Any, asked: Attributes) -> bool:
    dimensions = {
        "verbs": asked.verb,
        "groups": "",
        "resources": asked.resource,
        "subresources": "",
        "names": "",
        "namespaces": asked.namespace,
    }
    values = ((getattr(box, dimension), text) for dimension, text in dimensions.items())
    return all((text in value.names) is not value.others for value, text in values)


def test_verbs_that_a_denial_does_not_reach() -> None:
    """Besides all those that do are the verbs that nobody names."""
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    allowing = {"effect": "Allow", "subjects": [{"kind": "User", "name": "alice"}], "rules": [everything]}
    changes = compare_sets(policy_set(denying({}, namespaces=["shop"])), policy_set(allowing)).changes
    assert all(change.confirmed for change in changes)
    asked = Attributes(ALICE, "approve", True, "", "v1", "secrets", "", "", "")
    assert any(change.direction is Direction.GAINED and holds(change.box, asked) for change in changes)
