"""Ways around a Deny, and ways to more than an Allow says; break-glass that is tricked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kubegate.api.user import User
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.patterns import glob
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Decision, SelectorRequirement
from kubegate.errors import InvalidInput

ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
PODS = {"verbs": ["*"], "apiGroups": [""], "resources": ["pods"]}
BROKEN = "request.nonResourceAttributes.path == '/x'"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def subject(kind, name, **more):
    return {"kind": kind, "name": name, **more}


def policy(name, effect, *subjects, rules=(PODS,), **spec):
    spec = {"effect": effect, "subjects": list(subjects or [subject("User", "alice")]), "rules": list(rules), **spec}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": spec}


def engine(*policies, now=NOON):
    return AccessPolicyAuthorizer(policies, compile_condition, now=lambda: now)


def ask(*policies, who="alice", groups=(), fields=(), labels=(), now=NOON, **request):
    attributes = {"verb": "get", "resource": "pods", "namespace": "shop", **request}
    by_field = tuple(SelectorRequirement(*part) for part in fields) or None
    by_label = tuple(SelectorRequirement(*part) for part in labels) or None
    user = User(who, groups=tuple(groups))
    asked = Attributes(user, field_requirements=by_field, label_requirements=by_label, **attributes)
    return engine(*policies, now=now).authorize(asked).decision


@pytest.mark.parametrize("values", [("sh*",), ("shop",), ("shop", "sh*")])
def test_a_pattern_of_namespaces_is_not_left_out_by_its_own_text(values):
    fields = [("metadata.namespace", "NotIn", (value,)) for value in values]
    listing = {"verb": "list", "namespace": "", "fields": fields}
    assert ask(policy("no", "Deny", namespaces=["sh*"]), **listing) is Decision.DENY


@pytest.mark.parametrize(
    ("request_", "denied"),
    [
        ({"verb": "get", "namespace": "shop", "name": "shop"}, True),
        ({"verb": "list", "namespace": ""}, True),
        ({"verb": "list", "namespace": "", "name": "shop"}, True),
        ({"verb": "list", "namespace": "", "name": "bank"}, False),
        ({"verb": "list", "namespace": "", "fields": [("metadata.name", "NotIn", ("shop",))]}, False),
        ({"verb": "list", "namespace": "", "fields": [("metadata.namespace", "NotIn", ("shop",))]}, True),
        ({"verb": "create", "namespace": ""}, False),
        ({"verb": "get", "namespace": "bank", "name": "bank"}, False),
        # As kubectl auth can-i asks: the namespace of the question means nothing.
        ({"verb": "list", "namespace": "bank"}, True),
        ({"verb": "get", "namespace": "bank", "name": "shop"}, True),
        ({"verb": "get", "namespace": "shop", "name": "bank"}, False),
        ({"verb": "create", "namespace": "bank"}, False),
    ],
)
def test_a_list_of_namespaces_shows_those_of_a_deny(request_, denied):
    no = policy("no", "Deny", rules=[ALL], namespaces=["shop"])
    assert (ask(no, resource="namespaces", **request_) is Decision.DENY) is denied


@pytest.mark.parametrize(
    ("request_", "denied"),
    [
        ({"verb": "*", "resource": "*"}, True),
        ({"verb": "*"}, True),
        ({"verb": "delete", "resource": "*"}, True),
        ({"verb": "delete", "resource": "*", "group": "*"}, True),
        ({"verb": "delete", "resource": "*", "group": "apps"}, False),
        ({"verb": "delete", "resource": "*", "subresource": "log"}, True),
        ({"verb": "delete", "resource": "*", "subresource": "exec"}, False),
        ({"verb": "get", "resource": "*"}, False),
        ({"verb": "*", "resource": "services"}, False),
        ({"verb": "*", "resource": "*", "namespace": ""}, True),
        ({"verb": "*", "resource": "*", "namespace": "bank"}, False),
    ],
)
def test_a_question_about_everything_meets_what_is_denied(request_, denied):
    rule = {"verbs": ["delete"], "apiGroups": [""], "resources": ["pods", "pods/log"]}
    assert (ask(policy("no", "Deny", rules=[rule], namespaces=["shop"]), **request_) is Decision.DENY) is denied


def test_a_question_about_everything_is_not_allowed_by_less():
    assert ask(policy("yes", "Allow", rules=[PODS]), verb="*", resource="*") is Decision.NO_OPINION
    assert ask(policy("yes", "Allow", rules=[{**PODS, "verbs": ["get"]}]), verb="*") is Decision.NO_OPINION
    assert ask(policy("yes", "Allow", rules=[ALL]), verb="*", resource="*") is Decision.ALLOW


@pytest.mark.parametrize("verb", ["get", "update", "delete", "create"])
def test_selectors_of_requests_that_select_nothing_count_for_nothing(verb):
    rule = {**PODS, "labelSelector": {"matchLabels": {"team": "web"}}}
    within, outside = [("team", "In", ("web",))], [("team", "In", ("db",))]
    assert ask(policy("yes", "Allow", rules=[rule]), verb=verb, name="x", labels=within) is Decision.NO_OPINION
    assert ask(policy("no", "Deny", rules=[rule]), verb=verb, name="x", labels=outside) is Decision.DENY
    assert ask(policy("yes", "Allow", rules=[rule]), verb="list", labels=within) is Decision.ALLOW
    assert ask(policy("no", "Deny", rules=[rule]), verb="list", labels=outside) is Decision.NO_OPINION


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ((), Decision.NO_OPINION),
        ([("spec.nodeName", "In", ("n1",))], Decision.ALLOW),
        ([("spec.nodeName", "NotIn", ("",))], Decision.ALLOW),
        ([("spec.nodeName", "In", ("",))], Decision.NO_OPINION),
        ([("spec.nodeName", "NotIn", ("n1",))], Decision.NO_OPINION),
        # Nothing is selected at all.
        ([("spec.nodeName", "In", ("",)), ("spec.nodeName", "In", ("n1",))], Decision.ALLOW),
    ],
)
def test_fields_that_are_not_set_are_empty(fields, decision):
    rule = {**PODS, "fieldSelector": "spec.nodeName!="}
    assert ask(policy("yes", "Allow", rules=[rule]), verb="list", fields=fields) is decision


def test_name_and_namespace_of_a_request_are_known_fields():
    rule = {**PODS, "fieldSelector": "metadata.name=web,metadata.namespace=shop"}
    yes, no = policy("yes", "Allow", rules=[rule]), policy("no", "Deny", rules=[rule])
    assert ask(yes, name="web") is Decision.ALLOW
    assert ask(no, name="web") is Decision.DENY
    for other in ({"name": "db"}, {"name": "web", "namespace": "bank"}):
        assert ask(yes, **other) is Decision.NO_OPINION
        assert ask(no, **other) is Decision.NO_OPINION
    assert ask(yes, name="") is Decision.NO_OPINION
    assert ask(no, name="") is Decision.DENY


@pytest.mark.parametrize(
    ("verb", "denied"), [("get", True), ("patch", True), ("delete", True), ("*", True), ("create", False)]
)
def test_a_question_that_names_no_object_is_about_all(verb, denied):
    no = policy("no", "Deny", rules=[{**PODS, "resourceNames": ["web"]}])
    assert (ask(no, verb=verb) is Decision.DENY) is denied


def test_a_condition_that_is_false_settles_it_wherever_it_stands():
    for conditions in ([BROKEN, "false"], ["false", BROKEN]):
        assert ask(policy("no", "Deny", when=conditions)) is Decision.NO_OPINION
        assert ask(policy("yes", "Allow", when=conditions)) is Decision.NO_OPINION
    for conditions in ([BROKEN, "true"], ["true", BROKEN]):
        assert ask(policy("no", "Deny", when=conditions)) is Decision.DENY
        assert ask(policy("yes", "Allow", when=conditions)) is Decision.NO_OPINION


def test_a_condition_that_costs_too_much_denies_and_does_not_allow():
    """Each of the nested loops multiplies the cost by ten."""
    expression = "request.user != ''"
    for depth in range(6):
        expression = f"[0,1,2,3,4,5,6,7,8,9].all(x{depth}, {expression})"
    assert ask(policy("no", "Deny", when=[expression])) is Decision.DENY
    assert ask(policy("yes", "Allow", when=[expression])) is Decision.NO_OPINION


def test_a_condition_that_is_only_known_to_be_something_is_not_loaded():
    with pytest.raises(InvalidInput, match="must evaluate to bool"):
        engine(policy("no", "Deny", when=["dyn('x')"]))


def test_patterns_cost_no_more_than_the_name_is_long():
    """With going back this takes longer than the age of the universe."""
    assert not glob("*a" * 60 + "*b").fullmatch("a" * 5_000)
    assert glob("*a" * 60 + "*b").fullmatch("a" * 5_000 + "b")


GLASS = policy("glass", "Allow", subject("User", "root"), breakGlass=True)


@pytest.mark.parametrize(
    "denying",
    [
        {"subjects": [subject("User", "*")]},
        {"subjects": [subject("User", "r*t")]},
        {"subjects": [subject("User", "root")], "when": ["false"]},
        {"subjects": [subject("User", "root")], "notAfter": "2000-01-01T00:00:00Z"},
        {"subjects": [subject("User", "root")], "notBefore": "2999-01-01T00:00:00Z"},
        {"subjects": [subject("User", "root")], "namespaces": ["other"]},
        {"subjects": [subject("User", "*")], "exceptSubjects": [subject("Group", "admins")]},
        {"subjects": [subject("User", "*")], "exceptSubjects": [subject("User", "Root")]},
        {"subjects": [subject("User", "*")], "exceptSubjects": [subject("User", "r\u043e\u043et")]},
    ],
)
def test_no_deny_that_names_break_glass_is_loaded(denying):
    for order in (1, -1):
        with pytest.raises(InvalidInput, match="names as break-glass"):
            engine(*[GLASS, policy("no", "Deny", **denying)][::order])


@pytest.mark.parametrize(
    "denying", [[subject("ServiceAccount", "*", namespace="ops")], [subject("User", "system:serviceaccount:*")]]
)
def test_accounts_of_break_glass_are_named_by_either_form(denying):
    by_kind = subject("ServiceAccount", "bot", namespace="ops")
    by_name = subject("User", "system:serviceaccount:ops:bot")
    for saved in (by_kind, by_name):
        with pytest.raises(InvalidInput, match="names as break-glass"):
            engine(policy("glass", "Allow", saved, breakGlass=True), policy("no", "Deny", *denying))


@pytest.mark.parametrize(
    "denying",
    [
        {"subjects": [subject("Group", "*")]},
        {"subjects": [subject("Group", "system:authenticated")], "when": [BROKEN]},
        {"subjects": [subject("Group", "ops")], "rules": [ALL]},
    ],
)
def test_a_deny_of_groups_passes_over_break_glass(denying):
    no = policy("no", "Deny", **{"rules": [PODS], **denying})
    groups = ["ops", "system:authenticated"]
    assert ask(GLASS, no, who="root", groups=groups) is Decision.ALLOW
    assert ask(GLASS, no, who="root2", groups=groups) is Decision.DENY
    # Conditions, rules and namespaces of break-glass limit what it allows, not whom it saves.
    limited = policy("glass", "Allow", subject("User", "root"), breakGlass=True, when=["false"], namespaces=["other"])
    assert ask(limited, no, who="root", groups=groups) is Decision.NO_OPINION


def test_who_is_excepted_from_break_glass_is_not_saved():
    glass = policy("glass", "Allow", subject("Group", "admins"), exceptSubjects=[subject("User", "bob")], breakGlass=True)
    no = policy("no", "Deny", subject("User", "bob"))
    assert ask(glass, no, who="bob", groups=["admins"]) is Decision.DENY
    others = policy("no", "Deny", subject("Group", "system:authenticated"))
    assert ask(glass, others, who="eve", groups=["admins", "system:authenticated"]) is Decision.ALLOW


@pytest.mark.parametrize(("year", "decision"), [(2026, Decision.ALLOW), (2027, Decision.DENY)])
def test_break_glass_saves_while_it_is_in_force(year, decision):
    glass = policy("glass", "Allow", subject("User", "root"), breakGlass=True, notAfter="2027-01-01T00:00:00Z")
    no = policy("no", "Deny", subject("Group", "all"))
    assert ask(glass, no, who="root", groups=["all"], now=datetime(year, 6, 1, tzinfo=UTC)) is decision
