"""Derivations, nearest misses and the smallest change."""

from __future__ import annotations

import pytest

from kubegate.analysis.explain.decision import explain
from kubegate.analysis.explain.misses.rbac import nearest_misses
from kubegate.analysis.explain.opinion import authorizer_name
from kubegate.analysis.explain.suggest import smallest_change
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.analysis.what_can import access_rows, namespaced_rows
from kubegate.analysis.who_can import holders
from kubegate.api.user import User
from kubegate.authz.always import AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, RuleList
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import Location

API = "rbac.authorization.k8s.io"


def role(name, namespace="", **rule):
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]} | rule
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"kind": "Role" if namespace else "ClusterRole", "metadata": metadata, "rules": [rule]}


def bind(name, role_name, *users, namespace="", kind="ClusterRole", subject="User"):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "subjects": [{"kind": subject, "name": user} for user in users],
        "roleRef": {"apiGroup": API, "kind": kind, "name": role_name},
    }


def get_pods(user="alice", namespace="shop", verb="get", resource="pods", name="", groups=(), group=""):
    resource, _, subresource = resource.partition("/")
    return Attributes(User(user, groups=groups), verb, True, group, "*", resource, subresource, namespace, name)


@pytest.mark.parametrize(
    ("objects", "request_", "kind", "part"),
    [
        (
            [role("r"), bind("b", "r", "alice", namespace="shop")],
            get_pods(verb="list"),
            "verb",
            "RoleBinding shop/b gives ClusterRole r, whose rule 0 allows get but not list",
        ),
        (
            [role("r"), bind("b", "r", "alice", namespace="shop")],
            get_pods(resource="pods/log"),
            "resource",
            "covers pods but not pods/log",
        ),
        (
            [role("r"), bind("b", "r", "alice", namespace="shop")],
            get_pods(group="x.io"),
            "API group",
            'is for the API group "", not "x.io"',
        ),
        (
            [role("r", resourceNames=["a"]), bind("b", "r", "alice", namespace="shop")],
            get_pods(name="b"),
            "resource name",
            'limited to the names a, which leaves out "b"',
        ),
        (
            [role("r", resourceNames=["a"]), bind("b", "r", "alice", namespace="shop")],
            get_pods(),
            "resource name",
            "leaves out requests without a name",
        ),
        (
            [role("r"), bind("b", "r", "alice", namespace="warehouse")],
            get_pods(),
            "namespace",
            "in namespace warehouse, the request is for namespace shop",
        ),
        (
            [role("r", "warehouse"), bind("b", "r", "alice", namespace="warehouse", kind="Role")],
            get_pods(),
            "namespace",
            "gives Role warehouse/r, which holds in its own namespace, the request is for namespace shop",
        ),
        ([role("r"), bind("b", "r", "bob", namespace="shop")], get_pods(), "subject", 'to User "bob"'),
        (
            [role("r"), bind("b", "r", "bob", namespace="warehouse")],
            get_pods(),
            "role not bound",
            "would allow it by rule 0, but nothing binds it in namespace shop",
        ),
        ([role("r"), bind("b", "r", "Alice", namespace="shop")], get_pods(), "subject", "the case of the letters differs"),
        (
            [role("r"), bind("b", "r", "devs")],
            get_pods(groups=("devs",)),
            "subject",
            "is a group of the user, but the subject says kind User",
        ),
        ([role("r")], get_pods(), "role not bound", "ClusterRole r would allow it by rule 0, but nothing binds it"),
        (
            [bind("b", "gone", "alice")],
            get_pods(),
            "dangling role reference",
            "gives ClusterRole gone, which does not exist",
        ),
        (
            [role("r", apiGroups=[], resources=[], nonResourceURLs=["/healthz"]), bind("b", "r", "alice")],
            Attributes(User("alice"), "get", False, path="/livez"),
            "path",
            "covers /healthz but not /livez",
        ),
        (
            [role("r", apiGroups=[], resources=[], nonResourceURLs=["/x"]), bind("b", "r", "alice", namespace="shop")],
            Attributes(User("alice"), "get", False, path="/x"),
            "namespace",
            "paths are granted by ClusterRoleBindings only",
        ),
    ],
)
def test_nearest_miss(objects, request_, kind, part):
    first = nearest_misses(RbacAuthorizer(objects), request_)[0]
    assert first.kind == kind
    assert part in first.text


def test_misses_are_ranked_and_limited():
    objects = [
        role("r"),
        *(bind(f"b{n}", "r", f"bob{n}", namespace="shop") for n in range(9)),
        bind("mine", "r", "alice", namespace="shop"),
    ]
    misses = nearest_misses(RbacAuthorizer(objects), get_pods(verb="list"))
    assert [miss.kind for miss in misses] == ["verb"]
    assert "this gives it to 9 other subjects too" in misses[0].remedy


def test_a_role_of_others_in_another_namespace_is_no_near_miss():
    objects = [role("r", "warehouse"), bind("b", "r", "bob", namespace="warehouse", kind="Role")]
    assert nearest_misses(RbacAuthorizer(objects), get_pods()) == []


def test_who_else_would_get_it_is_told():
    robot = bind("x", "r", "robot", namespace="shop", subject="Robot")  # means nobody
    objects = [role("r"), robot, bind("g", "r", "devs", namespace="shop", subject="Group"), bind("b", "r", "bob")]
    (miss,) = nearest_misses(RbacAuthorizer(objects), get_pods(verb="list", groups=("devs",)))
    assert miss.remedy.endswith('(this gives it to everybody in Group "devs" and 1 other subject too)')


def test_roles_of_the_system_are_left_alone():
    objects = [role("system:r"), bind("b", "system:r", "alice", namespace="shop")]
    (miss,) = nearest_misses(RbacAuthorizer(objects), get_pods(verb="list"))
    assert miss.remedy == "leave ClusterRole system:r to the system, and grant it by a role of your own"


def test_a_rule_of_an_aggregated_role_is_changed_where_it_stands():
    whole = role("whole") | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"part": "1"}}]}}
    part = role("part") | {"metadata": {"name": "part", "labels": {"part": "1"}}}
    objects = [whole, part, bind("b", "whole", "alice", namespace="shop"), bind("c", "part", "bob", namespace="shop")]
    rbac = RbacAuthorizer(objects, locate=lambda obj, path: Location(obj["metadata"]["name"], path=path))
    (miss,) = nearest_misses(rbac, get_pods(verb="list"))
    assert miss.remedy == (
        'add "list" to the verbs of rules[0] of ClusterRole part, which ClusterRole whole is aggregated from'
        " (this gives it to 1 other subject too)"
    )
    assert [str(place) for place in miss.locations] == ["b", "part: rules[0]"]
    opinion = explain(Chain([rbac]), rbac, get_pods()).opinions[0]
    assert (opinion.note, [str(place) for place in opinion.places]) == (
        "aggregated from ClusterRole part, rule 0",
        ["part: rules[0]"],
    )


@pytest.mark.parametrize(
    ("request_", "kinds", "subject"),
    [
        (get_pods(), ["Role", "RoleBinding"], {"apiGroup": API, "kind": "User", "name": "alice"}),
        (get_pods(namespace=""), ["ClusterRole", "ClusterRoleBinding"], {"apiGroup": API, "kind": "User", "name": "alice"}),
        (
            get_pods(user="system:serviceaccount:ci:bot", verb="create", name="x"),
            ["Role", "RoleBinding"],
            {"kind": "ServiceAccount", "namespace": "ci", "name": "bot"},
        ),
        (get_pods(user="", groups=("devs",)), ["Role", "RoleBinding"], {"apiGroup": API, "kind": "Group", "name": "devs"}),
        (
            Attributes(User("a"), "get", False, path="/x"),
            ["ClusterRole", "ClusterRoleBinding"],
            {"apiGroup": API, "kind": "User", "name": "a"},
        ),
    ],
)
def test_the_smallest_change_allows_the_request_and_names_nobody_else(request_, kinds, subject):
    change = smallest_change(request_)
    assert [obj["kind"] for obj in change] == kinds
    assert change[1]["subjects"] == [subject]
    assert RbacAuthorizer(change).authorize(request_).allowed


def test_a_create_is_never_limited_to_names():
    assert "resourceNames" not in smallest_change(get_pods(verb="create", name="x"))[0]["rules"][0]
    assert smallest_change(get_pods(name="x"))[0]["rules"][0]["resourceNames"] == ["x"]


def test_explain_tells_each_opinion():
    rbac = RbacAuthorizer([role("r"), bind("b", "r", "alice", namespace="shop")])
    chain = Chain([PrivilegedGroups(), AlwaysDeny(), rbac])
    found = explain(chain, rbac, get_pods())
    assert found.allowed
    assert [opinion.authorizer for opinion in found.opinions] == ["privileged groups", "AlwaysDeny", "RBAC"]
    denied = explain(chain, rbac, get_pods(verb="list")).to_object()
    assert denied["decision"] == "no-opinion"
    assert denied["nearestMisses"][0]["misses"] == "verb"
    assert [obj["kind"] for obj in denied["smallestChange"]] == ["Role", "RoleBinding"]


def test_without_rbac_there_is_nothing_to_suggest():
    rbac = RbacAuthorizer([role("r")])
    found = explain(Chain([AlwaysDeny()]), rbac, get_pods())
    assert (found.misses, found.change) == ((), ())
    assert authorizer_name(rbac) == "RBAC"


def test_who_can_is_confirmed_by_the_chain():
    rbac = RbacAuthorizer(
        [role("r"), bind("b", "r", "alice", "bob", namespace="shop"), bind("g", "r", "devs", subject="Group")]
    )
    question = parse_question("get", "pods", "", Vocabulary.of(()))
    found = holders(Chain([PrivilegedGroups(), rbac]), question, "shop")
    assert [(holder.kind, holder.name) for holder in found] == [
        ("Group", "system:masters"),
        ("Group", "devs"),
        ("User", "alice"),
        ("User", "bob"),
    ]
    assert [holder.name for holder in holders(Chain([PrivilegedGroups(), rbac]), question, "")] == [
        "system:masters",
        "devs",
    ]
    assert [holder.name for holder in holders(Chain([AlwaysDeny()]), question, "shop")] == ["system:masters"]


CRD = {
    "kind": "CustomResourceDefinition",
    "spec": {
        "group": "x.io",
        "scope": "Cluster",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [{"name": "v1", "subresources": {"status": {}}}],
    },
}


@pytest.mark.parametrize(
    ("verb", "target", "name", "expected"),
    [
        ("get", "po", "", ("", "pods", "", "")),
        ("get", "Pod", "x", ("", "pods", "", "x")),
        ("get", "pods/log", "x", ("", "pods", "log", "x")),
        ("get", "pods/web-0", "", ("", "pods", "", "web-0")),
        ("update", "deploy/scale", "", ("apps", "deployments", "scale", "")),
        ("get", "deployments.apps", "", ("apps", "deployments", "", "")),
        ("get", "deployments.v1.apps", "", ("apps", "deployments", "", "")),
        ("get", "wd/status", "", ("x.io", "widgets", "status", "")),
        ("get", "frobs.y.io/z", "", ("y.io", "frobs", "z", "")),
        ("get", "*", "", ("", "*", "", "")),
    ],
)
def test_questions(verb, target, name, expected):
    question = parse_question(verb, target, name, Vocabulary.of([CRD]))
    assert (question.group, question.resource, question.subresource, question.name) == expected


@pytest.mark.parametrize(
    ("verb", "target", "warning"),
    [
        ("gte", "pods", "verb 'gte' is not a known verb (did you mean get?)"),
        ("get", "pdos", "the server doesn't have a resource type 'pdos' (did you mean pods?)"),
        ("get", "nodes", "resource 'nodes' is not namespace scoped"),
        ("get", "clusterroles", "resource 'clusterroles' is not namespace scoped in group 'rbac.authorization.k8s.io'"),
        ("list", "/healthz", "verb 'list' is not a known verb"),
    ],
)
def test_warnings(verb, target, warning):
    assert parse_question(verb, target, "", Vocabulary.of(())).warnings == (warning,)


def test_cluster_scoped_resources_are_asked_without_a_namespace():
    question = parse_question("get", "nodes", "", Vocabulary.of(()))
    assert question.asked_by(User("u"), "shop").namespace == ""


def test_rules_are_put_together_and_sorted_as_kubectl_does():
    """Resources by their verbs first, each with all its verbs once; paths as often as rules name them."""

    def rule(verbs, resources, group="", **more):
        return {"verbs": verbs, "apiGroups": [group], "resources": resources, **more}

    resources = (
        rule(["get", "list", "get"], ["pods"]),
        rule(["get", "list"], ["pods"], "apps"),
        rule(["list", "delete"], ["pods"]),
        rule(["impersonate"], ["*"], "*"),
        rule(["watch"], ["pods"], resourceNames=["b", "a"]),
        rule(["list"], ["pods"], resourceNames=["a"]),
        rule(["*"], ["secrets"], resourceNames=['q"r']),
    )
    paths = tuple({"verbs": ["get", "post"], "nonResourceURLs": [path, "/a"]} for path in ("/a", "/a/*"))
    assert [" ".join(row) for row in access_rows(RuleList(resources, paths))] == [
        'secrets [] [q"r] [*]',
        "pods [] [] [get list delete]",
        "pods.apps [] [] [get list]",
        " [/a/*] [] [get]",
        " [/a] [] [get]",
        " [/a] [] [get]",
        " [/a] [] [get]",
        "*.* [] [] [impersonate]",
        " [/a/*] [] [post]",
        " [/a] [] [post]",
        " [/a] [] [post]",
        " [/a] [] [post]",
        "pods [] [a] [watch list]",
        "pods [] [b] [watch]",
    ]


def test_lists_as_kubectl_shows_them():
    pods = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]}
    named = {"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["a"]}
    rules = RuleList((pods, named), ({"verbs": ["get"], "nonResourceURLs": ["/x"]},))
    assert access_rows(rules) == [
        ("pods/log", "[]", "[]", "[get list]"),
        ("pods", "[]", "[]", "[get list]"),
        ("", "[/x]", "[]", "[get]"),
        ("deployments.apps", "[]", "[a]", "[get]"),
    ]
    assert namespaced_rows({"a": rules, "b": RuleList((pods,))}) == [
        ("*", "pods/log", "[]", "[]", "[get list]"),
        ("*", "pods", "[]", "[]", "[get list]"),
        ("a", "", "[/x]", "[]", "[get]"),
        ("a", "deployments.apps", "[]", "[a]", "[get]"),
    ]
