"""What Helm, kustomize and kubectl print is read as it is, and every object knows its line."""

from __future__ import annotations

import copy
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubegate.api.names import kind_of, name_of, namespace_of
from kubegate.bundle.load import load
from kubegate.bundle.state import ClusterState
from kubegate.errors import InvalidInput

TEMPLATE = """---
# Source: demo/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: demo
  labels:
    helm.sh/chart: demo-0.1.0
---
# Source: demo/templates/hpa.yaml
---
# Source: demo/templates/empty.yaml

---
# Source: demo/templates/role.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: demo}
rules:
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["get"]
---
# Source: demo/templates/tests/test-connection.yaml
apiVersion: v1
kind: Pod
metadata:
  name: "demo-test"
  annotations:
    "helm.sh/hook": test
spec:
  containers:
    - name: wget
      image: busybox
      args: ['{{not a template here}}']
"""
OBJECTS = [("ServiceAccount", "demo", 3), ("Role", "demo", 16), ("Pod", "demo-test", 25)]
REPORT_HEAD = """NAME: demo
LAST DEPLOYED: Thu Jan  1 00:00:00 2026
NAMESPACE: default
STATUS: pending-install
REVISION: 1
COMPUTED VALUES:
image: {a: b}
list: [x
HOOKS:
"""
NOTES = """
NOTES:
1. Get the application URL by running these commands:
  kubectl: port-forward {unbalanced
"""


def where(state: ClusterState) -> list[tuple[str, str, int]]:
    return [(kind_of(obj).kind, name_of(obj), state.locate(obj).line) for obj in state]  # type: ignore[union-attr]


def load_text(text: str, folder: Path, name: str = "out.yaml") -> ClusterState:
    path = folder / name
    path.write_text(text)
    return load([str(path)]).state


def test_helm_template(tmp_path: Path) -> None:
    assert where(load_text(TEMPLATE, tmp_path)) == OBJECTS


@pytest.mark.parametrize("prefix", ["", 'install.go:214: [debug] Original chart version: ""\n\n', "RELEASE "])
def test_helm_install_dry_run_with_notes(prefix: str, tmp_path: Path) -> None:
    """The hook's pod stands before the heading MANIFEST, the notes after it are no YAML."""
    hook = "---\n# Source: demo/templates/hook.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook}\n"
    text = prefix + REPORT_HEAD + hook + "MANIFEST:\n" + TEMPLATE + NOTES
    before = (prefix + REPORT_HEAD).count("\n")
    state = load_text(text, tmp_path)
    shift = before + hook.count("\n") + 1
    assert where(state) == [("ConfigMap", "hook", before + 3), *((kind, name, at + shift) for kind, name, at in OBJECTS)]


def test_a_report_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = REPORT_HEAD + "MANIFEST:\n" + TEMPLATE + NOTES
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert [name for _, name, _ in where(load(["-"]).state)] == ["demo", "demo", "demo-test"]


def test_errors_in_a_report_have_its_lines(tmp_path: Path) -> None:
    text = REPORT_HEAD + "MANIFEST:\n---\napiVersion: v1\nkind: Role\nmetadat: {name: x}\n" + NOTES
    with pytest.raises(InvalidInput) as refused:
        load_text(text, tmp_path)
    assert str(refused.value.location).startswith(f"{tmp_path / 'out.yaml'}:12")


def test_manifests_that_merely_mention_notes_are_left_alone(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  t: |\n    MANIFEST:\n    NOTES:\n    x\n"
    (obj,) = load_text(text, tmp_path)
    assert obj["data"]["t"] == "MANIFEST:\nNOTES:\nx\n"


def test_a_template_that_was_not_rendered_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_text("apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata: {name: x}\n{{- end }}\n", tmp_path)
    assert "helm template" in refused.value.hint


KUSTOMIZE = """apiVersion: v1
kind: Namespace
metadata:
  name: prod
---
apiVersion: v1
data:
  a: |
    ---
    not: a document
kind: ConfigMap
metadata:
  name: settings-7hk2
  namespace: prod
"""


def test_kustomize_output_and_its_folder(tmp_path: Path) -> None:
    """What kustomize made, and its own files beside manifests."""
    state = load_text(KUSTOMIZE, tmp_path)
    assert where(state) == [("Namespace", "prod", 1), ("ConfigMap", "settings-7hk2", 6)]
    (tmp_path / "kustomization.yaml").write_text("resources: [out.yaml]\n")
    assert where(load([str(tmp_path)]).state) == where(state)


def dump() -> dict[str, Any]:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "name": "r",
            "namespace": "a",
            "managedFields": [{"manager": "k"}],
        },
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    other = {**copy.deepcopy(role), "metadata": {"name": "r", "namespace": "b"}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}, "spec": {"containers": []}}
    return {"apiVersion": "v1", "items": [role, other, pod], "kind": "List", "metadata": {"resourceVersion": ""}}


def lines_of(text: str, mark: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if mark in line]


@pytest.mark.parametrize(("form", "name"), [("yaml", "dump.yaml"), ("json", "dump.json"), ("json", "dump.yaml")])
def test_dumps_of_kubectl(form: str, name: str, tmp_path: Path) -> None:
    """`kubectl get roles,pods -A -o yaml` and `-o json`: items know their lines, and so do their fields."""
    text = yaml.safe_dump(dump()) if form == "yaml" else json.dumps(dump(), indent=4)
    state = load_text(text, tmp_path, name)
    assert [(name_of(obj), namespace_of(obj)) for obj in state] == [("r", "a"), ("r", "b"), ("p", "a")]
    first = [state.locate(obj).line for obj in state]  # type: ignore[union-attr]
    starts = [at for at, line in enumerate(text.splitlines(), 1) if line.startswith(("- ", "        {"))]
    assert first == [at for at in starts if at in first]
    assert len(set(first)) == 3
    verbs = [state.locate(obj, "rules[0].verbs[0]").line for obj in list(state)[:2]]  # type: ignore[union-attr]
    assert verbs == lines_of(text, "- get" if form == "yaml" else '"get"')


def test_an_item_that_is_wrong_is_named_by_its_line(tmp_path: Path) -> None:
    wrong = dump()
    wrong["items"][1]["rules"][0]["verb"] = ["list"]
    text = yaml.safe_dump(wrong)
    with pytest.raises(InvalidInput) as refused:
        load_text(text, tmp_path)
    assert refused.value.location is not None
    assert refused.value.location.line in (lines_of(text, "verb:")[0], lines_of(text, "verb:")[0] + 1)
    kept = load([str(tmp_path / "out.yaml")], keep_going=True)
    assert len(kept.state) == 2
    assert len(kept.problems) == 1


def test_an_empty_answer_of_kubectl(tmp_path: Path) -> None:
    assert len(load_text("apiVersion: v1\nitems: []\nkind: List\nmetadata: {resourceVersion: ''}\n", tmp_path)) == 0
