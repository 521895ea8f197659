"""Which aggregated roles are out of date."""

from __future__ import annotations

from kubegate.controllers.cluster_role_aggregation import NAME, outdated

RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


def role(name, rules, labels=None, selector=None):
    made = {"kind": "ClusterRole", "metadata": {"name": name, "labels": labels or {}}, "rules": rules}
    return made | ({"aggregationRule": {"clusterRoleSelectors": [selector]}} if selector is not None else {})


def test_only_what_differs_is_written():
    part = role("part", [RULE], {"to": "whole"})
    whole = role("whole", None, selector={"matchLabels": {"to": "whole"}})
    (changed,) = outdated([part, whole])
    assert (changed["metadata"]["name"], changed["rules"]) == ("whole", [RULE])
    assert list(outdated([part, changed])) == []


def test_rules_that_nothing_gives_any_more_go_those_of_others_stay():
    whole = role("whole", [RULE], selector={"matchLabels": {"to": "whole"}})
    assert list(outdated([whole])) == []
    whole["metadata"]["managedFields"] = [{"manager": "me", "operation": "Apply", "fieldsV1": {"f:rules": {}}}]
    assert list(outdated([whole])) == []
    whole["metadata"]["managedFields"] += [{"manager": NAME, "operation": "Apply", "fieldsV1": {"f:rules": {}}}]
    assert [found["rules"] for found in outdated([whole])] == [[]]


def test_a_selector_that_is_wrong_selects_nothing():
    wrong = {"matchExpressions": [{"key": "a", "operator": "Near"}]}
    assert list(outdated([role("part", [RULE]), role("whole", None, selector=wrong)])) == []
