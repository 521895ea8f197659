"""Decisions of the RBAC index, and how it keeps up with changes."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision
from kubegate.authz.rbac.bindings import Binding, Key, Role, RoleId
from kubegate.authz.rbac.holders import Holders
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import Location

API = "rbac.authorization.k8s.io"


def role(name, *rules, namespace=""):
    kind = "Role" if namespace else "ClusterRole"
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": f"{API}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)}


def rule(verbs, resources="", groups=("",), names=(), urls=()):
    made = {"verbs": verbs.split()}
    if resources:
        made |= {"apiGroups": list(groups), "resources": resources.split()}
    if names:
        made["resourceNames"] = list(names)
    return made | ({"nonResourceURLs": list(urls)} if urls else {})


def user(name):
    return {"kind": "User", "apiGroup": API, "name": name}


def group(name):
    return {"kind": "Group", "apiGroup": API, "name": name}


def account(name, namespace=None):
    return {"kind": "ServiceAccount", "name": name} | ({"namespace": namespace} if namespace else {})


def binding(name, role_name, *subjects, namespace="", kind=""):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    ref = {"apiGroup": API, "kind": kind or "ClusterRole", "name": role_name}
    made = "RoleBinding" if namespace else "ClusterRoleBinding"
    return {"apiVersion": f"{API}/v1", "kind": made, "metadata": metadata, "subjects": list(subjects), "roleRef": ref}


def ask(who, verb, resource="", namespace="", *, name="", apigroup="", path=""):
    who = who if isinstance(who, User) else User(who)
    if path:
        return Attributes(who, verb, False, path=path)
    resource, _, subresource = resource.partition("/")
    return Attributes(who, verb, True, apigroup, "*", resource, subresource, namespace, name)


def allowed(index, *arguments, **more):
    return index.authorize(ask(*arguments, **more)).allowed


@pytest.mark.parametrize(
    ("given", "verb", "resource", "expected"),
    [
        (rule("get", "pods"), "get", "pods", True),
        (rule("get", "pods"), "list", "pods", False),
        (rule("get", "pods"), "GET", "pods", False),
        (rule("get", "pods"), "get", "pods/log", False),
        (rule("get", "pods/log"), "get", "pods/log", True),
        (rule("get", "pods/log"), "get", "pods", False),
        (rule("get", "*/log"), "get", "pods/log", True),
        (rule("get", "*/log"), "get", "pods/exec", False),
        (rule("get", "*/log"), "get", "log", False),
        (rule("get", "*"), "get", "pods/log", True),
        (rule("get", "pods/*"), "get", "pods/log", False),
        (rule("get", "po*"), "get", "pods", False),
        (rule("g*", "pods"), "get", "pods", False),
        (rule("*", "pods"), "anything", "pods", True),
        (rule("list * get", "pods"), "watch", "pods", True),
    ],
)
def test_what_a_rule_covers(given, verb, resource, expected):
    index = RbacAuthorizer([role("r", given), binding("b", "r", user("u"))])
    assert allowed(index, "u", verb, resource) is expected


@pytest.mark.parametrize(
    ("groups", "asked", "expected"),
    [(("",), "", True), (("",), "apps", False), (("apps",), "apps", True), (("*",), "x.io", True), (("a*",), "apps", False)],
)
def test_api_groups(groups, asked, expected):
    index = RbacAuthorizer([role("r", rule("get", "pods", groups)), binding("b", "r", user("u"))])
    assert allowed(index, "u", "get", "pods", apigroup=asked) is expected


@pytest.mark.parametrize(
    ("names", "asked", "expected"),
    [
        (("a",), "a", True),
        (("a",), "b", False),
        (("a",), "", False),
        (("*",), "a", False),
        (("",), "", True),
        ((), "x", True),
    ],
)
def test_resource_names(names, asked, expected):
    index = RbacAuthorizer([role("r", rule("get", "pods", names=names)), binding("b", "r", user("u"))])
    assert allowed(index, "u", "get", "pods", name=asked) is expected


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/x", False),
        ("/apis/*", "/apis/x", True),
        ("/apis/*", "/apis", False),
        ("/a**", "/abc", True),
        ("*", "/anything", True),
        ("/a*b", "/axb", False),
    ],
)
def test_paths(url, path, expected):
    index = RbacAuthorizer([role("r", rule("get", urls=[url])), binding("b", "r", user("u"))])
    assert allowed(index, "u", "get", path=path) is expected


def test_paths_are_not_granted_in_a_namespace():
    index = RbacAuthorizer([role("r", rule("get", urls=["/x"])), binding("b", "r", user("u"), namespace="n")])
    assert not allowed(index, "u", "get", path="/x")


@pytest.mark.parametrize(
    ("subject", "who", "expected"),
    [
        (user("u"), User("u"), True),
        (user("U"), User("u"), False),
        (user("*"), User("u"), False),
        (group("g"), User("u", groups=("g",)), True),
        (group("g"), User("g"), False),
        (account("sa", "n"), User("system:serviceaccount:n:sa"), True),
        (account("sa", "m"), User("system:serviceaccount:n:sa"), False),
        (account("sa"), User("system:serviceaccount:n:sa"), True),
        ({"kind": "Robot", "name": "u"}, User("u"), False),
    ],
)
def test_subjects_of_a_role_binding(subject, who, expected):
    index = RbacAuthorizer([role("r", rule("get", "pods")), binding("b", "r", subject, namespace="n")])
    assert allowed(index, who, "get", "pods", "n") is expected


def test_service_account_without_namespace_is_nobody_in_a_cluster_role_binding():
    index = RbacAuthorizer([role("r", rule("get", "pods")), binding("b", "r", account("sa"))])
    assert not allowed(index, "system:serviceaccount::sa", "get", "pods")


def test_a_role_binding_counts_in_its_namespace_only():
    index = RbacAuthorizer([role("r", rule("get", "pods")), binding("b", "r", user("u"), namespace="n")])
    assert allowed(index, "u", "get", "pods", "n")
    assert not allowed(index, "u", "get", "pods", "m")
    assert not allowed(index, "u", "get", "pods")


def test_a_role_of_another_namespace_is_not_meant():
    objects = [role("r", rule("get", "pods"), namespace="m"), binding("b", "r", user("u"), namespace="n", kind="Role")]
    index = RbacAuthorizer(objects)
    verdict = index.authorize(ask("u", "get", "pods", "n"))
    assert verdict.decision is Decision.NO_OPINION
    assert verdict.reason == f'RBAC: role.{API} "r" not found'


@pytest.mark.parametrize(
    ("objects", "who", "reason"),
    [
        (
            [binding("b", "r", user("u"))],
            User("u"),
            'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u"',
        ),
        (
            [binding("b", "r", group("x"), group("g"), user("u"), namespace="n")],
            User("u", groups=("g",)),
            'RBAC: allowed by RoleBinding "b/n" of ClusterRole "r" to Group "g"',
        ),
        (
            [binding("b", "r", account("sa"), namespace="n")],
            User("system:serviceaccount:n:sa"),
            'RBAC: allowed by RoleBinding "b/n" of ClusterRole "r" to ServiceAccount "sa/n"',
        ),
        (
            [binding("late", "r", user("u"), namespace="n"), binding("z", "r", user("u"))],
            User("u"),
            'RBAC: allowed by ClusterRoleBinding "z" of ClusterRole "r" to User "u"',
        ),
    ],
)
def test_the_reason_names_binding_role_and_first_subject(objects, who, reason):
    index = RbacAuthorizer([role("r", rule("get", "pods")), *objects])
    verdict = index.authorize(ask(who, "get", "pods", "n"))
    assert verdict.reason == reason
    assert index.authorize(ask(who, "get", "pods", "n")) is verdict  # made once


def test_missing_roles_are_told_once_each_and_only_in_a_denial():
    index = RbacAuthorizer([binding("a", "x", user("u")), binding("b", "y", user("u")), binding("c", "x", user("u"))])
    reason = index.authorize(ask("u", "get", "pods")).reason
    assert reason == f'RBAC: [clusterrole.{API} "x" not found, clusterrole.{API} "y" not found]'
    index.upsert(role("x", rule("get", "pods")))
    assert index.authorize(ask("u", "get", "pods")).reason.startswith("RBAC: allowed by ")
    assert index.authorize(ask("u", "get", "secrets")).reason == f'RBAC: clusterrole.{API} "y" not found'
    assert index.authorize(ask("other", "get", "pods")).reason == ""


def test_a_reference_of_unknown_kind():
    index = RbacAuthorizer([binding("b", "x", user("u"), kind="Rolle")])
    assert index.authorize(ask("u", "get", "pods")).reason == 'RBAC: unsupported role reference kind: "Rolle"'


def test_determined_by_names_the_rule_and_where_it_stands():
    def locate(obj, path):
        return Location("p.yaml", 7 if obj["kind"] == "ClusterRole" else 3, 1, path)

    objects = [role("r", rule("list", "pods"), rule("get", "pods")), binding("b", "r", user("u"))]
    determinant = RbacAuthorizer(objects, locate=locate).authorize(ask("u", "get", "pods")).determined_by
    assert determinant.text == "ClusterRoleBinding b -> ClusterRole/r, rule 1"
    assert [str(place) for place in determinant.locations] == ["p.yaml:3:1: subjects[0]", "p.yaml:7:1: rules[1]"]
    assert dict(determinant.details)["rule"] == rule("get", "pods")


# ------------------------------------------------------------------ changes


def test_a_changed_role_counts_at_once():
    index = RbacAuthorizer([role("r", rule("get", "pods")), binding("b", "r", user("u"))])
    assert allowed(index, "u", "get", "pods")
    index.upsert(role("r", rule("get", "secrets")))
    assert not allowed(index, "u", "get", "pods")
    assert allowed(index, "u", "get", "secrets")
    index.remove("ClusterRole", "", "r")
    assert not allowed(index, "u", "get", "secrets")
    assert "not found" in index.authorize(ask("u", "get", "secrets")).reason


def test_a_changed_binding_counts_at_once():
    index = RbacAuthorizer([role("r", rule("get", "pods")), role("s", rule("get", "nodes")), binding("b", "r", user("u"))])
    index.upsert(binding("b", "s", user("u"), user("v")))
    assert not allowed(index, "u", "get", "pods")
    assert allowed(index, "u", "get", "nodes")
    assert allowed(index, "v", "get", "nodes")
    index.upsert(binding("b", "s", user("v")))
    assert not allowed(index, "u", "get", "nodes")
    index.remove("ClusterRoleBinding", "", "b")
    assert not allowed(index, "v", "get", "nodes")


def test_removing_everything_leaves_nothing_behind():
    objects = [
        role("r", rule("get", "pods")),
        binding("b", "r", user("u"), group("g"), namespace="n"),
        binding("c", "q", user("u")),
    ]
    index = RbacAuthorizer(objects)
    for obj in objects:
        index.remove(obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
    index.remove("ClusterRole", "", "never-there")
    holders = index._holders
    assert (holders.cluster_users, holders.users, holders.odd, holders.groups) == ({}, {}, {}, {})
    assert (index._roles, index._bindings, index._dangling) == ({}, {}, {})


def test_kinds_of_the_same_name_of_others_are_left_alone():
    index = RbacAuthorizer(
        [role("r", rule("get", "pods")), {**binding("b", "r", user("u")), "apiVersion": "iam.example.com/v1"}]
    )
    assert not allowed(index, "u", "get", "pods")


@pytest.mark.parametrize("count", [1, 3, 4, 60])
def test_many_roles_in_one_scope_answer_as_few(count):
    objects = [role(f"r{n}", rule("get", f"kind{n}"), rule("get", "pods", names=[f"p{n}"])) for n in range(count)]
    objects += [binding(f"b{n:03}", f"r{n}", user("u")) for n in range(count)]
    objects += [role("paths", rule("get", urls=["/x", "/y/*"])), binding("paths", "paths", user("u"))]
    index = RbacAuthorizer(objects)
    for n in range(count):
        assert allowed(index, "u", "get", f"kind{n}")
        assert allowed(index, "u", "get", "pods", name=f"p{n}")
        assert not allowed(index, "u", "list", f"kind{n}")
    assert allowed(index, "u", "get", path="/x")
    assert allowed(index, "u", "get", path="/y/z")
    assert not allowed(index, "u", "post", path="/x")
    assert not allowed(index, "u", "get", "pods")
    index.upsert(role("r0", rule("list", "kind0")))
    assert allowed(index, "u", "list", "kind0")
    assert not allowed(index, "u", "get", "kind0")


def test_a_binding_with_many_subjects_names_the_first_that_is_the_asker():
    subjects = [user(f"u{n}") for n in range(50)] + [group("g")]
    index = RbacAuthorizer([role("r", rule("get", "pods")), binding("b", "r", *subjects)])
    assert index.authorize(ask(User("u41", groups=("g",)), "get", "pods")).reason.endswith('to User "u41"')
    assert index.authorize(ask(User("x", groups=("g",)), "get", "pods")).reason.endswith('to Group "g"')


# ------------------------------------------------------------------ lists


def test_rules_for_lists_cluster_rules_first_and_tells_of_missing_roles():
    index = RbacAuthorizer(
        [
            role("r", rule("get", "pods", names=["a"]), rule("get", urls=["/x"])),
            binding("z", "r", user("u"), group("g"), namespace="n"),
            role("s", rule("*", "nodes")),
            binding("c", "s", user("u")),
            binding("d", "gone", user("u")),
        ]
    )
    rules = index.rules_for(User("u", groups=("g",)), "n")
    assert list(rules.resource_rules) == [
        {"verbs": ["*"], "apiGroups": [""], "resources": ["nodes"]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]},
    ]
    assert list(rules.non_resource_rules) == [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]
    assert rules.errors == (f'clusterrole.{API} "gone" not found',)
    assert not rules.incomplete


def held(name: str, namespace: str) -> Binding:
    return Binding(binding(name, "r", user("u"), namespace=namespace), Role(RoleId("Role", namespace, "r")))


def test_what_is_held_in_one_namespace_never_stands_for_another():
    holders, key = Holders(), Key(False, "u")
    bindings = {namespace: held("x", namespace) for namespace in ("", "a", "b")}
    for each in bindings.values():
        holders.add(key, each)
    for namespace, each in bindings.items():
        assert holders.user(namespace, "u").bindings == (each,)
        assert holders.group(namespace, "u") is None
    holders.remove(key, bindings["a"])
    assert holders.user("a", "u") is None
    assert holders.user("b", "u").bindings == (bindings["b"],)


def test_a_user_and_a_group_of_the_same_name_are_two():
    holders, of_user, of_group = Holders(), held("x", "a"), held("y", "a")
    holders.add(Key(False, "u"), of_user)
    holders.add(Key(True, "u"), of_group)
    assert holders.user("a", "u").bindings == (of_user,)
    assert holders.group("a", "u").bindings == (of_group,)
    holders.remove(Key(False, "u"), of_user)
    assert holders.user("a", "u") is None
    assert holders.group("a", "u").bindings == (of_group,)
    holders.remove(Key(True, "u"), of_group)
    assert holders.group("a", "u") is None


def test_namesakes_are_asked_each_for_its_own():
    objects = [role("r", rule("get", "pods")), role("s", rule("get", "jobs"))]
    objects += [binding("b", "r", user("x"), namespace="n"), binding("c", "s", group("x"), namespace="n")]
    index = RbacAuthorizer(objects)
    assert allowed(index, "x", "get", "pods", "n")
    assert not allowed(index, "x", "get", "jobs", "n")
    assert allowed(index, User("v", groups=("x",)), "get", "jobs", "n")
    assert not allowed(index, User("v", groups=("x",)), "get", "pods", "n")


@pytest.mark.parametrize(
    ("namespace", "name"), [("n", "u\0v"), ("n\0u", "v"), ("", "n\0u\0v"), ("n\0", "u\0v"), ("n", "\0u")]
)
def test_names_with_a_nul_stand_for_nobody_else(namespace, name):
    subjects = [("n", "u\0v"), ("n\0u", "v"), ("", "n\0u\0v"), ("n\0", "u\0v"), ("n", "\0u"), ("n\0", "u"), ("n", "u")]
    index = RbacAuthorizer([role("r", rule("get", "pods")), binding("b", "r", user(name), namespace=namespace)])
    assert [asked for asked in subjects if allowed(index, asked[1], "get", "pods", asked[0])] == [
        asked for asked in subjects if asked == (namespace, name) or (asked[1] == name and not namespace)
    ]
    index.remove("RoleBinding" if namespace else "ClusterRoleBinding", namespace, "b")
    assert not any(allowed(index, who, "get", "pods", where) for where, who in subjects)
    index.upsert(binding("b", "r", group(name), namespace=namespace))
    groups = [asked for asked in subjects if allowed(index, User("x", groups=(asked[1],)), "get", "pods", asked[0])]
    assert groups == [asked for asked in subjects if asked == (namespace, name) or (asked[1] == name and not namespace)]


def test_who_is_told_of_missing_roles_changes_with_the_bindings():
    index, asker = RbacAuthorizer([]), User("u", groups=("g",))

    def told() -> bool:
        return "not found" in index.authorize(ask(asker, "get", "pods", "n")).reason

    assert not told()
    index.upsert(binding("a", "gone", user("v")))
    assert not told()
    index.upsert(binding("a", "gone", user("v"), group("g")))
    assert told()
    index.upsert(binding("a", "gone", user("v")))
    assert not told()
    index.upsert(binding("b", "gone", user("u"), namespace="n"))
    assert told()
    index.remove("RoleBinding", "n", "b")
    assert not told()
    index.upsert(binding("b", "gone", user("u")))
    index.upsert(role("gone"))
    assert not told()
    index.remove("ClusterRole", "", "gone")
    assert told()


def test_missing_roles_by_name():
    index = RbacAuthorizer([role("r"), binding("a", "gone", user("u")), binding("b", "r", user("u"))])
    assert index.missing_role_names(User("u"), "") == ["gone"]
    assert index.missing_role_names(User("v"), "") == []


def test_names_of_missing_roles_are_in_the_order_of_a_store():
    of_group, of_user = binding("a", "second", group("g"), namespace="n"), binding("b", "third", user("u"), namespace="n")
    index = RbacAuthorizer(
        [of_user, of_group, binding("z", "first", user("u"), group("g")), binding("zz", "third", group("g"))]
    )
    assert index.missing_role_names(User("u", groups=("g",)), "n") == ["first", "third", "second"]
