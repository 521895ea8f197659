"""Aggregated ClusterRoles."""

from __future__ import annotations

from kubegate.authz.rbac.aggregation import CONTROLLER, aggregate


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector["matchLabels"].items())


def rule(resource):
    return {"verbs": ["get"], "apiGroups": [""], "resources": [resource]}


def role(name, *rules, labels=None, selects=()):
    made = {"kind": "ClusterRole", "metadata": {"name": name, "labels": labels or {}}, "rules": list(rules)}
    if selects:
        made["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": labels} for labels in selects]}
    return made


def test_selectors_in_order_roles_by_name_equal_rules_once():
    roles = [
        role("z", rule("1"), rule("2"), labels={"a": "1"}),
        role("b", rule("3"), labels={"a": "1"}),
        role("c", rule("2"), rule("4"), labels={"b": "1"}),
        role("all", rule("own"), selects=({"b": "1"}, {"a": "1"})),
    ]
    assert aggregate(roles, matches) == {"all": [rule("2"), rule("4"), rule("3"), rule("1")]}


def test_chained_and_cyclic_roles_settle():
    roles = [
        role("top", selects=({"to": "top"},)),
        role("middle", labels={"to": "top"}, selects=({"to": "middle"},)),
        role("leaf", rule("x"), labels={"to": "middle"}),
        role("p", rule("lost"), labels={"ring": "1"}, selects=({"ring": "1"},)),
        role("q", rule("lost too"), labels={"ring": "1"}, selects=({"ring": "1"},)),
    ]
    found = aggregate(roles, matches)
    assert found["top"] == found["middle"] == [rule("x")]
    assert set(found) == {"top", "middle", "p", "q"}


def test_a_role_never_selects_itself():
    me = role("me", rule("x"), labels={"a": "1"}, selects=({"a": "1"},))
    assert aggregate([me, role("other", rule("y"), labels={"a": "1"})], matches) == {"me": [rule("y")]}


def test_where_nothing_is_found_own_rules_stay_and_found_ones_go():
    me, other = role("me", rule("x"), selects=({"to": "me"},)), role("up", labels={"a": "1"}, selects=({"to": "up"},))
    me["metadata"]["labels"] = {"to": "up"}
    assert aggregate([me, other], matches) == {"me": [rule("x")], "up": [rule("x")]}
    me["metadata"]["managedFields"] = [{"manager": CONTROLLER, "operation": "Apply", "fieldsV1": {"f:rules": {}}}]
    assert aggregate([me, other], matches) == {"me": [], "up": []}
