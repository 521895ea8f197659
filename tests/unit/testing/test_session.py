"""Runs of several suites: in processes, stopped at the first failure, again after changes; reports; the schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import yaml
from click.testing import CliRunner

from kubegate.cli.test import command
from kubegate.errors import InvalidInput
from kubegate.testing.reports.forms import FORMS
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import find_suites
from kubegate.testing.running.session import Session
from kubegate.testing.running.watching import changes, watched
from kubegate.testing.suites.schema import FILE, written

ROOT = Path(__file__).resolve().parents[3]
HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n"

LABEL = "metadata.labels.pod-security.kubernetes.io/enforce"


@pytest.fixture
def suites(tmp_path: Path) -> list[Path]:
    for number in range(4):
        spec = "  admission: [{object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}]\n" if number == 1 else ""
        case = f"  access: [{{user: u{number}, cannot: [get pods], can: [{'get pods' if number == 2 else ''}]}}]\n"
        (tmp_path / f"{number}.kubegate.yaml").write_text(HEAD + case + spec)
    return find_suites([str(tmp_path)])


def test_processes_answer_as_one_does_and_in_its_order(suites: list[Path]) -> None:
    told: list[int] = []
    here = Session(jobs=1).run(suites)
    there = Session(jobs=2, told=lambda done, results: told.append(done)).run(suites)
    assert [result.detached() for result in here] == there
    assert told == [1, 2, 3, 4]
    assert [result.passed for result in there] == [True, True, True, False, True, True][: len(there)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_failure_ends_it(suites: list[Path], jobs: int) -> None:
    assert [result.passed for result in Session(fail_fast=True, jobs=jobs).run(suites)] == [True, True, True, False]


def test_what_is_wrong_in_a_process_is_told_with_its_place(suites: list[Path]) -> None:
    suites[3].write_text(HEAD + "  acces: []\n")
    with pytest.raises(InvalidInput, match=r"3\.kubegate\.yaml:4:3: spec\.acces") as error:
        Session(jobs=2).run(suites)
    assert error.value.location is not None and error.value.location.line == 4


def test_what_looks_misspelt_is_told(tmp_path: Path) -> None:
    """A refusal of what does not exist says nothing about what was meant."""
    (tmp_path / "a.kubegate.yaml").write_text(
        HEAD + "  access:\n  - {user: a, cannot: [get podz, get podz, gett pods, deletee deploymentz.apps]}\n"
        "  - user: a\n"
        "    cannot: [get pods, get /x, '* *', get pods/log, get widgets.x.io, get pods.apps, impersonate users]\n"
        "  decisions: [{user: a, request: get podz, decision: no-opinion}]\n"
        "  invariants: [{request: get secretz}]\n"
    )
    answer = CliRunner().invoke(command, [str(tmp_path)], standalone_mode=False)
    assert answer.return_value == 0
    place = f"warning: {tmp_path}/a.kubegate.yaml"
    assert answer.stderr.splitlines() == [
        f"{place}:5: request 'get podz': no API has a resource podz (did you mean pods?)",
        f"{place}:5: request 'gett pods': verb 'gett' is not a known verb (did you mean get?)",
        f"{place}:5: request 'deletee deploymentz.apps': verb 'deletee' is not a known verb (did you mean delete?); "
        "no API has a resource deploymentz (did you mean deployments?)",
        f"{place}:9: request 'get secretz': no API has a resource secretz (did you mean secrets?)",
    ]


def test_all_files_that_matter_are_watched(tmp_path: Path) -> None:
    suite = tmp_path / "a.kubegate.yaml"
    suite.write_text(
        HEAD + "  policies: [rbac]\n  authenticationOptions: {token-auth-file: t.csv, service-account-key-file: [k.pem]}\n"
        "  admission: [{objectFile: o.yaml}]\n  scheduling: [{podFile: p.yaml}]\n"
    )
    broken = tmp_path / "b.kubegate.yaml"
    broken.write_text("x")
    found = {Path(name).name for name in watched([str(tmp_path)], [suite, broken])}
    assert found == {tmp_path.name, "a.kubegate.yaml", "b.kubegate.yaml", "rbac", "t.csv", "k.pem", "o.yaml", "p.yaml"}


def test_a_change_is_told_once_it_is_over(tmp_path: Path) -> None:
    """Nothing happens at the first look, two files are written at the next ones, then it is quiet."""
    file, steps = tmp_path / "a", iter(range(5))

    def wait(seconds: float) -> None:
        step = next(steps)
        if step in (1, 2):
            file.write_text("x" * step)

    found = changes(lambda: [str(tmp_path)], wait)
    next(found)
    assert next(steps) == 4
    with pytest.raises(StopIteration):
        wait(0)
    assert isinstance(found, Iterator)


def test_watching_goes_on_after_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = tmp_path / "a.kubegate.yaml"
    suite.write_text(HEAD + "  acces: []\n")

    def repaired(files: Callable[[], list[str]], wait: Callable[[float], object]) -> Iterator[None]:
        assert str(suite) in files()
        suite.write_text(HEAD + "  access: [{user: a, cannot: [get pods]}]\n")
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr("kubegate.testing.running.watching.changes", repaired)
    answer = CliRunner().invoke(command, [str(tmp_path), "--watch"], standalone_mode=False)
    assert "error: " in answer.stderr and "spec.acces" in answer.stderr
    assert answer.stdout == "1 passed, 0 failed\n"
    assert answer.stderr.count("waiting for changes") == 2


def failing(tmp_path: Path) -> list[Result]:
    suite = tmp_path / "a.kubegate.yaml"
    suite.write_text(
        HEAD + "  objects:\n  - apiVersion: v1\n    kind: Namespace\n"
        "    metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}\n"
        "  access: [{user: a, can: [get pods]}]\n  admission:\n"
        "  - object:\n      apiVersion: v1\n      kind: Pod\n      metadata: {name: a, namespace: shop}\n"
        "      spec: {hostNetwork: true, containers: [{name: c, image: x}]}\n"
    )
    return Session(jobs=1).run([suite])


def test_reports_say_where_it_stands(tmp_path: Path) -> None:
    results = failing(tmp_path)
    assert f"FAIL {tmp_path}/a.kubegate.yaml:8: a can get pods\n" in FORMS["text"](results)
    rows = json.loads(FORMS["json"](results))
    assert [(row["stage"], row["line"], row["decidedBy"]) for row in rows] == [
        ("access", 8, ""),
        ("admission", 10, f"PodSecurity: Namespace shop {LABEL}"),
    ]
    assert f"::error file={tmp_path}/a.kubegate.yaml,line=8,title=kubegate test::a can get pods: " in FORMS["github"](
        results
    )
    assert f"{tmp_path}/a.kubegate.yaml:10" in FORMS["junit"](results)


def test_sarif(tmp_path: Path) -> None:
    results = failing(tmp_path)
    assert FORMS["sarif"]([result.detached() for result in results]) == FORMS["sarif"](results)
    report = json.loads(FORMS["sarif"](results))
    assert report["version"] == "2.1.0"
    [run] = report["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert [found["ruleId"] for found in run["results"]] == ["access", "admission"]
    assert {found["ruleId"] for found in run["results"]} <= rules
    lines = [found["locations"][0]["physicalLocation"]["region"]["startLine"] for found in run["results"]]
    assert lines == [8, 10]
    [related] = run["results"][1]["relatedLocations"]
    assert related["message"]["text"] == f"PodSecurity: Namespace shop {LABEL}"


def test_the_schema_is_current() -> None:
    assert FILE.read_bytes() == written(), "run: python -m kubegate.testing.suites.schema"


def test_the_schema_takes_what_suites_are() -> None:
    validator = jsonschema_rs.validator_for(json.loads(FILE.read_text()))
    for suite in find_suites([str(ROOT / "policies")]):
        assert [error.message for error in validator.iter_errors(yaml.safe_load(suite.read_text()))] == []
    wrong = {"apiVersion": "testing.kubegate.dev/v1alpha1", "kind": "PolicySuite", "spec": {"acces": []}}
    assert not validator.is_valid(wrong)


def test_the_command_prints_the_schema() -> None:
    assert json.loads(CliRunner().invoke(command, ["--schema"], standalone_mode=False).stdout) == json.loads(
        FILE.read_text()
    )


ODD = Result(
    "a b.kubegate.yaml", "tells #1 \\ of \x01\ufffe", 'it is "not" so', "because: of\n- this", at=("spec", "access", 0)
)


def test_tap_has_names_on_one_line_and_failures_as_yaml() -> None:
    report = FORMS["tap"]([Result("a", "holds"), ODD]).splitlines()
    assert report[:3] == ["TAP version 14", "1..2", "ok 1 - a: holds"]
    assert report[3] == "not ok 2 - a b.kubegate.yaml: tells \\#1 \\\\ of \x01\ufffe"
    assert report[4] == "  ---" and report[-1] == "  ..."
    assert yaml.safe_load("\n".join(report[5:-1])) == {
        "message": 'it is "not" so',
        "severity": "fail",
        "at": {"file": "a b.kubegate.yaml", "line": 0},
        "explanation": ["because: of", "- this"],
    }


def test_junit_is_xml_whatever_the_names() -> None:
    root = ElementTree.fromstring(FORMS["junit"]([ODD]))
    (suite,) = root
    assert suite.attrib == {"name": "a b.kubegate.yaml", "tests": "1", "failures": "1", "errors": "0", "skipped": "0"}
    assert suite[0].attrib["name"] == "tells #1 \\ of \ufffd\ufffd"


def test_sarif_names_files_by_uri(tmp_path: Path) -> None:
    document = json.loads(FORMS["sarif"]([ODD, replace(ODD, file=f"{tmp_path}/a b.kubegate.yaml")]))
    places = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in document["runs"][0]["results"]
    ]
    assert places == ["a%20b.kubegate.yaml", (tmp_path / "a b.kubegate.yaml").as_uri()]
