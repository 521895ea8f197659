"""Manifests from files, directories and standard input; what is wrong with them, and where."""

from __future__ import annotations

import io
import json
import sys

import pytest

from kubegate.api.names import name_of
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.bundle.load import load
from kubegate.errors import InvalidInput

ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r}
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"""


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def names(loaded):
    return [name_of(obj) for obj in loaded.state]


def config_map(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_a_directory_with_what_does_not_belong(tmp_path):
    write(tmp_path, "a.yaml", ROLE)
    write(tmp_path, "sub/b.json", json.dumps(config_map("b")))
    for name in ("kustomization.yaml", "x.kubegate.yaml", ".git/c.yaml", "README.md", "chart/values.yaml"):
        write(tmp_path, name, "not: [a manifest")
    assert names(load([str(tmp_path)])) == ["r", "b"]


def test_lists_and_typed_lists(tmp_path):
    plain = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [config_map("a"), {"apiVersion": "v1", "kind": "List", "items": [config_map("b")]}],
    }
    typed = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [{"metadata": {"name": "c"}}]}
    found = load([write(tmp_path, "a.json", json.dumps(plain)), write(tmp_path, "b.yaml", json.dumps(typed))])
    assert names(found) == ["a", "b", "c"]
    assert {obj["kind"] for obj in found.state} == {"ConfigMap"}


def test_json_values_one_after_the_other(tmp_path):
    path = write(tmp_path, "a.json", json.dumps(config_map("a")) + "\n" + json.dumps(config_map("b")))
    assert names(load([path])) == ["a", "b"]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROLE.encode())))
    assert names(load(["-"])) == ["r"]


def test_namespaces(tmp_path):
    role = load([write(tmp_path, "a.yaml", ROLE)], default_namespace="shop").state.of_kind(
        "rbac.authorization.k8s.io", "Role"
    )[0]
    assert role["metadata"]["namespace"] == "shop"
    node = write(tmp_path, "n.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: n}\n")
    assert load([node]).state.namespaces() == []


def test_the_last_of_one_name_counts(tmp_path):
    first = ROLE + "---\n" + ROLE.replace("get", "list")
    (role,) = load([write(tmp_path, "a.yaml", first)]).state
    assert role["rules"][0]["verbs"] == ["list"]


def test_objects_know_where_they_stand(tmp_path):
    path = write(tmp_path, "a.yaml", "# comment\n---\n" + ROLE)
    state = load([path]).state
    (role,) = state
    assert str(state.locate(role)) == f"{path}:3"
    assert str(state.locate(role, "rules[0].verbs")) == f"{path}:9:10: rules[0].verbs"
    assert state.locate({}) is None


def test_items_of_a_list_know_where_they_stand(tmp_path):
    path = write(tmp_path, "a.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [config_map("a")]}, indent=1))
    state = load([path]).state
    (obj,) = state
    assert state.locate(obj, "metadata.name").line == 9


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("a: [", "2:1", "this is not YAML", ""),
        ("- x\n", "1", "a Kubernetes object is expected, this is a list", ""),
        ("kind: Role\nmetadata: {name: x}\n", "1", "apiVersion is missing", "every object says"),
        (
            "apiversion: v1\nkind: Pod\nmetadata: {name: x}\n",
            "1",
            "apiVersion is missing",
            "found apiversion: did you mean apiVersion?",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetdata: {name: x}\n",
            "1",
            "metadata is missing",
            "found metdata: did you mean metadata?",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {nane: x}\n",
            "3:11",
            "metadata.name is missing",
            "found nane: did you mean name?",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: 7}\n",
            "3:18",
            "metadata.name must be a text, not the number 7",
            'name: "7"',
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {a: yes}}\n",
            "3:29",
            "metadata.labels.a must be a text",
            "in quotes",
        ),
        (
            ROLE.replace("verbs: [get]", "verbs: get"),
            "7:10",
            "rules[0].verbs must be a list, not a text",
            "write a list: [get]",
        ),
        (ROLE.replace("verbs", "verb"), "7:9", "unknown field rules[0].verb", "did you mean verbs?"),
        (ROLE.replace("rules", "rule"), "5:1", "unknown field rule", "did you mean rules?"),
        (ROLE.replace("[get]", "[1]"), "7:11", "rules[0].verbs[0] must be a text, not the number 1", "in quotes"),
        (
            ROLE.replace("Role", "RoleBinding").replace("rules:", "roleref:"),
            "5:1",
            "unknown field roleref",
            "did you mean roleRef?",
        ),
    ],
)
def test_wrong_manifests(tmp_path, text, place, message, hint):
    path = write(tmp_path, "f.yaml", text)
    with pytest.raises(InvalidInput) as caught:
        load([path])
    assert str(caught.value).startswith(f"{path}:{place}")
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_wrong_json_says_where(tmp_path):
    path = write(tmp_path, "f.json", '{"kind": "Pod",\n "a" 1}')
    with pytest.raises(InvalidInput, match=r"f\.json:2:"):
        load([path])


def test_a_file_that_is_not_there():
    with pytest.raises(InvalidInput, match="no such file"):
        load(["/does/not/exist.yaml"])


def test_keep_going_leaves_out_and_tells(tmp_path):
    write(tmp_path, "a.yaml", "kind: Role\nmetadata: {name: x}\n---\n" + ROLE)
    write(tmp_path, "b.yaml", "a: [")
    found = load([str(tmp_path)], keep_going=True)
    assert names(found) == ["r"]
    assert len(found.problems) == 2


def test_the_bootstrap_objects_are_fresh_each_time():
    first = rbac_objects()
    first[0]["rules"] = []
    assert rbac_objects()[0]["rules"]
    assert {obj["kind"] for obj in first} == {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}


def test_json_that_is_not_yaml_is_read_but_not_located(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"face": "\\ud83d\\ude00"}}}'
    )
    state = load([str(path)]).state
    (obj,) = state
    assert obj["metadata"]["labels"]["face"] == "\U0001f600"
    assert state.locate(obj, "metadata.name").file == str(path)
