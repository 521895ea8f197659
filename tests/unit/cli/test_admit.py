"""``kubegate admit``: exit statuses and outputs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner, Result

from kubegate.cli.admit import command
from kubegate.cli.exit_codes import Exit
from kubegate.errors import KubegateError

GOOD = "{apiVersion: v1, kind: Pod, metadata: {name: good}, spec: {containers: [{name: c, image: 'i:1'}]}}"
BAD = "{apiVersion: v1, kind: Pod, metadata: {name: bad}, spec: {hostNetwork: true, containers: [{name: c, image: i}]}}"
LABELS = "pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted"
STATE = "{apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {" + LABELS + "}}}"
NODE_ROLE = "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {node-restriction.kubernetes.io/x: y}}}"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in (("good", GOOD), ("bad", BAD), ("node", NODE_ROLE)):
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "namespace.yaml").write_text(STATE)
    return tmp_path


def run(*args: object, stdin: str = "") -> Result:
    return CliRunner().invoke(command, [str(a) for a in args], input=stdin, standalone_mode=False, catch_exceptions=False)


def test_admitted(files: Path) -> None:
    result = run(files / "good.yaml")
    assert result.return_value == 0
    assert "Pod default/good" in result.stdout
    assert "admitted" in result.stdout


def test_refused(files: Path) -> None:
    result = run(files / "good.yaml", files / "bad.yaml", "-f", files / "state")
    assert result.return_value == 2
    assert 'pods "bad" is forbidden: violates PodSecurity "baseline:latest": host namespaces' in result.stdout
    assert f"[Namespace default {files}/state/namespace.yaml:1" in result.stdout
    assert 'would violate PodSecurity "restricted:latest"' in result.stderr


def test_wide_shows_what_each_plugin_changed(files: Path) -> None:
    result = run(files / "good.yaml", "-o", "wide", "--enable-admission-plugins", "AlwaysPullImages")
    assert "Pod default/good: changed by AlwaysPullImages" in result.stdout
    assert 'replace /spec/containers/0/imagePullPolicy "Always"' in result.stdout


def test_yaml_is_the_admitted_objects(files: Path) -> None:
    result = run(files / "good.yaml", files / "bad.yaml", "-f", files / "state", "-o", "yaml")
    [admitted] = yaml.safe_load_all(result.stdout)
    assert (admitted["metadata"]["name"], admitted["spec"]["priority"]) == ("good", 0)
    assert 'refused: Pod default/bad: pods "bad" is forbidden' in result.stderr
    assert result.return_value == 2


def test_json_is_everything(files: Path) -> None:
    result = run(files / "bad.yaml", "-f", files / "state", "-o", "json")
    [found] = json.loads(result.stdout)["results"]
    assert (found["admitted"], found["refusedBy"], found["decidedBy"]) == (False, "PodSecurity", "Namespace default")
    assert found["refusal"]["code"] == 403
    assert found["auditAnnotations"]["pod-security.kubernetes.io/enforce-policy"] == "baseline:latest"


def test_junit_and_sarif(files: Path) -> None:
    suite = ElementTree.fromstring(run(files / "bad.yaml", "-f", files / "state", "-o", "junit").stdout)
    assert suite.get("failures") == "1"
    report = json.loads(run(files / "bad.yaml", "-f", files / "state", "-o", "sarif").stdout)
    assert "PodSecurity" in {result["ruleId"] for result in report["runs"][0]["results"]}


def test_from_standard_input() -> None:
    assert run("-", stdin=GOOD).return_value == 0


def test_somebody_asks(files: Path) -> None:
    """NodeRestriction binds nodes, not the administrator who asks without --as."""
    enabled = ("--enable-admission-plugins", "NodeRestriction")
    node = ("--as", "system:node:n1", "--as-group", "system:nodes")
    assert run(files / "node.yaml", *enabled).return_value == 0
    result = run(files / "node.yaml", *enabled, *node)
    assert result.return_value == 2
    assert "is not allowed to set the following labels: node-restriction.kubernetes.io/x" in result.stdout


def test_a_disabled_plugin_says_nothing(files: Path) -> None:
    assert run(files / "bad.yaml", "-f", files / "state", "--disable-admission-plugins", "PodSecurity").return_value == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--feature-gates", "X"), "NAME=true or NAME=false is expected"),
        (("--enable-admission-plugins", "Nothing"), "Nothing"),
        (("--admission-control-config-file", "/nowhere.yaml"), "/nowhere.yaml"),
    ],
)
def test_wrong_flags_stop_it(files: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(KubegateError, match=message):
        run(files / "good.yaml", *arguments)


GADGET = "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: g}}"


class TestWhatCannotBeRead:
    def test_an_unknown_kind_is_told_with_its_place(self, files: Path) -> None:
        (files / "gadget.yaml").write_text(f"# one\n{GADGET}")
        with pytest.raises(KubegateError) as error:
            run(files / "good.yaml", files / "gadget.yaml")
        assert str(error.value) == f"{files}/gadget.yaml:2: the API has no kind example.com/v1, Kind=Gadget"

    @pytest.mark.parametrize("text", [GADGET, "{apiVersion: v1, kind: ConfigMap}", "{"])
    def test_what_is_left_out_leaves_the_answer_open(self, files: Path, text: str) -> None:
        (files / "other.yaml").write_text(text)
        result = run(files / "good.yaml", files / "other.yaml", "--keep-going")
        assert result.return_value == Exit.UNDECIDED
        assert "Pod default/good   admitted" in result.stdout
        assert f"warning: left out: {files}/other.yaml:" in result.stderr

    def test_a_policy_may_have_been_left_out(self, files: Path) -> None:
        (files / "state" / "policy.yaml").write_text("{apiVersion: v1, kind: ResourceQuota}")
        result = run(files / "good.yaml", "-f", files / "state", "--keep-going")
        assert result.return_value == Exit.UNDECIDED

    def test_a_refusal_stands(self, files: Path) -> None:
        (files / "other.yaml").write_text(GADGET)
        result = run(files / "bad.yaml", files / "other.yaml", "-f", files / "state", "--keep-going")
        assert result.return_value == Exit.NO


def test_nothing_to_judge(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(KubegateError, match="no objects to judge"):
        run(tmp_path / "empty.yaml")


WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
- name: a.b.c
  clientConfig: {url: "https://127.0.0.1:1/x"}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: ["*"]}]
  sideEffects: None
  admissionReviewVersions: [v1]
"""


@pytest.mark.parametrize(
    ("flags", "code"), [((), Exit.UNDECIDED), (("--no-webhooks",), Exit.OK), (("--webhooks",), Exit.NO)]
)
def test_webhooks_are_asked_only_when_told_to(tmp_path: Path, flags: tuple[str, ...], code: Exit) -> None:
    (tmp_path / "hook.yaml").write_text(WEBHOOK)
    (tmp_path / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    arguments = [str(tmp_path / "map.yaml"), "-f", str(tmp_path / "hook.yaml"), *flags]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.return_value == code
    assert ("not asked: ValidatingWebhookConfiguration hook" in result.output) is (code is Exit.UNDECIDED)
