"""Rows: which roles allow an action, and what a reader sees while they change."""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac import holding as holding_module
from kubegate.authz.rbac import rows as rows_module
from kubegate.authz.rbac.bindings import Role, RoleId
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.rows import Rows
from kubegate.authz.rbac.rules import RoleTable

API = "rbac.authorization.k8s.io"
BINDING = {
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "b"},
    "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": "r"},
    "subjects": [{"kind": "User", "name": "u"}],
}


def role_object(*resources, name="r", **more):
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": list(resources), **more}]
    return {"kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def asked(resource, subresource="", name=""):
    return Attributes(User("u"), "get", resource=resource, subresource=subresource, name=name)


def resources(*names, **more):
    return RoleTable(role_object(*names, **more)["rules"]).resources


def roles(count):
    return [Role(RoleId("ClusterRole", "", f"r{number}")) for number in range(count)]


def row(rows, resource, subresource=""):
    """The row as it stands, or a new one."""
    return rows.by_action.get(("get", "", resource, subresource)) or rows.make(asked(resource, subresource))


def allowing(rows, given, *question):
    always = row(rows, *question).always
    return [role for role in given if always[role.byte] & role.bit]


def test_a_resource_is_found_by_name_by_its_subresource_and_by_the_wildcard():
    given, rows = roles(3), Rows()
    for role, resource in zip(given, ("pods/log", "*", "*/log"), strict=True):
        rows.publish(role, resources(resource))
    assert allowing(rows, given, "pods", "log") == given
    assert allowing(rows, given, "pods") == [given[1]]
    assert allowing(rows, given, "jobs", "log") == given[1:]


def test_a_rule_that_names_objects_is_marked_apart_if_it_is_the_first():
    (named, after), rows = roles(2), Rows()
    rows.publish(named, resources("pods", resourceNames=["a"]))
    rows.publish(after, {"pods": resources("pods")["pods"] + resources("pods", resourceNames=["a"])["pods"]})
    found = row(rows, "pods")
    assert found.always[0] == after.bit
    assert found.named is not None
    assert found.named[0] == named.bit


def test_rows_change_with_the_roles():
    (role, other), rows = roles(2), Rows()
    rows.publish(other, resources("pods"))
    for rules, expected in ((["pods", "*"], True), (["pods"], False), ([], False), (["jobs"], True)):
        rows.publish(role, resources(*rules) if rules else {})
        assert (role in allowing(rows, [role], "jobs")) is expected
        assert allowing(rows, [other], "pods") == [other]
        assert rows.revision % 2 == 0


def test_the_place_of_a_role_that_is_no_more_bound_is_taken_by_another_without_its_rights():
    (gone, kept, new), rows = roles(3), Rows()
    rows.publish(gone, resources("pods"))
    rows.publish(kept, resources("pods"))
    before, place = row(rows, "pods"), (gone.byte, gone.bit)
    rows.publish(gone, {})
    assert allowing(rows, [gone, kept], "pods") == [kept]
    rows.publish(new, resources("jobs"))
    assert (new.byte, new.bit) == place
    assert allowing(rows, [gone, kept, new], "pods") == [kept]
    assert allowing(rows, [gone, kept, new], "jobs") == [new]
    assert before is not row(rows, "pods")


def test_there_is_place_for_any_number_of_roles():
    given, rows = roles(300), Rows()
    for number, role in enumerate(given):
        rows.publish(role, resources("pods" if number % 3 else "jobs"))
        assert allowing(rows, given[: number + 1], "pods") == [each for at, each in enumerate(given[: number + 1]) if at % 3]
    for role in given:
        rows.publish(role, {})
    assert not any(row(rows, "pods").always)


def test_rows_of_actions_that_nobody_may_are_not_kept_for_ever(monkeypatch):
    monkeypatch.setattr(rows_module, "MOST_ROWS", 5)
    index = RbacAuthorizer([role_object("pods"), BINDING])
    for number in range(30):
        assert not index.authorize(asked(f"nothing{number}")).allowed
        assert len(index._rows.by_action) <= 5
    assert index.authorize(asked("pods")).allowed
    index.upsert(role_object("jobs"))
    assert not index.authorize(asked("pods")).allowed


def test_roles_without_bindings_have_no_bit():
    index = RbacAuthorizer([role_object("pods")])
    assert not any(row(index._rows, "pods").always)
    index.upsert(BINDING)
    assert any(row(index._rows, "pods").always)
    index.remove("ClusterRoleBinding", "", "b")
    assert not any(row(index._rows, "pods").always)


def test_a_role_that_changes_while_it_is_asked_is_asked_again():
    index = RbacAuthorizer([role_object("*"), BINDING])
    make = index._rows.make

    def change_before_reading(attributes):
        index._rows.make = make
        index.upsert(role_object("jobs"))
        made = make(attributes)  # without the role
        index.upsert(role_object("pods"))
        return rows_module.Row(bytes(len(made.always)), None)

    index._rows.make = change_before_reading
    assert index.authorize(asked("pods")).allowed


def test_who_finds_a_row_older_than_a_role_looks_again():
    index = RbacAuthorizer([role_object("pods"), BINDING])
    make = index._rows.make

    def read_an_old_one(attributes):
        index._rows.make = make
        index.upsert(role_object("pods"))
        return rows_module.Row(b"", None)

    index._rows.make = read_an_old_one
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
    for number in range(200):
        rules = [{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}] * (number % 2) + role_object("pods")["rules"]
        index.upsert({**role_object("pods"), "rules": rules})
        assert f"rule {number % 2}" in index.authorize(question).determined_by.text
    assert len(index._holders.user("n", "u").others) <= 64
    index.upsert(role_object("jobs"))
    assert not index.authorize(question).allowed


def test_a_verdict_that_depends_on_the_name_is_not_kept_for_other_names():
    named = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}
    for count in (1, 2):
        bindings = [{**BINDING, "metadata": {"name": f"b{number}"}} for number in range(count)]
        bindings[-1]["roleRef"] = {**BINDING["roleRef"], "name": "s"}
        roles_ = [role_object("jobs"), {"kind": "ClusterRole", "metadata": {"name": "s"}, "rules": [named]}]
        index = RbacAuthorizer([*roles_, *bindings])
        assert index.authorize(asked("pods", name="a")).allowed
        assert not index.authorize(asked("pods", name="b")).allowed
        assert index.authorize(asked("pods", name="a")).allowed


def test_what_was_refused_to_a_subject_of_several_roles_is_allowed_once_one_of_them_allows_it(monkeypatch):
    bindings = [
        {**BINDING, "metadata": {"name": f"b{number}"}, "roleRef": {**BINDING["roleRef"], "name": f"r{number}"}}
        for number in range(2)
    ]
    index = RbacAuthorizer([role_object("jobs", name="r0"), role_object("jobs", name="r1"), *bindings])
    monkeypatch.setattr(holding_module, "MOST_ROWS", 3)
    for resource in ("a", "b", "c", "d", "e", "pods"):
        for _ in range(2):
            assert not index.authorize(asked(resource)).allowed
    assert len(index._holders.user("", "u").refused) <= 3
    index.upsert(role_object("pods", name="r1"))
    assert index.authorize(asked("pods")).allowed
