"""The page of `kubegate matrix -o html`: complete in itself, harmless, with reasons, findings and paths."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from kubegate.analysis.matrix import page
from kubegate.cli.matrix import command

EVIL = "'\\\"></td><script>alert(1)</script><img src=x onerror=alert(1)>'"
STATE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ROLE}
rules: [{verbs: [get, list], apiGroups: [""], resources: [secrets]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ROLE}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: WHO}]
"""


class Page(HTMLParser):
    """The tags with their attributes, and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.parts: dict[str, list[str]] = {"script": [], "style": []}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag in self.parts:
            self.parts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.parts:
            self.parts[self._open][-1] += data


def html(tmp_path: Path, *options: str, who: str = "ann", role: str = "reader") -> str:
    file = tmp_path / "state.yaml"
    file.write_text(STATE.replace("WHO", who).replace("ROLE", role))
    answer = CliRunner().invoke(command, ["-f", str(file), "-o", "html", *options], standalone_mode=False)
    assert answer.exception is None
    return answer.stdout


@pytest.mark.parametrize("field", ["who", "role"])
def test_what_policies_say_is_only_text(tmp_path: Path, field: str) -> None:
    page = Page(html(tmp_path, **{field: EVIL}))
    assert len(page.parts["script"]) == 1 and "alert" not in page.parts["script"][0]
    assert not [tag for tag, _ in page.tags if tag in ("img", "iframe", "object", "link", "form")]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_nothing_comes_from_elsewhere(tmp_path: Path) -> None:
    page = Page(html(tmp_path))
    addresses = [value for _, tag in page.tags for name, value in tag.items() if name in ("src", "href", "action", "data")]
    assert all(value is not None and value.startswith("#") for value in addresses)
    assert "http" not in "".join(text for texts in page.parts.values() for text in texts)


def test_only_the_own_script_and_style_may_be_used(tmp_path: Path) -> None:
    page = Page(html(tmp_path))
    [policy] = [tag["content"] or "" for _, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    for kind, [text] in page.parts.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_cells_say_why(tmp_path: Path) -> None:
    text = html(tmp_path)
    row = next(line for line in text.splitlines() if "<td>secrets</td>" in line)
    assert "<summary>get list</summary>" in row
    assert "<b>get list</b> RBAC: ClusterRoleBinding readers -&gt; ClusterRole/reader, rule 0" in row
    assert f"<code>{tmp_path}/state.yaml:5:9: rules[0]</code>" in row


def test_findings_and_paths(tmp_path: Path) -> None:
    text = html(tmp_path)
    assert "KG102 read-secrets" in text and "1. reads the secrets of kube-system" in text
    assert "The smallest set of bindings without which there is no such path: ClusterRoleBinding readers." in text
    short = html(tmp_path, "--no-findings")
    assert "KG102" not in short and "<summary>get list</summary>" in short


FAKE = """
const node = (value, data) => ({value, dataset: data, tagName: data.tag, addEventListener() {}});
const fields = FIELDS.map(([column, tag, value]) => node(value, {column, tag}));
const cell = text => ({querySelector: () => null, textContent: text});
const rows = ROWS.map(texts => ({cells: texts.map(cell), textContent: texts.join(" ")}));
const section = {querySelectorAll: q => q === "[data-column]" ? fields : rows, querySelector: () => ({})};
globalThis.document = {querySelectorAll: () => [section]};
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run the page's script")
@pytest.mark.parametrize(
    ("column", "tag", "value", "shown"),
    [
        ("0", "INPUT", "ann", "0"),
        ("0", "INPUT", "USER b", "1"),
        ("1", "INPUT", "*", "0"),
        ("2", "INPUT", "secrets", "0 2"),
        ("3", "SELECT", "delete", "2"),
        ("3", "SELECT", "", "0 1 2"),
        ("*", "INPUT", "bob pods", "1"),
        ("*", "INPUT", "nobody", ""),
    ],
)
def test_the_search(column: str, tag: str, value: str, shown: str) -> None:
    script = Path(page.__file__).with_name("html").joinpath("matrix.js").read_text()
    rows = '[["User ann","*","secrets","get"],["User bob","n","pods","get"],["G","n","secrets","deletecollection delete"]]'
    fake = FAKE.replace("FIELDS", f'[["{column}", "{tag}", "{value}"]]').replace("ROWS", rows)
    tail = 'console.log(rows.map((row, i) => row.hidden ? "" : i).filter(i => i !== "").join(" "))'
    done = subprocess.run(
        ["node", "-e", fake + script.replace('"use strict";', "") + tail], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == shown
