"""``kubegate select``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from kubegate.cli.select import command

OBJECTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: ns, labels: {app: web}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: two, namespace: ns, labels: {app: db}}, spec: {nodeName: n1}}
- {apiVersion: v1, kind: Pod, metadata: {name: three}}
"""


@pytest.fixture
def objects(tmp_path: Path) -> str:
    (tmp_path / "objects.yaml").write_text(OBJECTS)
    (tmp_path / "README.txt").write_text("not: [read")
    return str(tmp_path)


def run(*args: str, stdin: str = "") -> Result:
    return CliRunner().invoke(command, args, input=stdin, standalone_mode=False, catch_exceptions=False)


@pytest.mark.parametrize(
    ("selector", "names"),
    [("app", ["one", "two"]), ("!app", ["three"]), ("app in (web,x)", ["one"]), ("", ["one", "two", "three"])],
)
def test_selected_objects(objects: str, selector: str, names: list[str]) -> None:
    result = run(selector, "-f", objects, "-o", "json")
    assert [item["metadata"]["name"] for item in json.loads(result.stdout)["items"]] == names
    assert result.return_value == 0


def test_nothing_selected(objects: str) -> None:
    assert run("app=none", "-f", objects).return_value == 2


def test_standard_input_and_fields() -> None:
    result = run("--field-selector", "spec.nodeName=n1", "-f", "-", "-o", "name", stdin=OBJECTS.split("---")[1])
    assert result.stdout == "pod/two\n"


def test_an_unsupported_field_is_refused(objects: str) -> None:
    result = run("--field-selector", "spec.nodeName=n1", "-f", objects)
    assert result.return_value == 3
    assert '"spec.nodeName" is not a known field selector' in result.stderr


def test_a_bad_selector_shows_the_place() -> None:
    result = run("app=web,,")
    assert result.return_value == 3
    assert result.stderr == "error: found ',', expected: identifier after ','\napp=web,,\n        ^\n"


def test_canonical_form() -> None:
    assert run("b,a in (2,1)", "-o", "name").stdout == "a in (1,2),b\n"
    shown = yaml.safe_load(run("b", "-o", "yaml").stdout)
    assert shown == {
        "selector": "b",
        "fieldSelector": "",
        "requirements": [{"key": "b", "operator": "exists", "values": []}],
    }


def test_table(objects: str) -> None:
    lines = run("app=web", "-f", objects).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["NAMESPACE", "KIND", "NAME", "LABELS"],
        ["ns", "ConfigMap", "one", "app=web"],
    ]
