"""Nobody grants what they do not hold."""

from __future__ import annotations

from itertools import product

import pytest

from kubegate.api.user import User
from kubegate.authz import escalation, rule_cover
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rule_cover import Atom, covers, describe, uncovered

API = "rbac.authorization.k8s.io"


def rule(verbs, resources, group="", **more):
    return {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split(), **more}


def role(name, *rules, **more):
    return {"kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules), **more}


def bound(name, role_name, user):
    return {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "subjects": [{"kind": "User", "name": user}],
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": role_name},
    }


READ = role("read", rule("get list", "pods"))
SECRETS = role("secrets", rule("get", "secrets"))
INDEX = RbacAuthorizer(
    [
        READ,
        SECRETS,
        role("escalate", rule("escalate", "clusterroles", API)),
        role("bind", rule("bind", "clusterroles", API, resourceNames=["secrets"])),
        role("all", *escalation.FULL_AUTHORITY),
        *(bound(f"read-{user}", "read", user) for user in ("holder", "escalator", "binder")),
        bound("e", "escalate", "escalator"),
        bound("b", "bind", "binder"),
        bound("boss", "all", "boss"),
        bound("dangling", "gone", "lost"),
    ]
)


def check(user, obj, old=None, resource="clusterroles", groups=()):
    attributes = Attributes(
        User(user, groups=groups),
        "update" if old else "create",
        True,
        API,
        "v1",
        resource,
        "",
        "",
        obj["metadata"]["name"] if old else "",
    )
    return escalation.check(attributes, obj, old, INDEX, INDEX)


def test_what_is_held_may_be_granted():
    assert check("holder", role("new", rule("get", "pods"))) is None
    assert check("holder", role("new")) is None


def test_what_is_missing_is_listed():
    status = check("holder", role("new", rule("get delete", "pods secrets"), {"verbs": ["get"], "nonResourceURLs": ["/x"]}))
    assert status.code == 403
    assert status.message == (
        f'clusterroles.{API} "new" is forbidden: user "holder" (groups=[]) is attempting to grant RBAC permissions not '
        'currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}\n'
        '{NonResourceURLs:["/x"], Verbs:["get"]}'
    )


@pytest.mark.parametrize(("user", "groups"), [("escalator", ()), ("boss", ()), ("anybody", ("system:masters",))])
def test_who_may_escalate(user, groups):
    assert check(user, role("new", rule("get", "secrets")), groups=groups) is None


def test_an_aggregation_rule_needs_everything():
    gathers = role("new", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]})
    assert check("holder", gathers).message.endswith("must have cluster-admin privileges to use the aggregationRule")
    assert check("holder", role("new"), old=gathers).message.endswith("to use the aggregationRule")
    assert check("boss", gathers) is None


def test_an_aggregation_rule_that_collects_nothing_needs_nothing_and_is_a_change():
    nothing = role("new", aggregationRule={"clusterRoleSelectors": []})
    assert check("holder", nothing) is None
    secrets = role("secrets", rule("get", "secrets"))
    assert check("holder", {**secrets, "aggregationRule": {}}, old=secrets).code == 403


def test_updates_that_only_serve_garbage_collection_pass():
    old = role("secrets", rule("get", "secrets"))
    new = {**old, "metadata": {"name": "secrets", "finalizers": ["x"], "managedFields": [{}], "ownerReferences": [{}]}}
    assert check("holder", new, old) is None
    assert check("holder", {**old, "metadata": {"name": "secrets", "labels": {"a": "b"}}}, old).code == 403


def test_bindings_need_what_the_role_grants_or_bind():
    binding = bound("new", "secrets", "pal")
    assert check("holder", binding, resource="clusterrolebindings").code == 403
    assert check("binder", binding, resource="clusterrolebindings") is None
    assert check("holder", bound("new", "read", "pal"), resource="clusterrolebindings") is None
    assert check("escalator", binding, resource="clusterrolebindings").code == 403


def test_binding_a_missing_role():
    status = check("holder", bound("new", "gone", "pal"), resource="clusterrolebindings")
    assert (status.code, status.message) == (404, f'clusterrolebindings.{API} "gone" not found')


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("ClusterRole", "", "Name parameter required."),
        ("ClusterRole", "a/b%", "Name parameter invalid: \"a/b%\": may not contain '/';may not contain '%'"),
        ("ClusterRole", "..", "Name parameter invalid: \"..\": may not be '..'"),
        ("Role", "read", "Namespace parameter required."),
    ],
)
def test_a_reference_that_no_role_can_have(kind, name, message):
    binding = bound("new", "read", "pal") | {"roleRef": {"apiGroup": API, "kind": kind, "name": name}}
    status = check("holder", binding, resource="clusterrolebindings")
    assert (status.code, status.reason, status.message) == (400, "BadRequest", message)


def test_resolution_errors_name_the_missing_role():
    status = check("lost", role("new", rule("get", "pods")))
    assert status.message.endswith(f'; resolution errors: [clusterroles.{API} "gone" not found]')


@pytest.mark.parametrize(
    ("group", "resource"), [("", "pods"), (API, "others"), ("", "clusterroles"), (API, "clusterroles/x")]
)
def test_other_resources_are_not_looked_at(group, resource):
    resource, _, subresource = resource.partition("/")
    attributes = Attributes(User("holder"), "create", True, group, "v1", resource, subresource)
    assert escalation.check(attributes, role("new", rule("get", "secrets")), None, INDEX, INDEX) is None


@pytest.mark.parametrize(
    ("owner", "atom", "expected"),
    [
        (rule("get", "pods"), Atom("get", "", "pods"), True),
        (rule("get", "pods"), Atom("*", "", "pods"), False),
        (rule("get", "pods", "apps"), Atom("get", "", "pods"), False),
        (rule("*", "*", "*"), Atom("*", "*", "*"), True),
        (rule("get", "*/log"), Atom("get", "", "pods/log"), True),
        (rule("get", "*/log"), Atom("get", "", "pods"), False),
        (rule("get", "pods", resourceNames=["a"]), Atom("get", "", "pods"), False),
        (rule("get", "pods", resourceNames=["a"]), Atom("get", "", "pods", "a"), True),
        (rule("get", "pods"), Atom("get", "", "pods", "a"), True),
        (rule("*", "*", "*"), Atom("get", path="/x"), False),
        ({"verbs": ["get"], "nonResourceURLs": ["/x/*"]}, Atom("get", path="/x/y"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/x/*"]}, Atom("get", path="*"), False),
        ({"verbs": ["get"], "nonResourceURLs": ["/x"]}, Atom("get", "", "pods"), False),
    ],
)
def test_cover(owner, atom, expected):
    assert covers(owner, atom) is expected


def test_two_rules_together_do_not_cover_what_one_must():
    owned = [rule("get", "pods"), rule("list", "secrets")]
    assert uncovered(owned, [rule("get list", "pods")]) == [Atom("list", "", "pods")]


OWNERS = [
    rule("get", "pods"),
    rule("*", "pods/log", "*"),
    rule("list", "*/status", "apps"),
    rule("get", "*", "batch"),
    rule("watch", "nodes", resourceNames=["a", "b"]),
    {"verbs": ["get"], "nonResourceURLs": ["/logs/*", "/version"]},
    {"verbs": ["*"], "nonResourceURLs": ["/healthz"]},
]


@pytest.mark.parametrize("most_keys", [10_000, 0])
def test_looking_up_what_covers_answers_as_asking_each_rule(monkeypatch, most_keys):
    monkeypatch.setattr(rule_cover, "_MOST_KEYS", most_keys)
    cover = rule_cover.Cover(OWNERS)
    resources = ("pods", "pods/log", "x/status", "nodes", "*")
    points = product(("get", "list", "watch", "*"), ("", "apps", "batch", "*"), resources)
    wanted = [Atom(verb, group, resource, name) for verb, group, resource in points for name in (None, "a", "c")]
    paths = ("/logs/x", "/logs", "/version", "/version/x", "/healthz", "*")
    wanted += [Atom(verb, path=path) for verb, path in product(("get", "post", "*"), paths)]
    assert [cover.has(atom) for atom in wanted] == [any(covers(owner, atom) for owner in OWNERS) for atom in wanted]


def test_verbs_of_one_name_stand_together():
    missing = [Atom("get", "", "pods", "a"), Atom("list", "", "pods", "a"), Atom("get", "", "pods", "b")]
    assert describe(missing) == [
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}',
    ]
