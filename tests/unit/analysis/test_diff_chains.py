"""`kubegate diff` where the chain of authorizers differs, and where nobody can say what a change gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from kubegate.cli.diff import command

RBAC = "rbac.authorization.k8s.io"
GRANT: list[dict[str, Any]] = [
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
    },
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "ann"}],
    },
]


def denial(**spec: Any) -> dict[str, Any]:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    subjects = [{"kind": "User", "name": "ann"}]
    return {
        "apiVersion": "policy.kubegate.dev/v1alpha1",
        "kind": "AccessPolicy",
        "metadata": {"name": f"p{len(str(spec))}"},
        "spec": {"effect": "Deny", "subjects": subjects, "rules": [rule], **spec},
    }


def pod(name: str, node: str) -> dict[str, Any]:
    volume = {"name": "v", "secret": {"secretName": "key"}}
    spec = {"nodeName": node, "containers": [{"name": "c", "image": "i"}], "volumes": [volume]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def diff(folder: Path, old: list[Any], new: list[Any], *options: str) -> tuple[int, list[dict[str, Any]]]:
    for name, objects in (("old", old), ("new", new)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump_all(objects))
    paths = [str(folder / "old.yaml"), str(folder / "new.yaml")]
    arguments = [*paths, "-o", "json", "--no-bootstrap-policy", "--fail-on", "widen", *options]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.exception is None, result.output
    return int(result.return_value), json.loads(result.stdout)


def configured(folder: Path, name: str, condition: str) -> tuple[str, str]:
    remote = folder / "remote"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9/"}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    kubeconfig = {"clusters": [cluster], "users": [{"name": "u", "user": {}}], "contexts": [context], "current-context": "x"}
    remote.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **kubeconfig}))
    webhook = {
        "timeout": "3s",
        "subjectAccessReviewVersion": "v1",
        "matchConditionSubjectAccessReviewVersion": "v1",
        "failurePolicy": "NoOpinion",
        "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": str(remote)},
        "matchConditions": [{"expression": condition}],
    }
    members = [{"type": "RBAC", "name": "rbac"}, {"type": "Webhook", "name": "corp", "webhook": webhook}]
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthorizationConfiguration"}
    path = folder / f"{name}-authz"
    path.write_text(yaml.safe_dump({**head, "authorizers": members}))
    return "--authorization-config", str(path)


def test_a_webhook_that_changed_is_never_no_difference(tmp_path: Path) -> None:
    old, new = configured(tmp_path, "old", "request.user == 'a'"), configured(tmp_path, "new", "request.user == 'b'")
    code, rows = diff(tmp_path, GRANT, GRANT, *old, *new)
    assert code == 4
    assert [row["notCompared"] for row in rows] == ["Webhook corp"]
    assert "matchConditions" in rows[0]["why"]
    assert diff(tmp_path, GRANT, GRANT, *old) == (0, [])


def test_denials_count_only_for_who_is_asked_after_them(tmp_path: Path) -> None:
    objects = [*GRANT, denial()]
    modes = ("--authorization-mode", "AccessPolicy,RBAC", "--authorization-mode", "RBAC,AccessPolicy")
    code, rows = diff(tmp_path, objects, objects, *modes)
    assert code == 2
    assert [(row["direction"], row["subject"]["name"], row["resources"]) for row in rows] == [("gained", "ann", "secrets")]
    assert rows[0]["example"]["confirmed"]


def test_three_groups_at_once(tmp_path: Path) -> None:
    def excepting(group: str) -> dict[str, Any]:
        return denial(exceptSubjects=[{"kind": "Group", "name": group}])

    old = [*GRANT, excepting("a"), excepting("bb"), excepting("ccc")]
    _, rows = diff(tmp_path, old, GRANT[:1])
    lost = [row for row in rows if row["direction"] == "lost"]
    assert [(row["subject"]["name"], row["inGroups"]) for row in lost] == [("ann", ["a", "bb", "ccc"])]


def test_another_condition_is_a_difference_in_both_directions(tmp_path: Path) -> None:
    old, new = ([*GRANT, denial(when=[f"request.user == '{name}'"])] for name in ("ann", "bob"))
    code, rows = diff(tmp_path, old, new)
    assert code == 2
    assert {row["direction"] for row in rows} == {"gained", "lost"}


def test_a_pod_on_another_node_takes_its_secret_along(tmp_path: Path) -> None:
    code, rows = diff(tmp_path, [pod("p", "n1")], [pod("p", "n2")])
    assert code == 2
    secrets = [row for row in rows if row["resources"] == "secrets"]
    assert {(row["direction"], row["subject"]["name"], row["resourceNames"], row["verbs"]) for row in secrets} == {
        ("gained", "system:node:n2", "key", "get,list,watch"),
        ("lost", "system:node:n1", "key", "get,list,watch"),
    }
    assert diff(tmp_path, [pod("p", "n1")], [pod("p", "n2")], "--no-nodes") == (0, [])


def test_admission_that_nobody_can_judge(tmp_path: Path) -> None:
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "h"},
    }
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    level = {**space, "metadata": {"name": "shop", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}
    code, rows = diff(tmp_path, [hook, level], [space])
    assert code == 4
    assert [row["notCompared"] for row in rows] == ["ValidatingWebhookConfiguration h", "Namespace shop"]
