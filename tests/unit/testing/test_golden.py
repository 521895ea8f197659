"""The golden matrix: written from policies, noticing every change, written anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kubegate.cli.test import command
from kubegate.errors import InvalidInput

POLICY = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
- {apiGroups: [apps], resources: [deployments], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}
- {kind: Group, name: "yes", apiGroup: rbac.authorization.k8s.io}
- {kind: ServiceAccount, name: ci, namespace: tools}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: "root: me", apiGroup: rbac.authorization.k8s.io}]
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words], standalone_mode=False)


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "rbac.yaml").write_text(POLICY)
    file = tmp_path / "suites" / "golden.kubegate.yaml"
    file.parent.mkdir()
    answer = run("--init", "-f", tmp_path / "policies", file)
    assert answer.return_value == 0, answer.exception
    return file


def test_what_is_written_holds(golden: Path) -> None:
    assert run(golden).return_value == 0
    text = golden.read_text()
    assert '- "../policies"\n' in text
    assert '      "User root: me": {"*": "*"}\n' in text
    assert "      Group yes: &row1\n        pods: get list\n" in text
    assert "      ServiceAccount tools/ci: *row1\n" in text
    assert run("--update", golden).return_value == 0
    assert golden.read_text() == text


def test_every_change_of_the_policies_is_noticed_until_it_is_written(golden: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policies" / "rbac.yaml"
    for old, new, told in (
        ("verbs: [get, list]", "verbs: [get, list, delete]", "User alice may also: delete pods"),
        ("verbs: [get, list, delete]", "verbs: [get]", "User alice may not list pods in shop"),
        ("name: alice", "name: bob", "not in the matrix: User bob"),
    ):
        policy.write_text(policy.read_text().replace(old, new))
        answer = run(golden)
        assert answer.return_value == 2 and told in answer.output
        assert run("--update", golden).return_value == 0
        assert run(golden).return_value == 0
    assert "alice" not in golden.read_text()


def test_the_rest_of_the_file_stays(golden: Path, tmp_path: Path) -> None:
    head, _, matrix = golden.read_text().partition("  # What everybody")
    more = "  # first\n  access:  # kept\n  - {user: alice, cannot: [get nodes]}\n"
    golden.write_text(head + "  # What everybody" + matrix + more)
    policy = tmp_path / "policies" / "rbac.yaml"
    policy.write_text(policy.read_text().replace("[get, list]", "[get]"))
    run("--update", golden)
    text = golden.read_text()
    assert text.startswith(head) and text.endswith(more) and "pods: get\n" in text
    assert run(golden).return_value == 0


def test_a_matrix_in_part_stays_one(tmp_path: Path) -> None:
    (tmp_path / "rbac.yaml").write_text(POLICY)
    file = tmp_path / "a.kubegate.yaml"
    head = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n  policies: [rbac.yaml]\n"
    file.write_text(
        head + "  matrix:\n"
        "  - {namespace: shop, verbs: [get, delete], resources: [pods, secrets], subjects: {alice: {pods: delete}}}\n"
    )
    run("--update", file)
    assert file.read_text() == head + (
        "  matrix:\n"
        "  - namespace: shop\n"
        "    verbs: [get, delete]\n"
        "    resources: [pods, secrets]\n"
        "    subjects:\n"
        "      alice: {pods: get}\n"
    )


def test_a_column_that_only_a_row_named_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.kubegate.yaml"
    head = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n"
    file.write_text(
        head + "  matrix:\n  - subjects: {alice: {pods: get}, Group system:masters: {nodes: get}}\n\n  # the end\n"
    )
    run("--update", file)
    assert file.read_text() == head + (
        "  matrix:\n"
        "  - namespace: default\n"
        "    resources: [pods, nodes]\n"
        "    subjects:\n"
        "      alice: {}\n"
        '      Group system:masters: {"*": "*"}\n'
        "\n"
        "  # the end\n"
    )


def test_what_is_refused(golden: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    for words, message in (
        (("--init", "-f", policies, golden), "is there already"),
        (("--init", "-f", policies, tmp_path / "x.yaml"), "a suite's name ends in .kubegate.yaml"),
        (("--init", "-f", tmp_path / "none", tmp_path / "x.kubegate.yaml"), "no such file"),
        (("--init", golden), "--init needs the manifests"),
        (("--init", "-f", policies, "a", "b"), "give one PATH"),
        (("-f", policies), "-f goes with --init"),
    ):
        assert message in str(run(*words).exception), words
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(InvalidInput, match="nothing to write down"):
        raise run("--init", "-f", tmp_path / "empty.yaml").exception or AssertionError
    braces = tmp_path / "b.kubegate.yaml"
    braces.write_text("{apiVersion: testing.kubegate.dev/v1alpha1, kind: PolicySuite, spec: {matrix: [{subjects: {}}]}}")
    assert "written in braces" in str(run("--update", braces).exception)


def test_subjects_of_access_policies_count(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("""\
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: a}
spec:
  effect: Allow
  subjects: [{kind: User, name: dora}, {kind: User, name: 'x*'}]
  namespaces: [shop]
  rules: [{verbs: [get], apiGroups: [""], resources: [pods]}]
""")
    file = tmp_path / "golden.kubegate.yaml"
    assert run("--init", "-f", policy, file).return_value == 0
    assert "      User dora: {pods: get}\n" in file.read_text()
    assert run(file).return_value == 0
    policy.write_text(policy.read_text().replace("dora", "eve"))
    assert "not in the matrix: User eve" in run(file).output


def test_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "rbac.yaml").write_text(POLICY)
    assert run("--init", "-f", tmp_path / "rbac.yaml").stdout.startswith("apiVersion: testing.kubegate.dev/v1alpha1\n")
