"""Rules of all roles by resource: what is published, and what a reader sees while it changes."""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Role, RoleId
from kubegate.authz.rbac.by_resource import RulesByResource
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rules import RoleTable

API = "rbac.authorization.k8s.io"
BINDING = {
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "b"},
    "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": "r"},
    "subjects": [{"kind": "User", "name": "u"}],
}


def role_object(*resources, name="r"):
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": list(resources)}]
    return {"kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def asked(resource, subresource=""):
    return Attributes(User("u"), "get", resource=resource, subresource=subresource)


def resources(*names):
    return RoleTable(role_object(*names)["rules"]).resources


def found(rules, *question):
    return [list(table) for table in rules.tables_of(asked(*question))]


def test_a_resource_is_found_by_name_by_its_subresource_and_by_the_wildcard():
    one, two, three = (Role(RoleId("ClusterRole", "", name)) for name in "abc")
    rules = RulesByResource()
    rules.publish(one, resources("pods/log"))
    rules.publish(two, resources("*"))
    rules.publish(three, resources("*/log"))
    assert found(rules, "pods", "log") == [[one], [two], [three]]
    assert found(rules, "pods") == [[two]]
    assert found(rules, "jobs", "log") == [[two], [three]]


def test_what_a_role_no_longer_names_is_gone():
    role, rules = Role(RoleId("ClusterRole", "", "r")), RulesByResource()
    rules.publish(role, resources("pods", "*"))
    rules.publish(role, resources("pods"))
    assert found(rules, "jobs") == []
    assert found(rules, "pods") == [[role]]
    rules.publish(role, {})
    assert found(rules, "pods") == []


def test_roles_without_bindings_are_not_published():
    index = RbacAuthorizer([role_object("pods")])
    assert found(index._rules, "pods") == []
    index.upsert(BINDING)
    assert len(found(index._rules, "pods")) == 1
    index.remove("ClusterRoleBinding", "", "b")
    assert found(index._rules, "pods") == []


def test_a_role_that_changes_while_it_is_asked_is_asked_again():
    index = RbacAuthorizer([role_object("*"), BINDING])
    read = index._rules.tables_of

    def change_after_reading(attributes):
        tables = read(attributes)
        index._rules.tables_of = read
        # Both versions allow, but the table that was found has neither any more.
        index.upsert(role_object("pods"))
        return tables

    index._rules.tables_of = change_after_reading
    assert index.authorize(asked("pods")).allowed


def test_a_binding_of_the_same_name_takes_the_place_of_the_old_one():
    index = RbacAuthorizer([role_object("pods"), BINDING])
    index.upsert({**BINDING, "subjects": [{"kind": "User", "name": "v"}]})
    assert not index.authorize(asked("pods")).allowed
    index.upsert(BINDING)
    assert index.authorize(asked("pods")).allowed


def test_verdicts_of_rules_that_are_no_more_are_forgotten():
    binding = {**BINDING, "kind": "RoleBinding", "metadata": {"name": "b", "namespace": "n"}}
    index = RbacAuthorizer([role_object("pods"), binding])
    question = Attributes(User("u"), "get", resource="pods", namespace="n")
    for _ in range(200):
        index.upsert(role_object("pods"))
        assert index.authorize(question).allowed
    assert len(index._users["u"].verdicts) <= 64
    index.upsert(role_object("jobs"))
    assert not index.authorize(question).allowed
