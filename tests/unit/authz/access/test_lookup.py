"""Policies by their subjects."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.authz.access.lookup import BySubject
from kubegate.authz.access.policy_set import compile_policy
from kubegate.authz.configuration.conditions import compile_condition

RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
SUBJECTS = {
    "user": {"kind": "User", "name": "alice"},
    "account": {"kind": "ServiceAccount", "namespace": "ci", "name": "bot"},
    "group": {"kind": "Group", "name": "devs"},
    "pattern": {"kind": "User", "name": "ali*"},
    "accounts": {"kind": "ServiceAccount", "namespace": "*", "name": "bot"},
}


def found(user: User) -> list[str]:
    policies = []
    for name, subject in SUBJECTS.items():
        spec = {"effect": "Deny", "subjects": [subject, {"kind": "Group", "name": "all"}], "rules": [RULE]}
        policies.append(
            {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": spec}
        )
    index = BySubject(compile_policy(policy, compile_condition) for policy in policies)
    return [policy.name for policy in index.may_concern(user)]


@pytest.mark.parametrize(
    ("user", "names"),
    [
        (User("alice"), ["user", "pattern", "accounts"]),
        (User("bob", groups=("devs", "ops")), ["group", "pattern", "accounts"]),
        (User("system:serviceaccount:ci:bot"), ["account", "pattern", "accounts"]),
        (User("devs"), ["pattern", "accounts"]),
        (User("x", groups=("alice",)), ["pattern", "accounts"]),
        (User("alice", groups=("all", "devs")), list(SUBJECTS)),
    ],
)
def test_those_that_may_be_about_a_user_in_their_order(user: User, names: list[str]) -> None:
    """What has patterns is always among them; each is there once."""
    assert found(user) == names
