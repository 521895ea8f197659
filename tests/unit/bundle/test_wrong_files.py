"""Files that are not what they should be: where that shows, and what they probably are instead."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from kubegate.api.names import name_of
from kubegate.bundle.load import load
from kubegate.bundle.text import LONGEST, plain_text
from kubegate.errors import InvalidInput

RBAC = "apiVersion: rbac.authorization.k8s.io/v1\n"
ROLE = f"{RBAC}kind: ClusterRole\nmetadata: {{name: r}}\n"
BINDING = f"{RBAC}kind: RoleBinding\nmetadata: {{name: b}}\n"
REF = "roleRef: {kind: ClusterRole, name: view}\n"


def failure(tmp_path: Path, text: str | bytes) -> InvalidInput:
    path = tmp_path / "f.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidInput) as caught:
        load([str(path)])
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (ROLE.encode() + b"# \xe9\n", "4:3", "byte 0xe9 is not UTF-8 text", "save the file as UTF-8"),
        (b"PK\x03\x04\xff", "1:5", "is not UTF-8", "zip archive"),
        (f"{ROLE}# \x07\n", "4:3", "control characters are not allowed", ""),
        ("<html><body>404</body></html>\n", "1:1", "a Kubernetes object is expected", "HTML"),
        ("Error from server (Forbidden): no\n", "1:1", "is missing", "error message of the command"),
        ("NAME   READY\nweb    1/1\n", "1:1", "a Kubernetes object is expected", "-o yaml"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }} }\n", "3:18", "not an object", "helm template"),
        (f"{ROLE}rules: []\nrules: []\n", "5:1", "rules stands twice", "put both into one"),
        (f"{RBAC}kind: role\nmetadata: {{name: r}}\n", "2:7", "there is no kind role", "did you mean Role?"),
        (f"{RBAC}kind: Grant\nmetadata: {{name: r}}\n", "2:7", "there is no kind Grant", "kinds: ClusterRole,"),
        ("apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: r}\n", "2:7", "no kind Deploymnt", "Deployment?"),
        ("apiVersion: rbac.authorization.k8s.io\nkind: Role\nmetadata: {name: r}\n", "1:13", "no version", "k8s.io/v1?"),
        ("apiVersion: rbac.authorization/v1\nkind: Role\nmetadata: {name: r}\n", "1:13", "no API group", "k8s.io?"),
        ("apiVersion: v1\nkind: List\nitems: {}\n", "3:8", "items must be a list, not an object", ""),
        (f"{BINDING}{REF}subjects: [{{kind: user, name: a}}]\n", "5:19", "must be User, Group or", "did you mean User?"),
        (f"{BINDING}{REF}subjects: [{{name: a}}]\n", "5:12", "subjects[0].kind is missing", ""),
        (f"{BINDING}{REF}subjects: [{{kind: User}}]\n", "5:12", "subjects[0].name is missing", ""),
        (f"{BINDING}{REF}subjects: [{{kind: User, name: 7}}]\n", "5:31", "must be a text, not the number 7", 'quotes: "7"'),
        (f"{BINDING}{REF}subjects: [{{kind: User, name: a, apiGroup: v1}}]\n", "5:44", "apiGroup is v1", "write rbac"),
        (f"{BINDING}roleRef: {{kind: role, name: r}}\n", "4:17", "roleRef.kind role must be", "did you mean Role?"),
        (f"{BINDING}roleRef: {{kind: Role}}\n", "4:10", "roleRef.name is missing", ""),
        (
            BINDING.replace("RoleB", "ClusterRoleB") + "roleRef: {kind: Role, name: r}\n",
            "4:17",
            "must be ClusterRole in",
            "",
        ),
        (
            BINDING.replace("RoleB", "ClusterRoleB") + f"{REF}subjects: [{{kind: ServiceAccount, name: r}}]\n",
            "5:12",
            "subjects[0].namespace is missing",
            "say the namespace",
        ),
    ],
)
def test_where_and_what_is_meant(tmp_path: Path, text: str | bytes, place: str, message: str, hint: str) -> None:
    error = failure(tmp_path, text)
    assert str(error).startswith(f"{tmp_path}/f.yaml:{place}: ")
    assert message in str(error)
    assert hint in error.hint


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: authorization.openshift.io/v1\nkind: Role\nmetadata: {name: r}\n",
        "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: r}\n",
        "apiVersion: example.com/v1\nkind: deployment\nmetadata: {name: r}\n",
        f"{BINDING}{REF}subjects: [{{kind: ServiceAccount, name: a}}]\n",
    ],
)
def test_what_is_strange_but_right(tmp_path: Path, text: str) -> None:
    (tmp_path / "f.yaml").write_text(text)
    assert len(load([str(tmp_path)]).state) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + ROLE.encode(),
        ROLE.encode("utf-16"),
        ROLE.replace("\n", "\r\n").encode(),
        gzip.compress(b"---\n") + gzip.compress(ROLE.encode()),
        b'\xef\xbb\xbf{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}}',
    ],
)
def test_what_editors_and_tools_make_of_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f.yaml.gz").write_bytes(data)
    assert [name_of(obj) for obj in load([str(tmp_path)]).state] == ["r"]


def test_damaged_archives() -> None:
    packed = gzip.compress(b"a: b\n" * 100)
    with pytest.raises(InvalidInput, match="ends too early"):
        plain_text(packed[:-9], "f.gz")
    with pytest.raises(InvalidInput, match="is damaged"):
        plain_text(packed[:10] + b"\xff" * 9, "f.gz")


def test_an_archive_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LONGEST <= 1 << 30
    monkeypatch.setattr("kubegate.bundle.text.LONGEST", 1000)
    with pytest.raises(InvalidInput, match="unpacks to more than"):
        plain_text(gzip.compress(b"x" * 1001), "f.gz")


def test_keep_going_takes_the_documents_after_the_wrong_one(tmp_path: Path) -> None:
    broken = f"{ROLE}---\na: [\n---\n{ROLE.replace('name: r', 'name: s')}---\nx: 1\nx: 2\n---\n{BINDING}{REF}"
    (tmp_path / "f.yaml").write_text(broken)
    loaded = load([str(tmp_path)], keep_going=True)
    assert [name_of(obj) for obj in loaded.state] == ["r", "s", "b"]
    assert [error.location.line for error in loaded.problems if error.location] == [6, 12]
    assert not loaded.may_deny
    assert str(loaded.state.locate(list(loaded.state)[2], "roleRef.name")) == f"{tmp_path}/f.yaml:17:36: roleRef.name"


def test_what_is_left_out_may_deny(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("apiVersion: policy.kubegate.dev/v1alpha1\nkind: AccessPolicies\nmetadata: {name: a}\n")
    assert load([str(tmp_path)], keep_going=True).may_deny


def test_doubts_are_noted(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.yaml").write_text(f"{ROLE}rules: []\n---\n{ROLE}---\n{ROLE}")
    loaded = load([str(tmp_path / "empty"), str(tmp_path / "a.yaml")])
    assert loaded.notes == [
        f"{tmp_path}/empty: no manifests in it",
        f"{tmp_path}/a.yaml:6: ClusterRole r replaces the one at {tmp_path}/a.yaml:1",
    ]


def test_objects_that_are_named_when_they_are_created_are_all_there(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: p-}\n---\n"
    (tmp_path / "f.yaml").write_text(pod * 3)
    state = load([str(tmp_path)]).state
    assert len(state) == 3
    assert len(state.excluding(list(state)[:1])) == 0


def test_a_pipe_in_a_directory_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.yaml")
    with pytest.raises(InvalidInput, match="not a regular file"):
        load([str(tmp_path)])
