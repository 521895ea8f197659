"""`kubegate explain` of impersonated requests, and of roles and bindings that are written."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kubegate.cli.explain import command
from kubegate.errors import InvalidInput

API = "rbac.authorization.k8s.io"
OLD = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["alice"]}
IDENTITY = {"apiGroups": ["authentication.k8s.io"], "resources": ["users"], "verbs": ["impersonate:user-info"]}
ACTION = {"apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate-on:user-info:list"]}
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
WRITE = {"apiGroups": [API], "resources": ["roles", "rolebindings"], "verbs": ["create", "update"]}
BIND = {"apiGroups": [API], "resources": ["clusterroles"], "verbs": ["bind"], "resourceNames": ["reader"]}


def binding(name: str, role: str, user: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": API, "kind": "User", "name": user}],
    }


def role(name: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{API}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": list(rules)}


GRANTED = {
    **binding("shared", "reader", "somebody"),
    "kind": "RoleBinding",
    "metadata": {"name": "shared", "namespace": "shop"},
}


def run(tmp_path: Path, objects: list[dict[str, Any]], *arguments: str) -> tuple[int, Any]:
    (tmp_path / "policies.yaml").write_text(yaml.safe_dump_all(objects))
    words = [*arguments, "-n", "shop", "-f", str(tmp_path / "policies.yaml"), "--no-bootstrap-policy"]
    result = CliRunner().invoke(command, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, json.loads(result.stdout) if "json" in arguments else result.stdout


def may_list(tmp_path: Path, *rules: dict[str, Any]) -> tuple[int, Any]:
    objects = [role("pods", PODS), binding("pods", "pods", "alice"), role("bot", *rules), binding("bot", "bot", "bot")]
    return run(tmp_path, objects, "list", "pods", "--as", "alice", "--impersonator", "bot", "-o", "json")


@pytest.mark.parametrize(
    ("rules", "code", "missing"),
    [
        ([OLD], 0, {"impersonate:user-info": 2, "impersonate": 0}),
        ([IDENTITY, ACTION], 0, {"impersonate:user-info": 0, "impersonate": 1}),
        ([IDENTITY], 2, {"impersonate:user-info": 1, "impersonate": 1}),
        ([ACTION], 2, {"impersonate:user-info": 1, "impersonate": 1}),
        ([], 2, {"impersonate:user-info": 2, "impersonate": 1}),
    ],
)
def test_each_way_to_impersonate(tmp_path: Path, rules: list[dict[str, Any]], code: int, missing: dict[str, int]) -> None:
    returned, found = may_list(tmp_path, *rules)
    ways = found["impersonation"]["ways"]
    assert {way["way"]: sum(not question["allowed"] for question in way["questions"]) for way in ways} == missing
    assert (returned, found["allowed"], found["impersonation"]["allowed"]) == (code, code == 0, code == 0)


def test_what_is_missing_is_given_by_the_smallest_change(tmp_path: Path) -> None:
    _, found = may_list(tmp_path)
    way = found["impersonation"]["ways"][0]
    changes = [obj for question in way["questions"] for obj in question["smallestChange"]]
    objects = [role("pods", PODS), binding("pods", "pods", "alice"), *changes]
    assert run(tmp_path, objects, "list", "pods", "--as", "alice", "--impersonator", "bot")[0] == 0


def test_who_may_impersonate_does_not_get_what_the_other_lacks(tmp_path: Path) -> None:
    objects = [role("bot", OLD), binding("bot", "bot", "bot")]
    code, text = run(tmp_path, objects, "list", "pods", "--as", "alice", "--impersonator", "bot")
    assert (code, text.splitlines()[0]) == (2, 'yes: User "bot" can act as User "alice"')
    assert 'no: User "alice" cannot list pods in namespace shop' in text


def test_a_refused_impersonation_has_the_words_of_the_server_and_the_nearest_miss(tmp_path: Path) -> None:
    objects = [role("bot", {**OLD, "resourceNames": ["bob"]}), binding("bot", "bot", "bot")]
    code, text = run(tmp_path, objects, "get", "/version", "--as", "alice", "--impersonator", "bot")
    assert code == 2
    assert 'User "bot" cannot impersonate-on:user-info:get path "/version"' in text
    assert "Missing to impersonate: impersonate users alice" in text
    assert "resourceNames" in text


def test_the_line_that_is_proposed_is_added_to_the_file_and_allows(tmp_path: Path) -> None:
    file = tmp_path / "policy.jsonl"
    file.write_text('# what alice may\n{"user": "alice", "namespace": "warehouse"}\n')
    words = ["get", "pods", "--as", "alice", "--authorization-mode", "RBAC,ABAC", "--authorization-policy-file", str(file)]
    code, text = run(tmp_path, [], *words)
    assert code == 2
    assert f"{file}:2" in text
    assert text.index("kind: RoleBinding") < text.index(f"Or, by ABAC (checked):\nadd to {file}:\n")
    line = next(line for line in text.splitlines() if line.startswith('{"apiVersion"'))
    file.write_text(f"{file.read_text()}{line}\n")
    code, text = run(tmp_path, [], *words)
    assert (code, text.splitlines()[-3:]) == (0, ["Because: policy of line 3", f"  {file}:3", f"  {line}"])


def test_that_nothing_would_allow_it_is_said(tmp_path: Path) -> None:
    code, text = run(tmp_path, [], "get", "pods", "--as", "alice", "--authorization-mode", "AlwaysDeny")
    assert (code, text.splitlines()[-1]) == (2, "There is no grant that would allow it to this user alone.")


def test_a_webhook_that_cannot_be_asked_leaves_it_undecided(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        kubeconfig = tmp_path / "hook.kubeconfig"
        cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{taken.getsockname()[1]}"}}
        context = {"name": "c", "context": {"cluster": "c", "user": ""}}
        kubeconfig.write_text(yaml.safe_dump({"clusters": [cluster], "contexts": [context], "current-context": "c"}))
        words = ["--authorization-mode", "Webhook", "--authorization-webhook-config-file", str(kubeconfig)]
        code, text = run(tmp_path, [], "get", "pods", "--as", "alice", *words)
    assert code == 4
    assert "Undecided: an authorizer could not be asked, a server answers 500 instead of 403." in text


def test_a_request_may_have_selectors(tmp_path: Path) -> None:
    node = ["--as", "system:node:n1", "--as-group", "system:nodes"]
    assert run(tmp_path, [], "list", "pods", *node)[0] == 2
    assert run(tmp_path, [], "list", "pods", *node, "--field-selector", "spec.nodeName=n1")[0] == 0
    with pytest.raises(InvalidInput):
        run(tmp_path, [], "list", "pods", *node, "-l", "a==b==c")


def grant(tmp_path: Path, obj: dict[str, Any], *rules: dict[str, Any], verb: str = "create") -> tuple[int, Any]:
    (tmp_path / "object.yaml").write_text(yaml.safe_dump(obj))
    objects = [role("reader", PODS), role("bob", *rules), binding("bob", "bob", "bob")]
    if verb == "update":
        objects.append({**GRANTED, "subjects": []})
    words = [verb, f"{obj['kind'].lower()}s", "--as", "bob", "--object", str(tmp_path / "object.yaml"), "-o", "json"]
    return run(tmp_path, objects, *words)


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [([WRITE], False), ([WRITE, PODS], True), ([WRITE, BIND], True), ([PODS], True)],
    ids=["nothing held", "held", "may bind", "held, but may not write"],
)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_a_binding_needs_what_it_grants(tmp_path: Path, rules: list[dict[str, Any]], allowed: bool, verb: str) -> None:
    code, found = grant(tmp_path, GRANTED, *rules, verb=verb)
    assert found["escalation"]["allowed"] is allowed
    assert (code == 0) is (allowed and WRITE in rules)


def test_what_would_do_instead(tmp_path: Path) -> None:
    _, found = grant(tmp_path, GRANTED, WRITE)
    assert "attempting to grant RBAC permissions not currently held" in found["escalation"]["message"]
    instead = found["escalation"]["instead"]
    assert (instead["request"]["verb"], instead["request"]["name"]) == ("bind", "reader")
    assert instead["smallestChange"][0]["rules"] == [BIND]


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (role("reader", PODS), "is not what a request for rolebindings writes"),
        ({**GRANTED, "metadata": {"name": "shared", "namespace": "other"}}, "its namespace is not that of the request"),
    ],
)
def test_objects_that_do_not_fit(tmp_path: Path, obj: dict[str, Any], words: str) -> None:
    (tmp_path / "object.yaml").write_text(yaml.safe_dump(obj))
    with pytest.raises(InvalidInput, match=words):
        run(tmp_path, [], "create", "rolebindings", "--as", "bob", "--object", str(tmp_path / "object.yaml"))
