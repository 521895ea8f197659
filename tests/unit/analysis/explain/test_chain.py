"""Explanations of chains: webhooks that fail, deny or are left out, nodes, AccessPolicies alone, grants before a denial."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Authorizer, Decision, SelectorRequirement
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.webhook.authorizer import WebhookAuthorizer, WebhookSettings
from kubegate.bundle.state import ClusterState, Origin, Source
from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.exchange import Answer
from kubegate.outbound.kubeconfig import Remote

RBAC = "rbac.authorization.k8s.io"


def ask(verb: str = "get", resource: str = "pods", user: str = "alice", name: str = "", **more: Any) -> Attributes:
    return Attributes(User(user, groups=more.pop("groups", ())), verb, True, "", "*", resource, "", "shop", name, **more)


class Service(Client):
    """A webhook that gives one answer, or none; counts how often it was asked."""

    def __init__(self, **status: Any) -> None:
        self.remote, self.timeout = Remote("https://me:secret@hook.example/path"), 1.0
        self.status, self.asked = status, 0

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        self.asked += 1
        if not self.status:
            raise Unavailable("connection refused")
        return Answer(200, json.dumps({**json.loads(body), "status": self.status}).encode(), {})


def webhook(service: Service, *conditions: str, failure: Decision = Decision.NO_OPINION) -> WebhookAuthorizer:
    settings = WebhookSettings("hook", "v1", 0, 0, 1, failure)
    return WebhookAuthorizer(settings, service, [compile_condition(text) for text in conditions])


def explained(attributes: Attributes, *members: Authorizer, rbac: RbacAuthorizer | None = None) -> Explanation:
    return explain(Chain(members), rbac or RbacAuthorizer(), attributes)


def granting(user: str = "alice") -> RbacAuthorizer:
    """Allows to get pods in the namespace."""
    role = {
        "kind": "Role",
        "metadata": {"name": "r", "namespace": "shop"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    }
    binding = {
        "kind": "RoleBinding",
        "metadata": {"name": "b", "namespace": "shop"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": user}],
    }
    return RbacAuthorizer([role, binding])


def test_a_webhook_is_asked_once_and_not_at_all_after_a_decision() -> None:
    service = Service(allowed=False, reason="who?")
    rbac = RbacAuthorizer()
    found = explained(ask(), webhook(service), rbac, AbacAuthorizer([]), rbac=rbac)
    assert (found.allowed, service.asked) == (False, 1)  # though two changes were tried
    assert [opinion.why for opinion in found.opinions] == ["who?", "", "No policy matched."]
    rbac, service = granting(), Service(denied=True)
    found = explained(ask(), rbac, webhook(service), rbac=rbac)
    assert (found.allowed, service.asked) == (True, 0)
    assert found.to_object()["authorizers"][1] == {"name": "Webhook hook", "asked": False}


def test_what_denies_and_cannot_be_asked_is_told_with_what_the_others_would_say() -> None:
    rbac = granting()
    found = explained(ask(), webhook(Service(), failure=Decision.DENY), rbac, rbac=rbac)
    (miss,) = found.misses
    assert miss.text == "Webhook hook cannot be asked, and its failurePolicy is Deny: connection refused"
    assert miss.remedy == "make it reachable; with NoOpinion the others would allow it"
    assert (found.changes, found.undecided) == ((), False)


def test_nobody_allows_and_somebody_could_not_be_asked() -> None:
    found = explained(ask(), webhook(Service()))
    assert found.undecided
    assert found.to_object()["errors"] == ["connection refused"]
    assert found.misses[0].text.endswith("its failurePolicy is NoOpinion: it might allow or deny: connection refused")


def test_a_condition_that_leaves_the_request_out_is_shown() -> None:
    service = Service(allowed=True)
    found = explained(ask(), webhook(service, "request.user != ''", "request.user == 'bob'"))
    assert found.opinions[0].why == "matchConditions[1] excludes the request: request.user == 'bob'"
    assert (service.asked, found.misses) == (0, ())


def test_a_condition_that_cannot_be_evaluated_is_no_outage() -> None:
    (miss,) = explained(ask(), webhook(Service(allowed=True), "request.nonResourceAttributes.path == '/x'")).misses
    assert "cannot evaluate its match conditions" in miss.text
    assert miss.remedy == "mend its matchConditions"


def test_the_address_of_a_service_is_shown_without_credentials() -> None:
    opinion = explained(ask(), webhook(Service(allowed=True))).opinions[0]
    assert opinion.note == "asked at https://hook.example/path"


@pytest.mark.parametrize("kind", ["RBAC", "ABAC"])
def test_a_grant_before_the_one_that_denies_is_proposed_and_says_so(kind: str) -> None:
    rbac, denying = RbacAuthorizer(), webhook(Service(denied=True, reason="no"))
    before = rbac if kind == "RBAC" else AbacAuthorizer([])
    (change,) = explained(ask(), before, denying, rbac=rbac).changes
    assert change.authorizer == kind
    assert change.note.startswith(f"{kind} is asked before Webhook hook, which denies")


def test_no_grant_after_the_one_that_denies_is_proposed() -> None:
    rbac, denying = RbacAuthorizer(), webhook(Service(denied=True, reason="no"))
    found = explained(ask(), denying, rbac, AbacAuthorizer([]), rbac=rbac)
    assert found.changes == ()
    assert [miss.kind for miss in found.misses] == ["webhook"]
    assert found.misses[0].remedy.endswith("none of the others would allow it either")


def access(*policies: Object) -> AccessPolicyAuthorizer:
    return AccessPolicyAuthorizer(policies, compile_condition)


def policy(effect: str, name: str = "p") -> Object:
    return {
        "apiVersion": "policy.kubegate.dev/v1alpha1",
        "kind": "AccessPolicy",
        "metadata": {"name": name},
        "spec": {
            "effect": effect,
            "subjects": [{"kind": "Group", "name": "devs"}],
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
        },
    }


@pytest.mark.parametrize(
    "attributes",
    [
        ask(name="web"),
        ask("create"),
        Attributes(User("alice"), "get", resource="nodes"),
        Attributes(User("alice"), "get", False, path="/x"),
        ask(user="system:serviceaccount:ci:a"),
    ],
)
def test_access_policies_alone_are_told_one_more(attributes: Attributes) -> None:
    taken = policy("Allow", "get-pods-web")
    (change,) = explained(attributes, access(taken)).changes
    (more,) = change.objects
    assert more["metadata"]["name"] != "get-pods-web"
    assert access(taken, more).authorize(attributes).allowed
    other = Attributes(User("bob"), attributes.verb, attributes.is_resource, resource="pods", namespace="shop", path="/x")
    assert not access(taken, more).authorize(other).allowed


def test_a_deny_is_lifted_together_with_a_line_where_abac_grants() -> None:
    attributes = ask(groups=("devs",))
    (change,) = explained(attributes, access(policy("Deny")), AbacAuthorizer([], file="a.jsonl")).changes
    lifted, line = change.objects
    assert (change.authorizer, change.file, line) == ("ABAC", "a.jsonl", json.loads(change.line))
    assert lifted["spec"]["exceptSubjects"] == [{"kind": "User", "name": "alice"}]


def test_a_deny_is_lifted_together_with_one_more_policy_where_nothing_else_grants() -> None:
    attributes = ask(groups=("devs",))
    (change,) = explained(attributes, access(policy("Deny"))).changes
    assert access(*change.objects).authorize(attributes).allowed


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"nodeName": "n1", "volumes": [{"secret": {"secretName": "s"}}, {"persistentVolumeClaim": {"claimName": "c"}}]},
}
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "v"},
    "spec": {"claimRef": {"namespace": "shop", "name": "c"}, "csi": {"driver": "d", "volumeHandle": "h"}},
}


def of_node(node: str, verb: str, resource: str, name: str = "", groups: tuple[str, ...] = ("system:nodes",)) -> Explanation:
    state = ClusterState()
    for number, obj in enumerate((POD, VOLUME)):
        state.add(obj, Origin(Source("pods.yaml", b""), 0, line=10 * number + 1))
    namespace = "" if resource == "persistentvolumes" else "shop"
    attributes = Attributes(User(node, groups=groups), verb, True, "", "*", resource, "", namespace, name)
    return explain(Chain([NodeAuthorizer(state)]), RbacAuthorizer(), attributes, state)


@pytest.mark.parametrize(
    ("resource", "name"), [("secrets", "s"), ("persistentvolumes", "v"), ("persistentvolumeclaims", "c")]
)
def test_what_ties_an_object_to_a_node_is_shown(resource: str, name: str) -> None:
    found = of_node("system:node:n1", "get", resource, name)
    assert found.allowed
    assert found.opinions[0].note == "needed by Pod shop/web on the node"
    assert [str(place) for place in found.opinions[0].places] == ["pods.yaml:1"]
    (miss,) = of_node("system:node:n2", "get", resource, name).misses
    assert miss.kind == "relation"
    assert miss.text == "Node allows it to nodes that need it: that is Pod shop/web on node n1, nothing on node n2"
    assert [str(place) for place in miss.locations] == ["pods.yaml:1"]


@pytest.mark.parametrize(
    ("node", "groups", "request_", "kind", "remedy"),
    [
        ("system:node:n1", (), ("get", "secrets", "s"), "subject", "ask with --as-group system:nodes"),
        ("n1", ("system:nodes",), ("get", "secrets", "s"), "subject", "name the user system:node:n1"),
        ("system:node:n1", ("system:nodes",), ("get", "secrets", "t"), "relation", "bind a pod that needs it to node n1"),
        ("system:node:n1", ("system:nodes",), ("list", "pods"), "selector", "--field-selector spec.nodeName=n1"),
    ],
)
def test_what_a_node_lacks(node: str, groups: tuple[str, ...], request_: tuple[str, ...], kind: str, remedy: str) -> None:
    (miss,) = of_node(node, *request_, groups=groups).misses
    assert (miss.kind, miss.authorizer) == (kind, "Node")
    assert remedy in miss.remedy


@pytest.mark.parametrize(
    ("node", "request_"),
    [
        ("alice", ("get", "secrets", "s")),
        ("system:node:n2", ("delete", "secrets", "s")),
        ("system:node:n1", ("get", "roles")),
    ],
)
def test_what_no_node_may_is_no_near_miss(node: str, request_: tuple[str, ...]) -> None:
    groups = ("system:nodes",) if node.startswith("system:") else ()
    assert of_node(node, *request_, groups=groups).misses == ()


def test_a_policy_limited_by_labels_cannot_be_met_by_a_get() -> None:
    limited = policy("Allow")
    limited["spec"]["rules"][0] |= {"verbs": ["get", "list"], "labelSelector": {"matchLabels": {"a": "b"}}}
    (got,) = explained(ask(groups=("devs",)), access(limited)).misses
    (listed,) = explained(ask("list", groups=("devs",)), access(limited)).misses
    assert got.remedy == "get carries no selector: remove labelSelector from rules[0] of AccessPolicy p"
    assert listed.remedy.startswith("ask with a label selector within")
    within = ask("list", groups=("devs",), label_requirements=(SelectorRequirement("a", "In", ("b",)),))
    assert explained(within, access(limited)).allowed
