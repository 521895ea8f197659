"""Coverage of admission policies, of expressions and their branches, of ABAC lines: where what is missing stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.analysis.coverage.measure import Coverage
from kubegate.cli.test import command
from kubegate.testing.measures.measures import Measures
from kubegate.testing.running.runner import open_suite

HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n  policies: [policy.yaml]\n"
POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: sizes}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  matchConditions:
  - {name: own, expression: "request.namespace != 'kube-system'"}
  variables:
  - {name: data, expression: object.data}
  validations:
  - expression: |-
      size(variables.data) < 2 ||
        'big' in variables.data && object.metadata.name != 'x'
    messageExpression: "'a' + string(size(variables.data))"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: sizes}
spec: {policyName: sizes, validationActions: [Deny]}
"""
PATCHING = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: labels}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  reinvocationPolicy: Never
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >-
        Object{metadata: Object.metadata{labels: {"a": has(object.data) ? "full" : "empty"}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: labels}
spec: {policyName: labels}
"""
AT = "ValidatingAdmissionPolicy sizes, "


def configmap(name: str = "x", namespace: str = "default", **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"} | data}


def admitted(obj: dict[str, Any]) -> dict[str, Any]:
    return {"object": obj}


def refused(obj: dict[str, Any]) -> dict[str, Any]:
    return {"object": obj, "admitted": False}


def written(tmp_path: Path, cases: list[dict[str, Any]], policy: str = POLICY) -> Path:
    (tmp_path / "policy.yaml").write_text(policy)
    file = tmp_path / "a.kubegate.yaml"
    file.write_text(HEAD + f"  admission: {json.dumps(cases)}\n")
    return file


def measured(file: Path) -> Coverage:
    measures = Measures(Coverage())
    with measures.watching():
        loaded = open_suite(file)
        results = list(loaded.run())
    assert [result.failure for result in results if not result.passed] == []
    measures.add(loaded, results)
    assert measures.coverage is not None
    return measures.coverage


def missed(coverage: Coverage) -> set[str]:
    return {item.text.removeprefix(AT) for item in coverage.missed}


CONDITION, VALIDATION = "matchConditions[0].expression: ", "validations[0].expression: "
FIRST, SECOND = "operand of || `size(variables.data) < 2` ", "operand of || `'big' in variables.data && object.met...` "
BIG, NAME = "operand of && `'big' in variables.data` ", "operand of && `object.metadata.name != 'x'` "
POLICY_ITSELF, BINDING = "ValidatingAdmissionPolicy sizes", "ValidatingAdmissionPolicyBinding sizes"
OTHERS = {
    "variables[0].expression: never evaluated",
    "validations[0].messageExpression: never evaluated",
}
ALL = (
    {POLICY_ITSELF, BINDING, *OTHERS}
    | {f"{CONDITION}never {outcome}" for outcome in ("true", "false")}
    | {f"{VALIDATION}{what}never {outcome}" for what in ("", FIRST, SECOND, BIG, NAME) for outcome in ("true", "false")}
)
SMALL = {
    f"{CONDITION}never true",
    f"{VALIDATION}never true",
    f"{VALIDATION}{FIRST}never true",
    "variables[0].expression: never evaluated",
}


@pytest.mark.parametrize(
    ("cases", "exercised"),
    [
        ([], set()),
        ([admitted({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}})], set()),
        ([admitted(configmap(namespace="kube-system"))], {POLICY_ITSELF, BINDING, f"{CONDITION}never false"}),
        ([admitted(configmap())], {POLICY_ITSELF, BINDING, *SMALL}),
        (
            [refused(configmap(b="2"))],
            {
                POLICY_ITSELF,
                BINDING,
                *OTHERS,
                f"{CONDITION}never true",
                *(f"{VALIDATION}{what}never false" for what in ("", FIRST, SECOND, BIG)),
            },
        ),
        (
            [
                admitted(configmap(namespace="kube-system")),
                admitted(configmap()),
                admitted(configmap("y", big="2")),
                refused(configmap("x", big="2")),
                refused(configmap(b="2")),
            ],
            ALL,
        ),
    ],
)
def test_what_cases_exercise(tmp_path: Path, cases: list[dict[str, Any]], exercised: set[str]) -> None:
    assert missed(measured(written(tmp_path, cases))) == ALL - exercised


def test_places(tmp_path: Path) -> None:
    """Of branches the line and column at which they begin."""
    places = {
        item.text.removeprefix(AT): (item.location.line, item.location.column)
        for item in measured(written(tmp_path, [])).missed
    }
    assert places[f"{CONDITION}never true"] == (8, 30)
    assert places[f"{VALIDATION}never true"] == (13, 7)
    assert places[f"{VALIDATION}{SECOND}never true"] == (14, 9)
    assert places[f"{VALIDATION}{NAME}never true"] == (14, 36)
    assert places[BINDING][0] == 17


def test_mutations_and_arms(tmp_path: Path) -> None:
    found = missed(
        measured(written(tmp_path, [{"object": configmap(), "mutated": {"metadata": {"labels": {"a": "full"}}}}], PATCHING))
    )
    assert found == {
        "MutatingAdmissionPolicy labels, mutations[0].applyConfiguration.expression: "
        'arm of ?:, condition false `"empty"` never evaluated'
    }


def test_a_policy_without_binding_is_not_exercised(tmp_path: Path) -> None:
    file = written(tmp_path, [admitted(configmap(b="2"))], POLICY.partition("---")[0])
    assert POLICY_ITSELF in missed(measured(file))


def test_constants_go_one_way(tmp_path: Path) -> None:
    policy = POLICY.replace("request.namespace != 'kube-system'", "true")
    assert f"{CONDITION}never false" not in missed(measured(written(tmp_path, [], policy)))


ACCESS = """\
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: readers}
spec:
  effect: Allow
  subjects: [{kind: User, name: alice}]
  rules: [{verbs: [get, list], apiGroups: [""], resources: [pods]}]
  when:
  - request.resourceAttributes.verb == 'get' && request.resourceAttributes.namespace != 'bank'
"""


def test_conditions_of_access_policies(tmp_path: Path) -> None:
    file = written(tmp_path, [], ACCESS)
    file.write_text(HEAD + "  access: [{user: alice, can: [get pods], cannot: [list pods]}]\n")
    assert missed(measured(file)) == {
        "AccessPolicy readers, when[0]: operand of && `request.resourceAttributes.namespace ...` never false"
    }


def test_lines_of_abac_files(tmp_path: Path) -> None:
    head = '{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "'
    tail = '", "resource": "*", "apiGroup": "*", "namespace": "*"}}\n'
    (tmp_path / "abac.jsonl").write_text("# users\n" + f"{head}alice{tail}{head}bob{tail}")
    file = tmp_path / "a.kubegate.yaml"
    cases = (
        "  authorizationMode: [ABAC]\n  authorizationPolicyFile: abac.jsonl\n  access: [{user: alice, can: [get pods]}]\n"
    )
    file.write_text(HEAD.replace("[policy.yaml]", "[]") + cases)
    found = measured(file).missed
    assert [(item.location.line, item.text) for item in found] == [(3, "ABAC policy of line 3")]


CONFIGURATION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- {type: RBAC, name: rbac}
- type: Webhook
  name: remote
  webhook:
    timeout: 1s
    authorizedTTL: 1s
    unauthorizedTTL: 1s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: Deny
    connectionInfo: {type: KubeConfigFile, kubeConfigFile: KUBECONFIG}
    matchConditions:
    - expression: request.user == 'alice'
"""
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
"""


def test_match_conditions_of_authorization_webhooks(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    (tmp_path / "authz.yaml").write_text(CONFIGURATION.replace("KUBECONFIG", str(tmp_path / "kubeconfig")))
    file = tmp_path / "a.kubegate.yaml"
    cases = "  authorizationConfig: authz.yaml\n  access: [{user: bob, cannot: [get pods]}]\n"
    file.write_text(HEAD.replace("[policy.yaml]", "[]") + cases)
    coverage = measured(file)
    assert [(item.location.line, item.text) for item in coverage.missed] == [
        (16, "AuthorizationConfiguration, authorizers[1].webhook.matchConditions[0].expression: never true")
    ]


def test_the_report(tmp_path: Path) -> None:
    file = str(written(tmp_path, [admitted(configmap())]))
    answer = CliRunner().invoke(command, [file, "--coverage", "--coverage-min", "30"], standalone_mode=False)
    assert f"not exercised: {tmp_path}/policy.yaml:14:9: {AT}{VALIDATION}{SECOND}never true" in answer.output
    assert "bindings 1/1, policies 1/1, expressions 3/6, branches 1/8" in answer.output
    assert answer.return_value == 0
    machine = CliRunner().invoke(command, [file, "--coverage", "-o", "json"], standalone_mode=False)
    row = next(row for row in json.loads(machine.stdout)["coverage"]["notExercised"] if NAME in row["text"])
    assert (row["line"], row["column"], row["outcome"]) == (14, 36, "true")
    assert row["path"] == "spec.validations[0].expression"


WEBHOOKS = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- name: maps.example.com
  clientConfig: {url: "https://127.0.0.1:1/"}
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  timeoutSeconds: 1
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  matchConditions:
  - {name: big, expression: "size(object.data) > 1"}
- name: pods.example.com
  clientConfig: {url: "https://127.0.0.1:1/"}
  admissionReviewVersions: [v1]
  sideEffects: None
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
"""


def test_webhooks_count_where_they_are_asked(tmp_path: Path) -> None:
    file = written(tmp_path, [admitted(configmap())], WEBHOOKS)
    assert missed(measured(file)) == set()
    file.write_text(f"{file.read_text()}  admissionOptions: {{webhooks: true}}\n")
    assert missed(measured(file)) == {
        "ValidatingWebhookConfiguration hooks, webhook pods.example.com",
        "ValidatingWebhookConfiguration hooks, webhooks[0].matchConditions[0].expression: never true",
    }
    places = {item.text: item.location.line for item in measured(file).missed}
    assert sorted(places.values()) == [13, 14]
