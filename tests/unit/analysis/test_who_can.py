"""who-can over every authorizer: who may, who is denied, and what cannot be told."""

from __future__ import annotations

from kubegate.analysis.matrix.elsewhere import is_pattern, named_elsewhere
from kubegate.analysis.matrix.subjects import Who, subjects
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.analysis.who_can import holders, who_may
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.always import AlwaysAllow
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Decision, Verdict
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import Location

VOCABULARY = Vocabulary.of(())
SECRETS = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}


def access(*specs):
    objects = []
    for number, (effect, subject, more) in enumerate(specs):
        kind, _, name = subject.partition(" ")
        who = {"kind": kind, "name": name}
        spec = {"effect": effect, "subjects": [who], "rules": [SECRETS], **more}
        metadata = {"name": f"p{number}"}
        objects.append(
            {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": metadata, "spec": spec}
        )
    return AccessPolicyAuthorizer(objects, compile_condition)


def ask(*members, verb="get", resource="secrets", name="", namespace="shop"):
    answer = who_may(Chain(members), parse_question(verb, resource, name, VOCABULARY), namespace)
    rows = [(f"{one.kind} {one.name}", one.binding, one.effect, one.condition) for one in answer.holders[1:]]
    return rows, answer


def rbac(subject="User alice"):
    kind, _, name = subject.partition(" ")
    return RbacAuthorizer(
        [
            {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [SECRETS]},
            {
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "b"},
                "subjects": [{"kind": kind, "name": name}],
                "roleRef": {"kind": "ClusterRole", "name": "r"},
            },
        ]
    )


def test_lines_of_abac():
    policies = [
        Policy(user="bob", namespace="shop", resource="secrets", location=Location("f", 1)),
        Policy(group="ops", namespace="*", resource="*", readonly=True, location=Location("f", 2)),
        Policy(user="system:serviceaccount:ci:bot", group="g", namespace="*", resource="*", location=Location("f", 3)),
        Policy(user="eve", namespace="other", resource="secrets", location=Location("f", 4)),
        Policy(namespace="*", resource="*", location=Location("f", 5)),
    ]
    rows, answer = ask(AbacAuthorizer(policies))
    assert rows == [
        ("User bob", "line 1", "Allow", ""),
        ("Group ops", "line 2", "Allow", ""),
        ("ServiceAccount bot", "line 3", "Allow", "in group g"),
    ]
    assert answer.holders[3].namespace == "ci"
    assert [str(place) for place in answer.holders[1].locations] == ["f:1"]
    assert [row[0] for row in ask(AbacAuthorizer(policies), verb="delete")[0]] == ["User bob", "ServiceAccount bot"]


def test_access_policies_that_allow_and_that_deny():
    rows, _ = ask(
        access(
            ("Deny", "User alice", {}),
            ("Allow", "User alice", {}),
            ("Allow", "User dev-*", {"exceptSubjects": [{"kind": "User", "name": "dev-0"}]}),
            ("Allow", "Group devs", {"when": ["request.user == 'x'"], "notAfter": "2999-01-01T00:00:00Z"}),
            ("Allow", "User bob", {"namespaces": ["other"]}),
            ("Allow", "User late", {"notAfter": "2000-01-01T00:00:00Z"}),
        )
    )
    assert rows == [
        ("User alice", "AccessPolicy p0", "Deny", ""),
        ("User dev-*", "AccessPolicy p2", "Allow", "except User dev-0"),
        ("Group devs", "AccessPolicy p3", "Allow", "if request.user == 'x'; until 2999-01-01T00:00:00+00:00"),
    ]


def test_who_is_denied_does_not_hold_by_rbac():
    everybody = access(("Deny", "Group system:authenticated", {}))
    assert [row[2] for row in ask(everybody, rbac())[0]] == ["Deny"]
    assert [row[2] for row in ask(everybody, rbac("Group devs"))[0]] == ["Deny"]
    assert not ask(everybody, rbac())[1].anybody
    # After RBAC it comes too late.
    assert ask(rbac(), everybody)[1].anybody
    assert [
        holder.name for holder in holders(Chain([everybody, rbac()]), parse_question("get", "secrets", "", VOCABULARY), "")
    ]


ALL = "Group system:authenticated"
SPARED = "only where AccessPolicy p0 does not deny"


def test_who_may_be_excepted_from_a_denial_is_listed_with_that():
    devs = {"exceptSubjects": [{"kind": "Group", "name": "devs"}]}
    ann = {"exceptSubjects": [{"kind": "User", "name": "ann"}]}
    for more, subject, condition in (
        (devs, "User alice", SPARED),
        (ann, "User alice", None),
        (devs, "Group ops", SPARED),
        (ann, "Group ops", SPARED),
        ({"when": ["request.user != 'ann'"]}, "Group ops", SPARED),
        ({"when": ["request.user == 'ann'"]}, "Group ops", ""),
        ({}, "Group ops", None),
    ):
        rows, answer = ask(access(("Deny", ALL, more)), rbac(subject))
        held = [row[3] for row in rows if row[2] == "Allow"]
        assert held == ([] if condition is None else [condition]), (more, subject)
        assert answer.anybody is (condition is not None)
    denying = access(("Deny", ALL, ann))
    lines = [Policy(group="ops", namespace="*", resource="*"), Policy(user="bob", group="g", namespace="*", resource="*")]
    assert [row[3] for row in ask(denying, AbacAuthorizer(lines))[0][1:]] == [SPARED]
    assert [row[3] for row in ask(denying, AlwaysAllow())[0][1:]] == [SPARED, ""]


def test_patterns_of_which_all_are_denied_are_not_listed():
    ann = {"exceptSubjects": [{"kind": "User", "name": "ann"}]}
    assert [row[2] for row in ask(access(("Deny", ALL, {}), ("Allow", "User a*", {})))[0]] == ["Deny"]
    assert [row[2] for row in ask(access(("Deny", "User *", {}), ("Allow", "User a*", {})))[0]] == ["Deny"]
    assert [row[2] for row in ask(access(("Deny", "User ab*", {}), ("Allow", "User a*", {})))[0]] == ["Deny", "Allow"]
    assert [row[3] for row in ask(access(("Deny", ALL, ann), ("Allow", "User a*", {})))[0]] == ["except User ann", SPARED]


POD = {
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "shop"},
    "spec": {"nodeName": "worker", "volumes": [{"name": "v", "secret": {"secretName": "tls"}}]},
}


def test_nodes_that_need_the_object():
    node = NodeAuthorizer([POD])
    assert ask(node, name="tls")[0] == [("Group system:nodes", "Node", "Allow", "only worker")]
    assert ask(node, name="other")[0] == []
    assert ask(node, verb="create", resource="events")[0] == [("Group system:nodes", "Node", "Allow", "")]
    assert ask(node, resource="nodes", name="me", verb="update")[0][0][3] in ("", "only me")
    assert not ask(node, name="tls")[1].anybody  # as with system:masters: they always may


def test_everybody():
    assert [row[0] for row in ask(AlwaysAllow())[0]] == ["Group system:authenticated", "Group system:unauthenticated"]


class WebhookAuthorizer:
    """As the real one is named; it must not be asked."""

    settings = None

    def authorize(self, attributes):
        raise AssertionError(attributes)


def test_webhooks_are_not_asked_but_named():
    rows, answer = ask(WebhookAuthorizer(), rbac())
    assert [row[0] for row in rows] == ["User alice"]
    assert answer.incomplete == ("Webhook: whom it allows or denies cannot be listed",)
    assert answer.to_objects()[-1] == {"incomplete": answer.incomplete[0]}


class Unknown:
    def authorize(self, attributes):
        return Verdict(Decision.NO_OPINION)


def test_an_unknown_authorizer_is_not_passed_over():
    try:
        ask(Unknown())
    except TypeError as error:
        assert "Unknown" in str(error)
    else:
        raise AssertionError("it was passed over")


def test_rows_of_the_matrix():
    abac = AbacAuthorizer([Policy(user="bob", namespace="shop"), Policy(group="ops", namespace="*")])
    policies = access(("Allow", "User dev-*", {}), ("Deny", "User eve", {"namespaces": ["a", "b-*"]}))
    found = named_elsewhere(Chain([abac, policies, rbac()]))
    assert found == {
        Who("User", "", "bob"): {"shop"},
        Who("Group", "", "ops"): {"*"},
        Who("User", "", "dev-*"): {"*"},
        Who("User", "", "eve"): {"a"},
    }
    assert [who.name for who in found if is_pattern(who)] == ["dev-*"]
    assert [who.name for who in subjects(rbac(), others=found)] == ["ops", "alice", "bob", "dev-*", "eve"]
    assert [who.name for who in subjects(rbac(), "b*", others=found)] == ["bob"]
