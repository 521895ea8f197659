"""Authorization never allows by accident: in races, on failures, on forged identities."""

from __future__ import annotations

import threading

import pytest

from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.rbac.index import RbacAuthorizer

RULES = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
ROLE = {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": RULES}


def binding(name, namespace, *users):
    return {
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "subjects": [{"kind": "User", "name": user} for user in users],
        "roleRef": {"kind": "ClusterRole", "name": "r"},
    }


def get_pods(namespace, user="u", groups=()):
    return Attributes(User(user, groups=groups), "get", resource="pods", namespace=namespace)


def test_readers_see_no_namespaces_rights_in_another_while_bindings_come_and_go():
    index = RbacAuthorizer([ROLE, binding("keep", "kept", "u")])
    wrong: list[str] = []
    stop = threading.Event()

    def read():
        while not stop.is_set():
            if not index.authorize(get_pods("kept")).allowed:
                wrong.append("lost what is kept")
            if index.authorize(get_pods("never")).allowed:
                wrong.append("got what is nowhere granted")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1500):
        index.upsert(binding("come", f"n{number % 3}", "u"))
        index.upsert(binding("keep", "kept", "u", f"v{number}"))
        index.remove("RoleBinding", f"n{number % 3}", "come")
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_a_decision_has_no_truth_value():
    for decision in Decision:
        with pytest.raises(TypeError):
            bool(decision)


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("system:serviceaccount:shop", ()),
        ("system:serviceaccount:shop:bot:x", ()),
        ("system:serviceaccount:shop:Bot", ()),
        ("System:serviceaccount:shop:bot", ()),
        ("bot", ("system:serviceaccounts:shop",)),
    ],
)
def test_names_that_look_like_a_service_account_are_not_it(name, groups):
    bound = binding("b", "shop")
    bound["subjects"] = [{"kind": "ServiceAccount", "name": "bot", "namespace": "shop"}]
    index = RbacAuthorizer([ROLE, bound])
    assert not index.authorize(get_pods("shop", name, groups)).allowed
    assert index.authorize(get_pods("shop", "system:serviceaccount:shop:bot")).allowed


@pytest.mark.parametrize(
    "name", ["system:node:n1 ", "system:node:N1", "system:node:n1/", "xsystem:node:n1", "system:node:n1\n"]
)
def test_names_that_look_like_a_node_are_not_it(name):
    pod = {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "a"},
        "spec": {"nodeName": "n1", "volumes": [{"secret": {"secretName": "s"}}]},
    }
    authorizer = NodeAuthorizer([pod])
    asked = Attributes(User(name, groups=("system:nodes",)), "get", resource="secrets", namespace="a", name="s")
    assert not authorizer.authorize(asked).allowed


def test_wildcards_in_a_request_are_ordinary_texts():
    index = RbacAuthorizer([ROLE, binding("b", "shop", "u")])
    for verb, resource, group in (("*", "pods", ""), ("get", "*", ""), ("get", "pods", "*")):
        asked = Attributes(User("u"), verb, True, group, "*", resource, "", "shop")
        assert not index.authorize(asked).allowed


def test_an_authorizer_without_opinion_leaves_access_refused():
    class Silent:
        def authorize(self, attributes):
            return Verdict(Decision.NO_OPINION, "nothing", errors=("outage",))

    verdict = Chain([Silent(), Silent()]).authorize(get_pods("shop"))
    assert (verdict.allowed, verdict.reason, verdict.errors) == (False, "nothing\nnothing", ("outage", "outage"))


def test_a_revoked_right_is_gone_with_the_next_decision():
    index = RbacAuthorizer([ROLE, binding("b", "shop", "u")])
    assert index.authorize(get_pods("shop")).allowed
    index.remove("RoleBinding", "shop", "b")
    assert not index.authorize(get_pods("shop")).allowed
