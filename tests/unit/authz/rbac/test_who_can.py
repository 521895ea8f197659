"""The index read from the side of the roles."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, Role, RoleId
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rules import RoleTable
from kubegate.authz.rbac.who_can import who_can


def role(name, namespace="", **rule):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"kind": "Role" if namespace else "ClusterRole", "metadata": metadata, "rules": [rule]}


def binding(name, role_name, *subjects, namespace="", kind="ClusterRole"):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    made = "RoleBinding" if namespace else "ClusterRoleBinding"
    return {"kind": made, "metadata": metadata, "subjects": list(subjects), "roleRef": {"kind": kind, "name": role_name}}


def user(name):
    return {"kind": "User", "name": name}


PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def ask(verb="get", resource="pods", namespace="n", name="", group="", path=""):
    if path:
        return Attributes(User(""), verb, False, path=path)
    resource, _, subresource = resource.partition("/")
    return Attributes(User(""), verb, True, group, "*", resource, subresource, namespace, name)


@pytest.mark.parametrize(
    ("rule", "request_", "found"),
    [
        (PODS, ask(), True),
        (PODS, ask("list"), False),
        (PODS, ask(group="apps"), False),
        (PODS, ask(resource="pods/log"), False),
        ({**PODS, "resources": ["*/log"]}, ask(resource="pods/log"), True),
        ({**PODS, "resourceNames": ["a"]}, ask(name="a"), True),
        ({**PODS, "resourceNames": ["a"]}, ask(name="b"), False),
        ({**PODS, "resourceNames": ["a"]}, ask(), False),
        ({**PODS, "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, ask("x", "y/z", group="g"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/x/*"]}, ask(path="/x/y"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/x/*"]}, ask("post", path="/x/y"), False),
    ],
)
def test_the_rule_that_allows(rule, request_, found):
    index = RbacAuthorizer([role("r", **rule), binding("b", "r", user("u"))])
    assert [grant.description for grant in who_can(index, request_)] == (['User "u"'] if found else [])
    assert (RoleTable([rule]).find(request_) is not None) is found


def test_scopes():
    index = RbacAuthorizer(
        [
            role("r", **PODS),
            role("local", "n", **PODS),
            role("local", "m", **PODS),
            binding("all", "r", user("everywhere")),
            binding("here", "r", user("here"), namespace="n"),
            binding("there", "r", user("there"), namespace="m"),
            binding("own", "local", user("own"), namespace="n", kind="Role"),
            binding("other", "local", user("other"), namespace="m", kind="Role"),
        ]
    )
    assert [grant.subject["name"] for grant in who_can(index, ask())] == ["everywhere", "here", "own"]
    assert [grant.subject["name"] for grant in who_can(index, ask(namespace=""))] == ["everywhere"]


def test_every_subject_of_a_binding_is_listed_but_nobodies():
    subjects = (
        {"kind": "ServiceAccount", "name": "sa"},
        {"kind": "Group", "name": "g"},
        user("u"),
        {"kind": "Robot", "name": "r"},
    )
    index = RbacAuthorizer([role("r", **PODS), binding("b", "r", *subjects, namespace="n")])
    grants = who_can(index, ask())
    assert [grant.description for grant in grants] == ['Group "g"', 'ServiceAccount "sa/n"', 'User "u"']
    assert {grant.rule.index for grant in grants} == {0}
    assert [grant.position for grant in grants] == [1, 0, 2]


def test_a_binding_names_its_subjects_and_the_members_of_its_groups():
    made = Binding(binding("b", "r", user("u"), {"kind": "Group", "name": "g"}), Role(RoleId("ClusterRole", "", "r")))
    assert made.names(User("u"))
    assert made.names(User("x", groups=("g",)))
    assert not made.names(User("g", groups=("u",)))
