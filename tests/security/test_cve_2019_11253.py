"""CVE-2019-11253: YAML in which a few aliases stand for billions of values ("billion laughs"), or that nests without end.

Bodies that are simply long are refused as well, before anything is made of them.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kubegate.bundle.load import load
from kubegate.errors import InvalidInput
from kubegate.testing.http_client import Client
from kubegate.testing.suites.suite import load_suite

YAML = "application/yaml"
LIMIT = 3 * 1024 * 1024
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"


def laughs(levels: int) -> str:
    """Ten times as many values on each level."""
    lines = ["a0: &a0 [" + ",".join(["lol"] * 10) + "]"]
    lines += [f"a{level}: &a{level} [" + ",".join([f"*a{level - 1}"] * 10) + "]" for level in range(1, levels)]
    return "\n".join(lines) + "\n"


BOMBS = {
    "billion laughs": (laughs(10), "yaml: document contains excessive aliasing"),
    "merged billion laughs": (
        "a0: &a0 {x: &x [1,1,1,1,1,1,1,1,1,1]}\n"
        + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}, y{n}: [{','.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)),
        "yaml: document contains excessive aliasing",
    ),
    "in itself": ("data: &d {x: *d}\n", "yaml: anchor 'd' value contains itself"),
    "merged into itself": ("data: &d {<<: *d}\n", "yaml: anchor 'd' value contains itself"),
    "in itself by another": ("data: &d {x: &e [*d, *e]}\n", "yaml: anchor 'd' value contains itself"),
    "brackets": ("data: " + "[" * 1_000_000, "yaml: exceeded max depth of 300"),
    "braces": ("data: " + "{a: " * 500_000, "yaml: exceeded max depth of 300"),
    "braces and comments": ("data: " + "[#]\n" * 500_000, "yaml: exceeded max depth of 300"),
    "dashes": ("data:\n" + "- " * 1_000_000, "yaml: exceeded max depth of 300"),
    "question marks": ("data:\n  " + "? " * 1_000_000, "yaml: exceeded max depth of 300"),
    "indentation": ("data:\n" + "".join(" " * n + "a:\n" for n in range(1, 2000)), "yaml: exceeded max depth of 300"),
    "UTF-16": (("\ufeff" + "[" * 400_000).encode("utf-16-le"), "yaml: exceeded max depth of 300"),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_bombs_are_bad_requests(method: str, name: str, admin: Client, namespace: str) -> None:
    """Reached in this process: a crash of the parser would end the test run."""
    text, why = BOMBS[name]
    body = HEAD.encode() + text.encode() if isinstance(text, str) else text
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    if method == "PATCH":
        answer = admin(method, f"{path}/c?fieldManager=m", body, media_type="application/apply-patch+yaml")
    else:
        answer = admin(method, path if method == "POST" else f"{path}/c", body, media_type=YAML)
    assert answer.code == 400, answer.body
    assert why in answer.body["message"]


@pytest.mark.parametrize(
    ("method", "media_type"),
    [
        ("POST", "application/json"),
        ("PUT", YAML),
        ("PATCH", "application/merge-patch+json"),
        ("PATCH", "application/apply-patch+yaml"),
        ("DELETE", "application/vnd.kubernetes.protobuf"),
    ],
)
def test_long_bodies_are_not_read(method: str, media_type: str, admin: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps" + ("" if method == "POST" else "/c")
    answers = [admin(method, path, b" " * (LIMIT + more), media_type=media_type) for more in (0, 1)]
    assert answers[0].code != 413
    assert (answers[1].code, answers[1].body["message"]) == (413, f"Request entity too large: limit is {LIMIT}")


def test_honest_aliases_are_served(admin: Client, namespace: str) -> None:
    text = HEAD + "data: &d {a: &x '1', b: *x}\nbinaryData: {}\nimmutable: &no false\n"
    answer = admin("POST", f"/api/v1/namespaces/{namespace}/configmaps", text, media_type=YAML)
    assert (answer.code, answer.body["data"]) == (201, {"a": "1", "b": "1"})


def test_deep_but_sane_documents_are_read(admin: Client, namespace: str) -> None:
    text = HEAD + "x: " + "[" * 200 + "]" * 200
    answer = admin("POST", f"/api/v1/namespaces/{namespace}/configmaps?fieldValidation=Ignore", text, media_type=YAML)
    assert answer.code == 201, answer.body


@pytest.mark.parametrize("name", BOMBS)
def test_manifests_of_strangers_are_refused_with_their_place(name: str, tmp_path: Path) -> None:
    text = BOMBS[name][0]
    file = tmp_path / "bomb.yaml"
    file.write_bytes(HEAD.encode() + text.encode() if isinstance(text, str) else text)
    with pytest.raises(InvalidInput) as refused:
        load([str(file)])
    assert refused.value.location is not None
    assert (refused.value.location.file, refused.value.location.line > 0) == (str(file), True)


def test_standard_input_is_no_way_around(monkeypatch: pytest.MonkeyPatch) -> None:
    class Piped:
        buffer = io.BytesIO(("- " * 1_000_000).encode())

    monkeypatch.setattr("sys.stdin", Piped())
    with pytest.raises(InvalidInput):
        load(["-"])


@pytest.mark.parametrize("name", [name for name in BOMBS if isinstance(BOMBS[name][0], str) and "depth" in BOMBS[name][1]])
def test_suites_of_strangers_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.kubegate.yaml").write_text(HEAD + BOMBS[name][0])
    with pytest.raises(InvalidInput, match="nests more than 300 deep"):
        load_suite(tmp_path / "x.kubegate.yaml")
