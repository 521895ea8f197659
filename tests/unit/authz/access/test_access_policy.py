"""AccessPolicies: allow, deny, time, place, conditions, selectors, break-glass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kubegate.api.user import User
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.patterns import glob
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Decision, SelectorRequirement
from kubegate.errors import InvalidInput

PODS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def user(name):
    return {"kind": "User", "name": name}


def group(name):
    return {"kind": "Group", "name": name}


def policy(name="p", effect="Allow", *, subjects=(), rules=(PODS,), **spec):
    spec = {"effect": effect, "subjects": list(subjects or [user("alice")]), "rules": list(rules), **spec}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": spec}


def engine(*policies, now=NOON):
    return AccessPolicyAuthorizer(policies, compile_condition, now=lambda: now)


def ask(who="alice", verb="get", resource="pods", namespace="shop", name="", groups=(), labels=None, fields=None, path=""):
    requirements = tuple(SelectorRequirement(key, "In", tuple(values)) for key, *values in labels or ()) or None
    chosen = tuple(SelectorRequirement(key, "In", (value,)) for key, value in fields or ()) or None
    asker = User(who, groups=tuple(groups))
    if path:
        return Attributes(asker, verb, False, path=path)
    return Attributes(asker, verb, True, "", "*", resource, "", namespace, name, "", chosen, requirements)


def decision(authorizer, **request):
    return authorizer.authorize(ask(**request)).decision


def test_allow_deny_and_silence():
    authorizer = engine(policy("yes"), policy("no", "Deny", rules=[{**PODS, "verbs": ["list"]}], reason="too much"))
    allowed, denied = authorizer.authorize(ask()), authorizer.authorize(ask(verb="list"))
    assert (allowed.decision, allowed.reason) == (Decision.ALLOW, 'AccessPolicy: allowed by "yes"')
    assert (denied.decision, denied.reason) == (Decision.DENY, 'AccessPolicy: denied by "no": too much')
    assert denied.determined_by.text == "AccessPolicy no (Deny), rule 0"
    assert decision(authorizer, who="bob") is Decision.NO_OPINION
    assert decision(authorizer, resource="secrets") is Decision.NO_OPINION


@pytest.mark.parametrize("order", [1, -1])
def test_deny_wins_whatever_the_order(order):
    policies = [policy("yes"), policy("no", "Deny")][::order]
    assert decision(engine(*policies)) is Decision.DENY


@pytest.mark.parametrize(
    ("subject", "request_", "matches"),
    [
        (user("ali*"), {}, True),
        (user("*"), {}, True),
        (user("a.*"), {}, False),
        (user("bob"), {}, False),
        (group("dev-*"), {"groups": ["dev-a"]}, True),
        (group("dev-*"), {"groups": ["ops"]}, False),
        ({"kind": "ServiceAccount", "namespace": "ci-*", "name": "*"}, {"who": "system:serviceaccount:ci-1:bot"}, True),
        ({"kind": "ServiceAccount", "namespace": "ci-*", "name": "*"}, {"who": "system:serviceaccount:shop:bot"}, False),
        ({"kind": "ServiceAccount", "namespace": "*", "name": "*"}, {"who": "alice"}, False),
    ],
)
def test_subjects(subject, request_, matches):
    assert (decision(engine(policy(subjects=[subject])), **request_) is Decision.ALLOW) is matches


def test_excepted_subjects_are_not_meant():
    authorizer = engine(policy("no", "Deny", subjects=[user("*")], exceptSubjects=[user("bob"), group("admins")]))
    assert decision(authorizer) is Decision.DENY
    assert decision(authorizer, who="bob") is Decision.NO_OPINION
    assert decision(authorizer, groups=["admins"]) is Decision.NO_OPINION


def test_one_of_several_subjects_and_namespaces_is_enough():
    authorizer = engine(policy(subjects=[user("bob"), user("alice")], namespaces=["bank", "shop"]))
    assert decision(authorizer) is Decision.ALLOW
    assert decision(authorizer, namespace="other") is Decision.NO_OPINION


@pytest.mark.parametrize(("namespace", "matches"), [("shop", True), ("shop-2", True), ("other", False), ("", False)])
def test_namespaces(namespace, matches):
    assert (decision(engine(policy(namespaces=["shop*"])), namespace=namespace) is Decision.ALLOW) is matches


@pytest.mark.parametrize(("name", "matches"), [("web-1", True), ("db", True), ("api", False), ("", False)])
def test_names_and_patterns(name, matches):
    rule = {**PODS, "resourceNames": ["db"], "resourceNamePatterns": ["web-*"]}
    assert (decision(engine(policy(rules=[rule])), name=name) is Decision.ALLOW) is matches


@pytest.mark.parametrize(
    ("labels", "matches"),
    [
        ([("team", "a")], True),
        ([("team", "a", "b")], True),
        ([("team", "a"), ("tier", "x")], True),
        ([("team", "a", "c")], False),
        ([("tier", "x")], False),
        (None, False),
    ],
)
def test_a_request_selector_must_imply_the_rules(labels, matches):
    rule = {**PODS, "labelSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "b"]}]}}
    assert (decision(engine(policy(rules=[rule])), verb="list", labels=labels) is Decision.ALLOW) is matches


@pytest.mark.parametrize(
    ("fields", "matches"), [([("spec.nodeName", "n1")], True), ([("spec.nodeName", "n2")], False), (None, False)]
)
def test_field_selectors(fields, matches):
    authorizer = engine(policy(rules=[{**PODS, "fieldSelector": "spec.nodeName=n1"}]))
    assert (decision(authorizer, verb="list", fields=fields) is Decision.ALLOW) is matches


@pytest.mark.parametrize(
    ("now", "matches"),
    [
        (datetime(2026, 5, 31, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 1, tzinfo=UTC), True),
        (datetime(2026, 6, 1, 23, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2026, 6, 2, tzinfo=UTC), False),
    ],
)
@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"), ("2026-06-01T05:30:00+05:30", "2026-06-01T16:00:00-08:00")],
)
def test_time(now, matches, start, end):
    limited = policy(notBefore=start, notAfter=end)
    assert (decision(engine(limited, now=now)) is Decision.ALLOW) is matches


def test_paths():
    authorizer = engine(policy(rules=[{"verbs": ["get"], "nonResourceURLs": ["/logs/*"]}]))
    assert decision(authorizer, path="/logs/x") is Decision.ALLOW
    assert decision(authorizer, path="/metrics") is Decision.NO_OPINION


def test_a_verdict_does_not_outlive_its_time():
    clock = [datetime(2026, 6, 1, tzinfo=UTC)]
    limited = policy(effect="Deny", notAfter="2026-06-02T00:00:00Z")
    authorizer = AccessPolicyAuthorizer([policy("yes"), limited], compile_condition, now=lambda: clock[0])
    assert decision(authorizer) is Decision.DENY
    clock[0] = datetime(2026, 6, 2, tzinfo=UTC)
    assert decision(authorizer) is Decision.ALLOW


def test_conditions_must_all_hold():
    authorizer = engine(policy(when=["request.user == 'alice'", "'x' in request.groups"]))
    assert decision(authorizer, groups=["x"]) is Decision.ALLOW
    assert decision(authorizer) is Decision.NO_OPINION


def test_a_condition_that_cannot_be_evaluated_never_allows_and_always_denies():
    broken = "request.nonResourceAttributes.path == '/x'"
    assert decision(engine(policy(when=[broken]))) is Decision.NO_OPINION
    verdict = engine(policy(effect="Deny", when=[broken])).authorize(ask())
    assert verdict.decision is Decision.DENY
    assert verdict.errors


def test_break_glass_is_never_denied():
    authorizer = engine(
        policy("glass", subjects=[user("root")], breakGlass=True), policy("no", "Deny", subjects=[group("all")])
    )
    assert decision(authorizer, who="root", groups=["all"]) is Decision.ALLOW
    assert decision(authorizer, who="other", groups=["all"]) is Decision.DENY


def test_a_deny_that_names_break_glass_is_not_loaded():
    with pytest.raises(InvalidInput, match="names as break-glass"):
        engine(policy("glass", subjects=[user("root")], breakGlass=True), policy("no", "Deny", subjects=[user("*")]))
    engine(
        policy("glass", subjects=[user("root")], breakGlass=True),
        policy("no", "Deny", subjects=[user("*")], exceptSubjects=[user("root")]),
    )


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"effect": "Maybe"}, "spec.effect"),
        ({"subjects": []}, "spec.subjects"),
        ({"subjects": [{"kind": "User", "name": "a", "namespace": "n"}]}, "namespace is required for a ServiceAccount"),
        ({"rules": [{"verbs": ["get"]}]}, "exactly one of resources and nonResourceURLs"),
        ({"rules": [{"verbs": ["get"], "resources": ["pods"]}]}, "apiGroups must be given"),
        ({"rules": [{**PODS, "verb": ["x"]}]}, "spec.rules[0].verb"),
        ({"effect": "Deny", "breakGlass": True}, "effect Allow only"),
        ({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"], "resourceNames": ["a"]}]}, "a rule about paths"),
        ({"breakGlass": True, "subjects": [{"kind": "User", "name": "a"}, {"kind": "User", "name": "b*"}]}, "named exactly"),
        ({"breakGlass": True, "subjects": [{"kind": "User", "name": "*"}]}, "named exactly"),
        ({"notBefore": "2026-01-01T00:00:00"}, "time zone"),
        ({"notAfter": "2026-01-01"}, "time zone"),
        ({"notAfter": 20270101}, "must be a text of RFC 3339"),
        ({"notAfter": "20270101"}, "must be of RFC 3339"),
        ({"notAfter": "2026-01-01T24:00:00Z"}, "hour out of range"),
        ({"notAfter": "2026-02-30T00:00:00Z"}, "day out of range"),
        ({"notAfter": "0000-01-01T00:00:00+23:00"}, "RFC 3339"),
        ({"breakGlass": "yes"}, "valid boolean"),
        ({"breakGlass": 1}, "valid boolean"),
        ({"rules": [{**PODS, "labelSelector": {"matchLabel": {"a": "b"}}}]}, "labelSelector: matchLabel"),
        ({"rules": [{**PODS, "labelSelector": {"matchLabels": {"a": 1}}}]}, "matchLabels.a"),
        ({"rules": [{**PODS, "labelSelector": {"matchLabels": None}}]}, "matchLabels"),
        ({"rules": [{**PODS, "labelSelector": {"matchExpressions": {"key": "a"}}}]}, "matchExpressions"),
        ({"rules": [{**PODS, "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Gt"}]}}]}, "operator"),
        ({"rules": [{**PODS, "fieldSelector": ","}]}, "selects by no field"),
        ({"rules": [{**PODS, "fieldSelector": "=x"}]}, "selects by no field"),
        ({"rules": [{**PODS, "resources": ["pods/*"]}]}, "* stands only for all resources"),
        ({"rules": [{**PODS, "resources": ["po*"]}]}, "* stands only for all resources"),
        ({"rules": [{**PODS, "resources": ["*/*"]}]}, "* stands only for all resources"),
        ({"rules": [{**PODS, "apiGroups": ["*.k8s.io"]}]}, "* stands only for all"),
        ({"rules": [{**PODS, "verbs": ["delete*"]}]}, "* stands only for all"),
        ({"rules": [{**PODS, "verbs": [""]}]}, "at least 1 character"),
        ({"rules": [{**PODS, "verbs": ["GET"]}]}, "'GET': requests have only lower case letters there"),
        ({"rules": [{**PODS, "resources": ["Pods"]}]}, "lower case"),
        ({"rules": [{**PODS, "apiGroups": ["Apps"]}]}, "lower case"),
        ({"rules": [{**PODS, "resourceNames": ["web-*"]}]}, "patterns go into resourceNamePatterns"),
        ({"rules": [{**PODS, "resourceNames": [""]}]}, "at least 1 character"),
        ({"rules": [{**PODS, "resourceNamePatterns": [""]}]}, "at least 1 character"),
        ({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/logs/*/x"]}]}, "* stands for the end of a path"),
        ({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}], "namespaces": ["shop"]}, "in no namespace"),
        ({"notBefore": "2026-01-02T00:00:00Z", "notAfter": "2026-01-01T00:00:00Z"}, "notBefore must be before"),
        ({"when": ["request.nobody == 'x'"]}, "undefined field"),
    ],
)
def test_wrong_policies_are_not_loaded(wrong, part):
    made = policy()
    made["spec"] |= wrong
    with pytest.raises(InvalidInput) as caught:
        engine(made)
    assert part in str(caught.value)


def test_verbs_and_resources_of_others_may_have_any_letters():
    engine(policy(rules=[{"verbs": ["doThis"], "apiGroups": ["x.io"], "resources": ["services/queueLength", "someMetric"]}]))


def test_a_policy_has_a_name():
    with pytest.raises(InvalidInput, match=r"metadata\.name is missing"):
        engine({**policy(), "metadata": {}})


def test_paths_go_with_the_pattern_of_all_namespaces():
    rule = {"verbs": ["get"], "nonResourceURLs": ["/logs/*", "*"]}
    assert decision(engine(policy(rules=[rule], namespaces=["*"])), path="/x") is Decision.ALLOW


def test_the_version_of_the_kind_counts():
    with pytest.raises(InvalidInput, match="apiVersion must be"):
        engine({**policy(), "apiVersion": "policy.kubegate.dev/v2"})
    with pytest.raises(InvalidInput, match="unknown field status"):
        engine({**policy(), "status": {}})


def test_patterns_are_literal_but_for_the_star():
    assert glob("a.b*c").fullmatch("a.b\nxc")
    assert not glob("a.b").fullmatch("axb")
    assert glob("*a**b*c*").fullmatch("xaybzcc")
    assert not glob("a*b*b").fullmatch("ab")


@pytest.mark.parametrize(
    ("labels", "denied"),
    [([("team", "a")], True), ([("team", "a", "z")], True), ([("tier", "x")], True), (None, True), ([("team", "z")], False)],
)
def test_a_deny_holds_unless_the_request_selects_nothing_of_it(labels, denied):
    authorizer = engine(policy(effect="Deny", rules=[{**PODS, "labelSelector": {"matchLabels": {"team": "a"}}}]))
    assert (decision(authorizer, verb="list", labels=labels) is Decision.DENY) is denied


ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


@pytest.mark.parametrize(
    ("request_", "denied"),
    [
        ({"verb": "list"}, True),
        ({"verb": "watch"}, True),
        ({"verb": "deletecollection"}, True),
        ({"verb": "get", "name": "x"}, True),
        ({"verb": "create"}, True),
        ({"verb": "list", "namespace": "other"}, False),
        ({"verb": "list", "resource": "nodes"}, False),
        ({"verb": "list", "resource": "gadgets"}, True),
        ({"verb": "get", "resource": "gadgets", "name": "x"}, False),
        ({"verb": "list", "fields": [("metadata.namespace", "shop")]}, True),
        ({"verb": "list", "fields": [("metadata.namespace", "other")]}, False),
        ({"verb": "list", "fields": [("spec.nodeName", "other")]}, True),
    ],
)
def test_a_deny_in_a_namespace_is_not_evaded_over_all_of_them(request_, denied):
    """A kind that nobody knows (gadgets) may be one of namespaces, or of none."""
    request = {"namespace": "", **request_}
    for names in (["shop"], ["sh*"]):
        assert (decision(engine(policy(effect="Deny", rules=[ALL], namespaces=names)), **request) is Decision.DENY) is denied
        assert decision(engine(policy(rules=[ALL], namespaces=names)), **request) is Decision.NO_OPINION


@pytest.mark.parametrize(
    ("values", "denied"), [(("shop",), True), (("shop", "shop-2"), False), (("shop-2", "x", "shop"), False), ((), True)]
)
def test_a_list_that_leaves_out_the_namespaces_of_a_deny_meets_none_of_it(values, denied):
    left_out = tuple(SelectorRequirement("metadata.namespace", "NotIn", (value,)) for value in values)
    listing = replace(ask(verb="list", namespace=""), field_requirements=left_out)
    authorizer = engine(policy(effect="Deny", namespaces=["shop", "shop-2"]))
    assert (authorizer.authorize(listing).decision is Decision.DENY) is denied


@pytest.mark.parametrize(
    ("request_", "denied"),
    [
        ({"verb": "list"}, True),
        ({"verb": "watch"}, True),
        ({"verb": "deletecollection"}, True),
        ({"verb": "list", "name": "web-1"}, True),
        ({"verb": "list", "name": "other"}, False),
        ({"verb": "get", "name": "other"}, False),
        ({"verb": "create"}, False),
    ],
)
def test_a_deny_of_names_is_not_evaded_by_a_list(request_, denied):
    for names in ({"resourceNames": ["web-1"]}, {"resourceNamePatterns": ["web-*"]}):
        authorizer = engine(policy(effect="Deny", rules=[{**PODS, "verbs": ["*"], **names}]))
        assert (decision(authorizer, **request_) is Decision.DENY) is denied


def test_rules_are_those_of_what_allows_there():
    paths = {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}
    named = {**PODS, "resourceNames": ["web"]}
    authorizer = engine(
        policy("a", rules=[named, paths]),
        policy("b", namespaces=["other"]),
        policy("c", subjects=[user("bob")]),
        policy("d", notAfter="2026-01-01T00:00:00Z"),
    )
    rules = authorizer.rules_for(User("alice"), "shop")
    assert (rules.resource_rules, rules.non_resource_rules, rules.incomplete) == ((named,), (paths,), False)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"effect": "Deny"}, 'AccessPolicy "p" denies some of it'),
        ({"when": ["true"]}, 'AccessPolicy "p" allows more under conditions'),
        ({"rules": [{**PODS, "resourceNamePatterns": ["web-*"]}]}, 'AccessPolicy "p" allows more under conditions'),
        ({"rules": [{**PODS, "fieldSelector": "spec.nodeName=n"}]}, 'AccessPolicy "p" allows more under conditions'),
    ],
)
def test_what_rules_cannot_say_makes_the_list_incomplete(more, text):
    rules = engine(policy(**more)).rules_for(User("alice"), "shop")
    assert (rules.resource_rules, rules.incomplete, rules.errors) == ((), True, (text,))
    assert not engine(policy(**more)).rules_for(User("bob"), "shop").incomplete


def test_rules_without_conditions_are_listed_beside_others():
    limited = {**PODS, "fieldSelector": "spec.nodeName=n"}
    rules = engine(policy(rules=[limited, PODS])).rules_for(User("alice"), "shop")
    assert (rules.resource_rules, rules.errors) == ((PODS,), ('AccessPolicy "p" allows more under conditions',))
