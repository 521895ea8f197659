"""AccessPolicy: grants, denials, and what stands behind the glass."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubegate.api.user import User
from kubegate.authz.access_policy.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access_policy.patterns import matches, overlap
from kubegate.authz.interface import Attributes, Decision, SelectorRequirement
from kubegate.errors import InvalidInput

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALICE = {"kind": "User", "name": "alice"}
DEVS = {"kind": "Group", "name": "devs"}
PODS = {"verbs": ["get", "list", "delete"], "apiGroups": [""], "resources": ["pods"]}


def policy(effect: str, subject: dict[str, str], rule: dict[str, Any], name: str = "p", **more: Any) -> dict[str, Any]:
    spec = {"effect": effect, "subjects": [subject], "rules": [rule], **more}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": spec}


def glass(*subjects: dict[str, str]) -> dict[str, Any]:
    spec = {"subjects": list(subjects)}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "BreakGlass", "metadata": {"name": "g"}, "spec": spec}


def decide(*objects: dict[str, Any], user: str = "alice", groups: tuple[str, ...] = ("devs",), **request: Any) -> Decision:
    asked = {"verb": "get", "resource": "pods", "namespace": "prod", "name": "web-1", **request}
    authorizer = AccessPolicyAuthorizer(objects, now=lambda: NOW)
    return authorizer.authorize(Attributes(User.of(user, groups), **asked)).decision


ALLOW, DENY, NONE = Decision.ALLOW, Decision.DENY, Decision.NO_OPINION


@pytest.mark.parametrize(
    ("objects", "request_", "decision"),
    [
        ([policy("Allow", ALICE, PODS)], {}, ALLOW),
        ([policy("Allow", ALICE, PODS)], {"user": "bob", "groups": ()}, NONE),
        ([policy("Allow", DEVS, PODS)], {"user": "bob"}, ALLOW),
        ([policy("Allow", {"kind": "User", "name": "al*"}, PODS)], {}, ALLOW),
        ([policy("Allow", {"kind": "ServiceAccount", "namespace": "ci", "name": "*"}, PODS)], {"user": "ci"}, NONE),
        (
            [policy("Allow", {"kind": "ServiceAccount", "namespace": "ci", "name": "*"}, PODS)],
            {"user": "system:serviceaccount:ci:bot"},
            ALLOW,
        ),
        ([policy("Allow", ALICE, PODS)], {"verb": "create"}, NONE),
        ([policy("Allow", ALICE, {**PODS, "namespaces": ["dev-*"]})], {}, NONE),
        ([policy("Allow", ALICE, {**PODS, "namespaces": ["pr*"]})], {}, ALLOW),
        ([policy("Allow", ALICE, {**PODS, "resourceNames": ["web-*"]})], {}, ALLOW),
        ([policy("Allow", ALICE, {**PODS, "resourceNames": ["web-*"]})], {"name": ""}, NONE),
        ([policy("Allow", ALICE, PODS), policy("Deny", DEVS, PODS)], {}, DENY),
        ([policy("Deny", DEVS, PODS), policy("Allow", ALICE, PODS)], {}, DENY),
        ([policy("Deny", DEVS, {**PODS, "verbs": ["delete"]}), policy("Allow", ALICE, PODS)], {}, ALLOW),
        ([policy("Allow", ALICE, PODS, notBefore="2026-07-01T00:00:00Z")], {}, NONE),
        ([policy("Allow", ALICE, PODS, notAfter="2026-06-01T00:00:00Z")], {}, NONE),
        ([policy("Allow", ALICE, PODS, notAfter="2026-06-02T00:00:00Z")], {}, ALLOW),
        ([policy("Allow", ALICE, PODS, when=["request.resourceAttributes.namespace == 'prod'"])], {}, ALLOW),
        ([policy("Allow", ALICE, PODS, when=["'ops' in request.groups"])], {}, NONE),
        ([policy("Allow", ALICE, PODS, when=["request.extra['x'][0] == 'y'"])], {}, NONE),  # an error never grants
        ([policy("Deny", ALICE, PODS, when=["request.extra['x'][0] == 'y'"])], {}, DENY),  # and never spares
        ([policy("Deny", DEVS, PODS), glass(ALICE)], {}, NONE),
        ([policy("Deny", {"kind": "User", "name": "*"}, PODS), glass(ALICE)], {}, NONE),
        ([policy("Deny", {"kind": "User", "name": "*"}, PODS), glass(ALICE)], {"user": "bob"}, DENY),
        ([policy("Allow", ALICE, {"verbs": ["get"], "nonResourceURLs": ["/metrics*"]})], {}, NONE),
    ],
)
def test_decisions(objects: list[dict[str, Any]], request_: dict[str, Any], decision: Decision) -> None:
    assert decide(*objects, **request_) is decision


APP = {"labelSelector": {"matchLabels": {"app": "web"}}}


@pytest.mark.parametrize(
    ("effect", "asked", "decision"),
    [
        ("Allow", None, NONE),  # everything is more than app=web
        ("Allow", (SelectorRequirement("app", "In", ("web",)),), ALLOW),
        ("Allow", (SelectorRequirement("app", "In", ("web", "db")),), NONE),
        ("Allow", (SelectorRequirement("app", "In", ("web",)), SelectorRequirement("x", "Exists")), ALLOW),
        ("Deny", None, DENY),  # everything holds app=web
        ("Deny", (SelectorRequirement("app", "In", ("db",)),), NONE),
        ("Deny", (SelectorRequirement("app", "In", ("web", "db")),), DENY),
        ("Deny", (SelectorRequirement("app", "DoesNotExist"),), NONE),
    ],
)
def test_selectors(effect: str, asked: Any, decision: Decision) -> None:
    assert decide(policy(effect, ALICE, {**PODS, **APP}), verb="list", name="", label_requirements=asked) is decision


def test_field_selectors() -> None:
    rule = {**PODS, "fieldSelector": "spec.nodeName=n1"}
    asked = (SelectorRequirement("spec.nodeName", "In", ("n1",)),)
    assert decide(policy("Allow", ALICE, rule), verb="list", name="", field_requirements=asked) is ALLOW
    assert decide(policy("Allow", ALICE, rule), verb="list", name="") is NONE


def test_reason_and_determinant_name_the_policy() -> None:
    verdict = AccessPolicyAuthorizer([policy("Deny", ALICE, PODS, "no-pods")]).authorize(
        Attributes(User.of("alice"), "get", resource="pods")
    )
    assert verdict.reason == 'AccessPolicy: denied by "no-pods"'
    assert verdict.determined_by is not None
    assert verdict.determined_by.text == "AccessPolicy no-pods"


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([policy("Deny", ALICE, PODS), glass({"kind": "User", "name": "al*"})], "behind the glass"),
        ([policy("Permit", ALICE, PODS)], "spec.effect"),
        ([policy("Allow", {"kind": "Usr", "name": "a"}, PODS)], "spec.subjects.0.kind"),
        ([policy("Allow", {"kind": "ServiceAccount", "name": "a"}, PODS)], "namespace is required"),
        ([policy("Allow", ALICE, {"verbs": ["get"]})], "exactly one of resources and nonResourceURLs"),
        ([policy("Allow", ALICE, {**PODS, "verb": ["get"]})], "spec.rules.0.verb"),
        ([policy("Allow", ALICE, PODS, when=["request.nope"])], "spec.when[0]: compilation failed"),
        ([policy("Allow", ALICE, PODS, notBefore="2026-01-01T00:00:00")], "times need a zone"),
    ],
)
def test_what_is_wrong_is_not_loaded(objects: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        AccessPolicyAuthorizer(objects)
    assert message in str(error.value)


texts = st.text("ab*", max_size=5)


@given(texts, texts, st.text("ab", max_size=6))
def test_overlap_is_what_both_match(one: str, other: str, name: str) -> None:
    if matches(one, name) and matches(other, name):
        assert overlap(one, other)


@given(texts, st.text("ab", max_size=5))
def test_overlap_with_a_name_is_matching(pattern: str, name: str) -> None:
    assert overlap(pattern, name) is matches(pattern, name)
