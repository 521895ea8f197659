"""Near misses of ABAC lines, the smallest line, and both beside RBAC."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy, policy_from
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import Location

FILE = "policy.jsonl"
V1BETA1 = {"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy"}


def file(*lines: dict[str, Any]) -> list[Policy]:
    """The lines as of a file; with ``old`` they are of the form without a version."""
    documents = [
        {key: line[key] for key in line if key != "old"} if "old" in line else V1BETA1 | {"spec": line} for line in lines
    ]
    return [policy_from(document, Location(FILE, number)) for number, document in enumerate(documents, 1)]


def ask(
    verb: str = "get", resource: str = "pods", namespace: str = "shop", user: str = "alice", group: str = "", name: str = ""
) -> Attributes:
    who = User(user, groups=("devs", "system:authenticated"))
    resource, _, subresource = resource.partition("/")
    return Attributes(who, verb, True, group, "*", resource, subresource, namespace, name)


def path(where: str, verb: str = "get") -> Attributes:
    return Attributes(User("alice"), verb, False, path=where)


def explained(attributes: Attributes, *lines: dict[str, Any], rbac: RbacAuthorizer | None = None) -> Explanation:
    abac = AbacAuthorizer(file(*lines), file=FILE)
    members = [PrivilegedGroups(), rbac, abac] if rbac is not None else [PrivilegedGroups(), abac]
    return explain(Chain(members), rbac or RbacAuthorizer(), attributes)


PODS = {"user": "alice", "namespace": "shop", "resource": "pods"}


@pytest.mark.parametrize(
    ("line", "attributes", "kind", "text", "remedy"),
    [
        (
            PODS | {"namespace": "warehouse"},
            ask(),
            "namespace",
            'ABAC line 1 (User "alice") is for namespace warehouse, the request is for namespace shop',
            'add the line again with "namespace": "shop"',
        ),
        (
            PODS,
            ask(namespace=""),
            "namespace",
            "the request is for all namespaces or the cluster's own resources",
            'add the line again without "namespace"',
        ),
        (
            {"user": "alice", "resource": "pods"},
            ask(),
            "namespace",
            "names no namespace, which means requests that have none",
            'with "namespace": "shop"',
        ),
        (
            PODS | {"readonly": True},
            ask("create"),
            "verb",
            "is readonly, which leaves out create",
            'add the line again without "readonly"',
        ),
        (
            {"group": "devs", "namespace": "shop", "resource": "deployments"},
            ask(resource="deployments", group="apps"),
            "API group",
            'ABAC line 1 (Group "devs") is for the API group "", not "apps"',
            'with "apiGroup": "apps" (this gives it to the whole of Group "devs")',
        ),
        (PODS, ask(resource="secrets"), "resource", "covers pods but not secrets", 'with "resource": "secrets"'),
        (
            {"user": "alice", "namespace": "shop"},
            ask(),
            "resource",
            "names no resource, which covers none, pods neither",
            'with "resource": "pods"',
        ),
        (
            PODS | {"resource": "pods/log"},
            ask(resource="pods/log", name="web"),
            "resource",
            'a line has no subresources, "pods" covers those too',
            'with "resource": "pods"',
        ),
        ({"user": "alice", "nonResourcePath": "/api/*"}, path("/x"), "path", "covers /api/* but not /x", '"/x"'),
        (PODS | {"user": "bob"}, ask(), "subject", 'ABAC line 1 would allow it, but is for User "bob"', '"user": "alice"'),
        (
            {"group": "ops", "namespace": "shop", "resource": "pods"},
            ask(),
            "subject",
            'is for Group "ops"',
            'with "user": "alice" and without "group", or make the user a member of Group "ops"',
        ),
        (PODS | {"group": "ops"}, ask(), "subject", 'is for User "alice" in Group "ops"', 'a member of Group "ops"'),
        (PODS | {"user": ""}, ask(), "subject", "names neither a user nor a group", '"user": "alice"'),
        (PODS | {"user": "Alice"}, ask(), "subject", "the case of the letters differs", '"alice"'),
        (PODS | {"user": "devs"}, ask(), "subject", '"devs" is a group of the user, but stands as user', '"alice"'),
        (
            {"group": "alice", "namespace": "shop", "resource": "pods"},
            ask(),
            "subject",
            '"alice" is the user\'s name, but stands as group',
            '"alice"',
        ),
        (
            PODS | {"user": "ci:bot"},
            ask(user="system:serviceaccount:ci:bot"),
            "subject",
            "a service account is the user system:serviceaccount:ci:bot in a line",
            '"system:serviceaccount:ci:bot"',
        ),
        (
            PODS | {"user": "system:serviceaccount:shop:bot"},
            ask(user="system:serviceaccount:ci:bot"),
            "subject",
            "the service account is one of another namespace",
            '"system:serviceaccount:ci:bot"',
        ),
        (
            PODS | {"user": "bob", "namespace": "*", "resource": "*"},
            ask(),
            "subject",
            "would allow it",
            "(this allows every resource in all namespaces)",
        ),
        (
            {"old": True, "user": "bob", "namespace": "shop"},
            ask(),
            "subject",
            'is for User "bob"',
            "(this allows every resource in namespace shop)",
        ),
    ],
)
def test_nearest_line(line: dict[str, Any], attributes: Attributes, kind: str, text: str, remedy: str) -> None:
    (miss,) = explained(attributes, line).misses
    assert (miss.kind, miss.authorizer, [str(place) for place in miss.locations]) == (kind, "ABAC", [f"{FILE}:1"])
    assert text in miss.text
    assert remedy in miss.remedy
    mended = policy_from(json.loads(miss.line), Location())
    assert AbacAuthorizer([mended]).authorize(attributes).allowed


@pytest.mark.parametrize(
    ("line", "attributes"),
    [
        ({"user": "alice", "nonResourcePath": "/x"}, ask()),  # about paths
        (PODS, path("/x")),  # about resources
        (PODS | {"user": "bob", "namespace": "other"}, ask()),  # of another, for another place
        ({"user": "alice", "namespace": "other", "resource": "secrets", "apiGroup": "x"}, ask()),  # three things miss
        (PODS | {"user": "bob"}, ask(user="*")),  # a line cannot name the user
    ],
)
def test_lines_that_are_not_near(line: dict[str, Any], attributes: Attributes) -> None:
    assert explained(attributes, line).misses == ()


def test_lines_are_ranked() -> None:
    lines = [
        PODS | {"user": "bob"},
        PODS | {"user": "bob", "namespace": "*", "resource": "*"},
        PODS | {"resource": "secrets"},
        PODS | {"apiGroup": "apps"},
        PODS | {"namespace": "other"},
        {"group": "devs", "namespace": "other", "resource": "pods"},
    ]
    misses = explained(ask(), *lines).misses
    assert [miss.locations[0].line for miss in misses] == [5, 6, 4, 3, 1]
    assert [miss.kind for miss in misses] == ["namespace", "namespace", "API group", "resource", "subject"]


def test_two_things_miss_where_no_line_lacks_but_one() -> None:
    far = PODS | {"namespace": "other", "readonly": True}
    first, second = explained(ask("create"), far, PODS | {"user": "bob"}).misses
    assert (first.kind, first.further, second.kind) == ("verb", 1, "subject")
    assert "is readonly, which leaves out create, and is for namespace other" in first.text
    assert first.remedy == 'add the line again with "namespace": "shop" and without "readonly"'
    assert [miss.locations[0].line for miss in explained(ask("create"), far, PODS | {"readonly": True}).misses] == [2]


def test_what_lacks_one_thing_is_nearer_than_what_lacks_two() -> None:
    role = {
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [{"verbs": ["create"], "apiGroups": [""], "resources": ["secrets"]}],
    }
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "alice"}],
    }
    far = PODS | {"namespace": "other", "readonly": True}
    misses = explained(ask("create"), far, PODS | {"user": "bob"}, rbac=RbacAuthorizer([role, binding])).misses
    assert [(miss.authorizer, miss.kind) for miss in misses] == [("RBAC", "resource"), ("ABAC", "verb"), ("ABAC", "subject")]


@pytest.mark.parametrize(
    ("attributes", "spec"),
    [
        (ask(name="web"), {"user": "alice", "namespace": "shop", "resource": "pods", "readonly": True}),
        (ask("delete", "pods/log"), {"user": "alice", "namespace": "shop", "resource": "pods"}),
        (
            ask("list", "deployments", "", group="apps"),
            {"user": "alice", "resource": "deployments", "apiGroup": "apps", "readonly": True},
        ),
        (path("/x"), {"user": "alice", "nonResourcePath": "/x", "readonly": True}),
        (path("/x", "post"), {"user": "alice", "nonResourcePath": "/x"}),
    ],
)
def test_the_smallest_line(attributes: Attributes, spec: dict[str, Any]) -> None:
    found = explained(attributes)
    (change,) = found.changes
    assert (change.authorizer, change.file, json.loads(change.line)) == ("ABAC", FILE, V1BETA1 | {"spec": spec})
    assert found.to_object()["smallestChange"] == [V1BETA1 | {"spec": spec}]
    assert ("get, list and watch" if "readonly" in spec else "every verb") in change.note


def test_with_rbac_both_are_proposed_that_of_rbac_first() -> None:
    found = explained(ask(), PODS | {"namespace": "other"}, rbac=RbacAuthorizer()).to_object()
    assert [change["authorizer"] for change in found["changes"]] == ["RBAC", "ABAC"]
    assert [obj["kind"] for obj in found["smallestChange"]] == ["Role", "RoleBinding"]
    assert [miss["line"] for miss in found["nearestMisses"]] == [json.dumps(V1BETA1 | {"spec": PODS})]


def test_who_cannot_be_named_gets_no_line() -> None:
    assert explained(ask(user="*"), PODS).changes == ()


def test_the_line_that_allows_is_shown() -> None:
    opinion = explained(ask(), PODS | {"user": "bob"}, PODS).opinions[-1]
    assert opinion.note == json.dumps(V1BETA1 | {"spec": PODS})
    assert opinion.to_object()["determinedBy"]["locations"] == [f"{FILE}:2"]
