"""Paths of escalation: each kind of step is found where it is possible, and is not where the engine refuses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kubegate.analysis.escalation.model import Path as Found
from kubegate.analysis.escalation.model import Target
from kubegate.analysis.escalation.paths import find_paths, world_of
from kubegate.analysis.matrix import subjects
from kubegate.cli.escalate import command
from kubegate.compose.dry_run import DryRunOptions, build_engine

GROUP = "rbac.authorization.k8s.io"
RBAC = {"apiGroups": [GROUP]}
CORE = {"apiGroups": [""]}


def role(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)}


def binding(name: str, role_name: str, subject: dict[str, Any], namespace: str = "") -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role_name},
        "subjects": [subject],
    }


EVE = {"apiGroup": GROUP, "kind": "User", "name": "eve"}
BOSS = {"apiGroup": GROUP, "kind": "User", "name": "boss"}
CHIEFS = {"apiGroup": GROUP, "kind": "Group", "name": "chiefs"}
OPERATOR = {"kind": "ServiceAccount", "name": "operator", "namespace": "ops"}


def policy(tmp_path: Path, *objects: dict[str, Any]) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump_all(objects))
    return file


def paths(tmp_path: Path, *objects: dict[str, Any], modes: tuple[str, ...] = ()) -> dict[str, Found]:
    options = DryRunOptions(filenames=(str(policy(tmp_path, *objects)),), authorization_mode=modes)
    engine = build_engine(options)
    world = world_of(engine.chain, engine.rbac, engine.state)
    found = {str(path.subject): path for path in find_paths(world, subjects(engine.rbac))}
    for path in found.values():
        for hop in path.hops:
            assert world.allows(*hop.requests), hop.text
    return found


def texts(path: Found | None) -> list[str]:
    return [hop.text for hop in path.hops] if path else []


BIND = {**RBAC, "resources": ["clusterroles"], "verbs": ["bind"]}
CREATE_BINDING = {**RBAC, "resources": ["clusterrolebindings"], "verbs": ["create"]}
PATCH_BINDING = {**RBAC, "resources": ["clusterrolebindings"], "verbs": ["patch"]}
ESCALATE = {**RBAC, "resources": ["clusterroles"], "verbs": ["escalate"]}
UPDATE_ROLE = {**RBAC, "resources": ["clusterroles"], "verbs": ["update"]}
AS_USERS = {**CORE, "resources": ["users"], "verbs": ["impersonate"]}
AS_GROUPS = {**CORE, "resources": ["groups"], "verbs": ["impersonate"]}
READ_SECRETS = {**CORE, "resources": ["secrets"], "verbs": ["list"]}


@pytest.mark.parametrize(
    ("rules", "step"),
    [
        ([CREATE_BINDING, BIND], "binds cluster-admin to itself"),
        ([CREATE_BINDING], ""),
        ([BIND], ""),
        ([CREATE_BINDING, {**BIND, "resourceNames": ["view"]}], ""),
        ([PATCH_BINDING, {**BIND, "resourceNames": ["cluster-admin"]}], "adds itself to ClusterRoleBinding cluster-admin"),
        ([UPDATE_ROLE, ESCALATE], "gives all rights to its own ClusterRole own"),
        ([UPDATE_ROLE], ""),
        ([ESCALATE], ""),
        ([{**UPDATE_ROLE, "resourceNames": ["other"]}, ESCALATE], ""),
        ([AS_USERS, AS_GROUPS], "impersonates somebody in system:masters"),
        ([AS_GROUPS], ""),
        ([{**AS_USERS, "resourceNames": ["somebody"]}, {**AS_GROUPS, "resourceNames": ["devs"]}], ""),
        ([READ_SECRETS], "reads the secrets of kube-system"),
        ([{**READ_SECRETS, "resourceNames": ["mine"]}], ""),
        ([{**CORE, "resources": ["configmaps"], "verbs": ["*"]}], ""),
    ],
)
def test_the_last_step(tmp_path: Path, rules: list[dict[str, Any]], step: str) -> None:
    found = paths(tmp_path, role("own", *rules), binding("b", "own", EVE))
    assert texts(found.get("User eve")) == ([step] if step else [])


def test_who_holds_everything_already_needs_no_path(tmp_path: Path) -> None:
    assert paths(tmp_path, binding("b", "cluster-admin", EVE)) == {}


WORKLOAD = {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["create"]}
TOKEN = {**CORE, "resources": ["serviceaccounts/token"], "verbs": ["create"]}
AS_ACCOUNTS = {**CORE, "resources": ["serviceaccounts"], "verbs": ["impersonate"]}
SECRETS = {**CORE, "resources": ["secrets"], "verbs": ["create", "get"]}


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        (WORKLOAD, "runs a pod as ServiceAccount ops/operator"),
        ({**CORE, "resources": ["pods"], "verbs": ["create"]}, "runs a pod as ServiceAccount ops/operator"),
        ({**CORE, "resources": ["pods"], "verbs": ["get"]}, ""),
        (TOKEN, "makes a token of ServiceAccount ops/operator"),
        ({**TOKEN, "resourceNames": ["operator"]}, "makes a token of ServiceAccount ops/operator"),
        ({**TOKEN, "resourceNames": ["other"]}, ""),
        (AS_ACCOUNTS, "impersonates ServiceAccount ops/operator"),
        (SECRETS, "makes a Secret with a token of ServiceAccount ops/operator, and reads it"),
        ({**SECRETS, "verbs": ["create"]}, ""),
    ],
)
@pytest.mark.parametrize("namespace", ["ops", "elsewhere"])
def test_becoming_a_service_account(tmp_path: Path, rule: dict[str, Any], step: str, namespace: str) -> None:
    objects = [role("own", rule), binding("b", "own", EVE, namespace), binding("op", "cluster-admin", OPERATOR)]
    found = paths(tmp_path, *objects).get("User eve")
    reached = found if found is not None and found.target is Target.ADMIN else None
    assert texts(reached) == ([step] if step and namespace == "ops" else [])


@pytest.mark.parametrize(
    ("rules", "admin", "step"),
    [
        ([{**AS_USERS, "resourceNames": ["boss"]}], BOSS, "impersonates User boss"),
        ([{**AS_USERS, "resourceNames": ["other"]}], BOSS, ""),
        (
            [{**AS_USERS, "resourceNames": ["somebody"]}, {**AS_GROUPS, "resourceNames": ["chiefs"]}],
            CHIEFS,
            "impersonates Group chiefs",
        ),
        (
            [
                {
                    "apiGroups": ["certificates.k8s.io"],
                    "resources": ["certificatesigningrequests"],
                    "verbs": ["create", "get"],
                },
                {
                    "apiGroups": ["certificates.k8s.io"],
                    "resources": ["certificatesigningrequests/approval"],
                    "verbs": ["update"],
                },
                {"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "verbs": ["approve"]},
            ],
            CHIEFS,
            "makes itself a certificate of Group chiefs",
        ),
    ],
)
def test_becoming_somebody(tmp_path: Path, rules: list[dict[str, Any]], admin: dict[str, Any], step: str) -> None:
    found = paths(tmp_path, role("own", *rules), binding("b", "own", EVE), binding("a", "cluster-admin", admin))
    assert texts(found.get("User eve")) == ([step] if step else [])


def test_a_path_of_several_steps(tmp_path: Path) -> None:
    objects = [
        *(role("deploy", WORKLOAD), role("rule", CREATE_BINDING, BIND)),
        *(binding("b", "deploy", EVE, "ops"), binding("o", "rule", OPERATOR)),
    ]
    found = paths(tmp_path, *objects)
    assert texts(found["User eve"]) == ["runs a pod as ServiceAccount ops/operator", "binds cluster-admin to itself"]
    assert texts(found["ServiceAccount ops/operator"]) == ["binds cluster-admin to itself"]


def test_pods_in_kube_system_lead_to_its_controllers(tmp_path: Path) -> None:
    found = paths(tmp_path, role("deploy", WORKLOAD), binding("b", "deploy", EVE, "kube-system"))
    assert texts(found["User eve"])[0] == "runs a pod as ServiceAccount kube-system/clusterrole-aggregation-controller"
    assert found["User eve"].target is Target.ADMIN


DENY = {
    "apiVersion": "policy.kubegate.dev/v1alpha1",
    "kind": "AccessPolicy",
    "metadata": {"name": "no-bindings"},
    "spec": {
        "effect": "Deny",
        "subjects": [{"kind": "User", "name": "eve"}],
        "rules": [{"verbs": ["create"], "apiGroups": [GROUP], "resources": ["clusterrolebindings"]}],
    },
}


def test_what_another_authorizer_denies_is_no_step(tmp_path: Path) -> None:
    objects = [role("own", CREATE_BINDING, BIND), binding("b", "own", EVE)]
    assert "User eve" in paths(tmp_path, *objects)
    assert "User eve" not in paths(tmp_path, *objects, DENY)


def test_what_another_authorizer_allows_is_one(tmp_path: Path) -> None:
    spec = {"effect": "Allow", "subjects": [{"kind": "User", "name": "eve"}], "rules": [{**WORKLOAD}]}
    allow = {**DENY, "metadata": {"name": "deploy"}, "spec": spec}
    objects = [role("none"), binding("b", "none", EVE), binding("op", "cluster-admin", OPERATOR)]
    assert texts(paths(tmp_path, *objects, allow)["User eve"]) == ["runs a pod as ServiceAccount ops/operator"]


def test_without_rbac_everybody_is_asked_for_the_chain(tmp_path: Path) -> None:
    objects = [role("own", CREATE_BINDING, BIND), binding("b", "own", EVE)]
    assert paths(tmp_path, *objects, modes=("AlwaysDeny",)) == {}


def test_the_command(tmp_path: Path) -> None:
    file = str(
        policy(
            tmp_path, role("deploy", WORKLOAD), binding("b", "deploy", EVE, "ops"), binding("o", "cluster-admin", OPERATOR)
        )
    )
    runner = CliRunner()
    answer = runner.invoke(command, ["-f", file], standalone_mode=False)
    assert answer.return_value == 2
    assert answer.output.splitlines()[1].split("   ")[:3] == [
        *("User eve", "cluster-admin", "1. runs a pod as ServiceAccount ops/operator")
    ]
    [path] = json.loads(runner.invoke(command, ["-f", file, "-o", "json"], standalone_mode=False).output)
    step = path["steps"][0]
    assert step["becomes"] == "ServiceAccount ops/operator"
    assert step["requests"][0]["request"] == "create daemonsets.apps -n ops"
    assert step["requests"][0]["allowedBy"]["locations"][0].startswith(file)
    quiet = runner.invoke(command, ["-f", file, "--subject", "nobody"], standalone_mode=False)
    assert quiet.return_value == 0 and quiet.output == "no path of escalation was found\n"


def test_the_components_of_the_cluster_are_listed_on_demand(tmp_path: Path) -> None:
    answer = CliRunner().invoke(command, ["-f", str(policy(tmp_path)), "--system"], standalone_mode=False)
    assert "ServiceAccount kube-system/clusterrole-aggregation-controller" in answer.output
