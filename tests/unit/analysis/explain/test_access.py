"""Explanations where AccessPolicies decide: near misses of an Allow, and what lifts a Deny."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.analysis.explain.suggest import smallest_change
from kubegate.api.user import User
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.authz.rbac.index import RbacAuthorizer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = [{"kind": "User", "name": "alice"}]
PODS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
WEB = SelectorRequirement("tier", "In", ("web",))


def policy(name: str = "p", effect: str = "Allow", subjects: Any = ALICE, rule: Any = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy.kubegate.dev/v1alpha1",
        "kind": "AccessPolicy",
        "metadata": {"name": name},
        "spec": {"effect": effect, "subjects": subjects, "rules": [PODS | (rule or {})], **spec},
    }


def chain(policies: list[dict[str, Any]], rbac: RbacAuthorizer) -> Chain:
    return Chain([AccessPolicyAuthorizer(policies, compile_condition, now=lambda: NOW), rbac])


def ask(verb: str = "get", user: str = "alice", name: str = "x", **more: Any) -> Attributes:
    return Attributes(User(user, groups=("system:authenticated",)), verb, True, "", "*", "pods", "", "shop", name, **more)


def explained(policies: list[dict[str, Any]], attributes: Attributes, *objects: dict[str, Any]) -> Explanation:
    rbac = RbacAuthorizer(objects)
    return explain(chain(policies, rbac), rbac, attributes)


@pytest.mark.parametrize(
    ("given", "attributes", "kind", "text"),
    [
        (policy(notAfter="2025-01-01T00:00:00Z"), ask(), "time", "until 2025-01-01"),
        (policy(notBefore="2027-01-01T00:00:00Z"), ask(), "time", "from 2027-01-01"),
        (policy(when=["request.user == 'bob'"]), ask(), "condition", "request.user == 'bob'"),
        (policy(rule={"resourceNamePatterns": ["web-*"]}), ask(), "resource name", "web-*"),
        (policy(rule={"labelSelector": {"matchLabels": {"tier": "web"}}}), ask("list", name=""), "selector", "tier=web"),
        (policy(rule={"fieldSelector": "spec.nodeName=a"}), ask("list", name=""), "selector", "spec.nodeName=a"),
        (policy(namespaces=["other-*"]), ask(), "namespace", "holds in other-*, not in shop"),
        (policy(subjects=[{"kind": "User", "name": "bob"}]), ask(), "subject", "allows it to others"),
        (policy(rule={"verbs": ["create"]}), ask(), "verb", "its rule 0 allows create but not get"),
        (policy(rule={"apiGroups": ["apps"]}), ask(), "API group", 'is for the API group apps, not ""'),
        (policy(rule={"resources": ["pods/log"]}), ask(), "resource", "covers pods/log but not pods"),
    ],
)
def test_what_a_policy_lacks(given: dict[str, Any], attributes: Attributes, kind: str, text: str) -> None:
    (miss,) = explained([given], attributes).misses
    assert miss.kind == kind
    assert text in miss.text
    assert "AccessPolicy p" in miss.remedy


@pytest.mark.parametrize(
    ("given", "attributes", "remedy"),
    [
        (policy(rule={"resourceNames": ["y"]}), ask(), "add the name to the resourceNames of rules[0]"),
        (policy(rule={"resourceNames": ["y"]}), ask("list", name=""), "the request names no object: remove the names from"),
        (policy(namespaces=["other"]), ask(), 'add "shop" to the namespaces of AccessPolicy p'),
    ],
)
def test_what_to_change_in_a_policy(given: dict[str, Any], attributes: Attributes, remedy: str) -> None:
    (miss,) = explained([given], attributes).misses
    assert remedy in miss.remedy


def test_only_the_conditions_that_fail_are_named() -> None:
    given = policy(when=["request.user == 'alice'", "request.user == 'bob'", "request.nonResourceAttributes.path == '/x'"])
    (miss,) = explained([given], ask()).misses
    assert miss.text.endswith(": request.user == 'bob'; request.nonResourceAttributes.path == '/x'")


@pytest.mark.parametrize(
    "given",
    [
        policy(rule={"resourceNames": ["y"]}, notAfter="2025-01-01T00:00:00Z"),  # two things miss
        policy(rule={"verbs": ["create"], "resources": ["secrets"]}),
        policy(rule={"verbs": ["create"], "resourceNames": ["y"]}),
        policy(subjects=[{"kind": "User", "name": "bob"}], breakGlass=True),  # nobody should be told to join those
    ],
)
def test_what_is_no_near_miss(given: dict[str, Any]) -> None:
    assert explained([given], ask()).misses == ()


def test_a_selector_that_is_within_the_policys_is_allowed() -> None:
    given = policy(rule={"labelSelector": {"matchLabels": {"tier": "web"}}})
    assert explained([given], ask("list", name="", label_requirements=(WEB,))).allowed


def applied(policies: list[dict[str, Any]], change: tuple[dict[str, Any], ...], attributes: Attributes) -> bool:
    """Is the request allowed once the change was applied?"""
    changed = {obj["metadata"]["name"]: obj for obj in change if obj["kind"] == "AccessPolicy"}
    kept = [changed.get(obj["metadata"]["name"], obj) for obj in policies]
    rbac = RbacAuthorizer([obj for obj in change if obj["kind"] != "AccessPolicy"])
    return chain(kept, rbac).authorize(attributes).allowed


EVERYBODY = [{"kind": "Group", "name": "system:authenticated"}]


def test_what_lifts_a_denial() -> None:
    policies = [policy(), policy("d1", "Deny", EVERYBODY), policy("d2", "Deny", ALICE), policy("d3", "Deny", EVERYBODY)]
    found = explained(policies, ask())
    assert [obj["metadata"]["name"] for obj in found.change] == ["d1", "d2", "d3"]
    assert [obj["spec"]["exceptSubjects"] for obj in found.change] == [ALICE] * 3
    assert applied(policies, found.change, ask())
    assert not applied(policies, found.change, ask(user="bob"))
    assert "exceptSubjects" not in policies[1]["spec"]


def test_what_is_denied_and_not_granted_needs_both() -> None:
    policies = [policy("d", "Deny", EVERYBODY)]
    found = explained(policies, ask())
    assert [obj["kind"] for obj in found.change] == ["AccessPolicy", "Role", "RoleBinding"]
    assert applied(policies, found.change, ask())


def test_a_name_that_is_a_pattern_cannot_be_excepted_alone() -> None:
    assert explained([policy("d", "Deny", EVERYBODY)], ask(user="a*")).change == ()


def test_the_change_replaces_nothing() -> None:
    """Applied beside a role and a binding of the same name, they would take away what those give."""
    role = {"kind": "Role", "metadata": {"name": "get-pods-x", "namespace": "shop"}, "rules": [PODS]}
    binding = {
        "kind": "RoleBinding",
        "metadata": {"name": "get-pods-x-2", "namespace": "shop"},
        "subjects": [{"kind": "User", "name": "bob"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "get-pods-x"},
    }
    elsewhere = {"kind": "Role", "metadata": {"name": "get-pods-x-3", "namespace": "other"}, "rules": [PODS]}
    change = smallest_change(ask(), RbacAuthorizer([role, binding, elsewhere]))
    assert {obj["metadata"]["name"] for obj in change} == {"get-pods-x-3"}
    assert change[1]["roleRef"]["name"] == "get-pods-x-3"
