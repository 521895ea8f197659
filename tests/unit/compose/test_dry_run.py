"""The engine that the dry-run commands share."""

from __future__ import annotations

import json

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision
from kubegate.compose.dry_run import DryRunOptions, build_engine
from kubegate.errors import ConfigurationError

GET_PODS = Attributes(User("alice", groups=("system:authenticated",)), "get", resource="pods", namespace="n")


def write(folder, name, *objects):
    path = folder / name
    path.write_text("\n---\n".join(map(json.dumps, objects)))
    return str(path)


def policy(effect):
    spec = {"effect": effect, "subjects": [{"kind": "User", "name": "alice"}]}
    spec["rules"] = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": "p"}, "spec": spec}


def test_the_default_chain_is_node_and_rbac_with_the_default_roles():
    engine = build_engine(DryRunOptions())
    assert engine.modes == ("Node", "RBAC")
    assert engine.chain.authorize(Attributes(User("x", groups=("system:masters",)), "get", resource="pods")).allowed
    assert not engine.chain.authorize(GET_PODS).allowed
    assert engine.rbac.role("ClusterRole", "", "view") is not None
    assert build_engine(DryRunOptions(bootstrap_policy=False)).rbac.role("ClusterRole", "", "view") is None


def test_a_role_of_the_manifests_replaces_a_default_one_and_feeds_aggregated_ones(tmp_path):
    api = "rbac.authorization.k8s.io"
    mine = {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": {"name": "cluster-admin"}, "rules": []}
    labels = {f"{api}/aggregate-to-view": "true"}
    rules = [{"verbs": ["get"], "apiGroups": ["x.io"], "resources": ["widgets"]}]
    extra = {
        "apiVersion": f"{api}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "more", "labels": labels},
        "rules": rules,
    }
    engine = build_engine(DryRunOptions(filenames=(write(tmp_path, "a.yaml", mine, extra),)))
    assert engine.rbac.role("ClusterRole", "", "cluster-admin")["rules"] == []
    for name in ("view", "edit", "admin"):
        assert rules[0] in engine.rbac.role("ClusterRole", "", name)["rules"]


def test_access_policies_among_the_manifests_are_asked_first(tmp_path):
    allow = build_engine(DryRunOptions(filenames=(write(tmp_path, "a.yaml", policy("Allow")),)))
    assert allow.modes == ("AccessPolicy", "Node", "RBAC")
    assert allow.chain.authorize(GET_PODS).allowed
    deny = build_engine(DryRunOptions(filenames=(write(tmp_path, "b.yaml", policy("Deny")),)))
    assert deny.chain.authorize(GET_PODS).decision is Decision.DENY
    chosen = build_engine(DryRunOptions(filenames=(str(tmp_path / "b.yaml"),), authorization_mode=("RBAC",)))
    assert chosen.chain.authorize(GET_PODS).decision is Decision.NO_OPINION


def test_access_policies_of_files_are_asked_first_too(tmp_path):
    file = write(tmp_path, "a.yaml", policy("Deny"))
    engine = build_engine(DryRunOptions(access_policy_file=(file,)))
    assert engine.modes == ("AccessPolicy", "Node", "RBAC")
    assert engine.chain.authorize(GET_PODS).decision is Decision.DENY
    with pytest.raises(ConfigurationError, match="without mode AccessPolicy"):
        build_engine(DryRunOptions(access_policy_file=(file,), authorization_mode=("RBAC",)))


@pytest.mark.parametrize(
    ("effect", "modes", "notes"),
    [
        ("Deny", ("RBAC",), ["1 AccessPolicy is not asked: the chain of authorizers has no AccessPolicy"]),
        ("Allow", ("RBAC",), ["1 AccessPolicy is not asked: the chain of authorizers has no AccessPolicy"]),
        (
            "Deny",
            ("Node", "RBAC", "AccessPolicy"),
            ["AccessPolicy is asked after Node, RBAC: what these allow, no AccessPolicy denies"],
        ),
        ("Allow", ("RBAC", "AccessPolicy"), []),
        ("Deny", ("AlwaysDeny", "AccessPolicy", "RBAC"), []),
        ("Deny", (), []),
    ],
)
def test_policies_that_cannot_do_what_they_say_are_told(tmp_path, effect, modes, notes):
    file = write(tmp_path, "a.yaml", policy(effect))
    assert build_engine(DryRunOptions(filenames=(file,), authorization_mode=modes)).notes == notes


@pytest.mark.parametrize(
    ("modes", "complaint"),
    [(("Nonsense",), '"Nonsense" is not a valid mode'), (("RBAC", "ABAC"), "authorization policy file not passed")],
)
def test_wrong_modes_are_refused(modes, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        build_engine(DryRunOptions(authorization_mode=modes))


def test_verdicts_say_where_unless_it_is_not_wanted(tmp_path):
    api = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{api}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "subjects": [{"kind": "User", "name": "alice"}],
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "view"},
    }
    options = DryRunOptions(filenames=(write(tmp_path, "a.yaml", binding),))
    (place,) = build_engine(options).chain.authorize(GET_PODS).determined_by.locations
    assert place.file.endswith("a.yaml")
    assert build_engine(options, locate=False).chain.authorize(GET_PODS).determined_by.locations == ()
