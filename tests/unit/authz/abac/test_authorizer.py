"""Which policies match which requests."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy, policy_from
from kubegate.authz.interface import Attributes, Decision
from kubegate.errors import Location

ALICE = User.of("alice", ["devs", "system:authenticated"])
NOBODY = User.of("system:anonymous", ["system:unauthenticated"])


def get_pod(user: User = ALICE, **more: str) -> Attributes:
    return Attributes(user, **{"verb": "get", "resource": "pods", "namespace": "n1", **more})


def path(where: str, verb: str = "get") -> Attributes:
    return Attributes(ALICE, verb, is_resource=False, path=where)


def v1beta1(**spec: object) -> Policy:
    document = {"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": spec}
    return policy_from(document, Location())


def v0(**fields: object) -> Policy:
    return policy_from(dict(fields), Location())


ANY = {"namespace": "*", "resource": "*", "apiGroup": "*"}

TABLE = [
    # policy, request, allowed
    (v1beta1(user="alice", **ANY), get_pod(), True),
    (v1beta1(user="bob", **ANY), get_pod(), False),
    (v1beta1(group="devs", **ANY), get_pod(), True),
    (v1beta1(group="ops", **ANY), get_pod(), False),
    (v1beta1(user="alice", group="devs", **ANY), get_pod(), True),
    (v1beta1(user="bob", group="devs", **ANY), get_pod(), False),
    (v1beta1(**ANY), get_pod(), False),  # neither user nor group
    (v1beta1(user="*", **ANY), get_pod(), True),
    (v1beta1(user="*", **ANY), get_pod(NOBODY), False),  # `*` means everybody authenticated
    (v1beta1(user="bob", group="*", **ANY), get_pod(), True),  # and drops the user condition
    (v1beta1(user="alice", namespace="n1", resource="pods"), get_pod(), True),
    (v1beta1(user="alice", namespace="n1", resource="pods"), get_pod(group="apps"), False),  # unset is the core group
    (v1beta1(user="alice", resource="pods"), get_pod(), False),  # unset namespace matches only the empty one
    (v1beta1(user="alice", readonly=True, **ANY), get_pod(verb="watch"), True),
    (v1beta1(user="alice", readonly=True, **ANY), get_pod(verb="delete"), False),
    (v1beta1(user="alice", namespace="n1", resource="pods"), get_pod(subresource="log"), True),  # subresources are ignored
    (v1beta1(user="alice", **ANY), path("/healthz"), False),
    (v1beta1(user="alice", nonResourcePath="*"), path("/healthz"), True),
    (v1beta1(user="alice", nonResourcePath="/api/*"), path("/api/x"), True),
    (v1beta1(user="alice", nonResourcePath="/api/*"), path("/api"), False),
    (v1beta1(user="alice", nonResourcePath="/healthz"), path("/healthz/x"), False),
    (v0(), get_pod(), True),  # old lines: nothing set means everybody authenticated and everything
    (v0(), get_pod(NOBODY), False),
    (v0(user="alice"), path("/any"), True),
    (v0(user="alice", namespace="n1"), path("/any"), False),
    (v0(user="alice", namespace="n2"), get_pod(), False),
    (v0(user="alice", resource="pods", readonly=True), get_pod(group="apps"), True),
]


@pytest.mark.parametrize(("policy", "request_", "allowed"), TABLE)
def test_matching(policy: Policy, request_: Attributes, allowed: bool) -> None:
    verdict = AbacAuthorizer([policy]).authorize(request_)
    assert verdict.allowed is allowed
    assert verdict.reason == ("" if allowed else "No policy matched.")
    assert verdict.decision is (Decision.ALLOW if allowed else Decision.NO_OPINION)


def test_rules_are_listed_in_file_order_for_the_namespace() -> None:
    authorizer = AbacAuthorizer(
        [
            v1beta1(group="devs", namespace="*", resource="pods", readonly=True),
            v1beta1(user="alice", namespace="n1", resource="secrets"),
            v1beta1(user="alice", namespace="n2", resource="nodes"),
            v1beta1(user="alice", namespace="n1", nonResourcePath="/x"),
        ]
    )
    rules = authorizer.rules_for(ALICE, "n1")
    assert [rule["resources"] for rule in rules.resource_rules] == [["pods"], ["secrets"]]
    assert rules.resource_rules[0]["verbs"] == ["get", "list", "watch"]
    assert rules.non_resource_rules == ({"verbs": ["*"], "nonResourceURLs": ["/x"]},)


def test_the_deciding_line_is_named() -> None:
    policy = policy_from({"user": "alice"}, Location("policy.jsonl", 7))
    verdict = AbacAuthorizer([policy]).authorize(get_pod())
    assert verdict.determined_by is not None
    assert verdict.determined_by.locations == (Location("policy.jsonl", 7),)
