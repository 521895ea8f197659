"""Least privilege roles from recorded requests."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from kubegate.analysis.learn.collect import Deeds, collect
from kubegate.analysis.learn.roles import NotCovered, least_privilege, prove
from kubegate.analysis.replay.events import Recorded
from kubegate.api.user import User
from kubegate.authz.always import AlwaysDeny
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.cli.learn import command as learn

ALICE = User("alice", groups=("system:authenticated",))


def ask(verb, resource="", namespace="shop", name="", *, user=ALICE, group="", path=""):
    if path:
        return Attributes(user, verb, False, path=path)
    resource, _, subresource = resource.partition("/")
    return Attributes(user, verb, True, group, "v1", resource, subresource, namespace, name)


def roles(*requests, names=0):
    deeds = Deeds(requests[0].user)
    for request in requests:
        deeds.add(request, names)
    return least_privilege(deeds, names=names)


def rules(*requests, names=0):
    return [rule for obj in roles(*requests, names=names) for rule in obj.get("rules", ())]


def test_resources_with_the_same_verbs_stand_together():
    asked = [ask(verb, resource) for resource in ("pods", "services") for verb in ("list", "get")]
    assert rules(*asked, ask("get", "deployments", group="apps"), ask("get", "pods/log")) == [
        {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
    ]


def test_the_right_to_impersonate_is_always_limited_to_names():
    asked = [ask("impersonate", "users", "", name) for name in ("ann", "bob")]
    asked += [ask("impersonate:user-info", "users", "", "ann", group="authentication.k8s.io")]
    assert rules(*asked) == [
        {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["ann", "bob"]},
        {
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["users"],
            "verbs": ["impersonate:user-info"],
            "resourceNames": ["ann"],
        },
    ]


def test_names_limit_only_what_carries_a_name():
    asked = [
        ask("get", "secrets", name="a"),
        ask("get", "secrets", name="b"),
        ask("create", "secrets", name="c"),
        ask("list", "secrets"),
    ]
    assert rules(*asked, names=2) == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "list"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["a", "b"]},
    ]
    assert rules(*asked, names=1) == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "get", "list"]}]


def test_scopes_and_paths():
    made = roles(ask("get", "pods"), ask("get", "nodes", ""), ask("get", path="/metrics"))
    assert [(obj["kind"], obj["metadata"]) for obj in made] == [
        ("ClusterRole", {"name": "learned-alice"}),
        ("ClusterRoleBinding", {"name": "learned-alice"}),
        ("Role", {"name": "learned-alice", "namespace": "shop"}),
        ("RoleBinding", {"name": "learned-alice", "namespace": "shop"}),
    ]
    assert made[0]["rules"][1] == {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}


def test_what_is_alike_in_several_namespaces_is_one_cluster_role():
    made = roles(*(ask("get", "pods", namespace) for namespace in ("a", "b")), ask("get", "jobs", "c", group="batch"))
    assert [obj["kind"] for obj in made] == ["ClusterRole", "RoleBinding", "RoleBinding", "Role", "RoleBinding"]
    assert [obj["metadata"].get("namespace") for obj in made] == [None, "a", "b", "c", "c"]
    index = RbacAuthorizer(made)
    assert not index.authorize(ask("get", "pods", "c")).allowed
    assert not index.authorize(ask("get", "pods", "")).allowed


def test_the_result_is_always_proven():
    with pytest.raises(NotCovered):
        prove(roles(ask("get", "pods")), [ask("delete", "pods")])


@pytest.mark.parametrize(
    ("name", "groups", "patterns", "wanted"),
    [
        ("alice", (), (), True),
        ("system:serviceaccount:ci:bot", (), (), True),
        ("system:serviceaccount:kube-system:x", (), (), False),
        ("system:node:n", (), (), False),
        ("root", ("system:masters",), (), False),
        ("root", ("system:masters",), ("root",), True),
        ("alice", (), ("b*",), False),
    ],
)
def test_whose_requests_count(name, groups, patterns, wanted):
    recorded = [Recorded(ask("get", "pods", user=User(name, groups=groups)), allowed=True)]
    assert bool(collect(recorded, AlwaysDeny(), patterns)) is wanted


def test_what_was_refused_or_is_given_anyway_is_left_out():
    recorded = [Recorded(ask("get", "pods"), allowed=True), Recorded(ask("get", "secrets"), allowed=False)]
    (deeds,) = collect(recorded * 3, AlwaysDeny())
    assert list(deeds.scopes["shop"].resources) == [("", "pods")]
    assert collect(recorded, RbacAuthorizer(roles(ask("get", "pods")))) == []
    (both,) = collect(recorded, AlwaysDeny(), denied=True)
    assert ("", "secrets") in both.scopes["shop"].resources


def test_the_command_prints_manifests_that_allow_the_log(tmp_path):
    target = {"resource": "pods", "namespace": "shop", "name": "web", "apiVersion": "v1"}
    event = {
        "kind": "Event",
        "stage": "ResponseComplete",
        "verb": "get",
        "user": {"username": "alice", "groups": ["system:authenticated"]},
        "objectRef": target,
        "annotations": {"authorization.k8s.io/decision": "allow"},
    }
    log = tmp_path / "audit.log"
    log.write_text(json.dumps(event) + "\n" + json.dumps({**event, "verb": "list"}) + "\n")
    result = CliRunner().invoke(learn, [str(log)], standalone_mode=False)
    role, binding = yaml.safe_load_all(result.stdout)
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
    assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}]
    assert "2 requests, 1 users need 2 objects" in result.stderr
