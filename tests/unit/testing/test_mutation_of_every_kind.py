"""Of every kind of policy: the cases that are suggested for all mutants, pasted into the suite, hold and kill them all; with
the patch of a mutant applied to the file, its case fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from kubegate.analysis.mutation.score import Score
from kubegate.testing.measures.mutation import MutationRun
from kubegate.testing.running.runner import open_suite, run_suite

HEAD = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n"
ACCESS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get]}
- {apiGroups: [""], resources: [secrets], resourceNames: [one], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs}
- {kind: ServiceAccount, name: robot, namespace: shop}
---
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: no-secrets}
spec:
  effect: Deny
  subjects: [{kind: User, name: alice}]
  exceptSubjects: [{kind: Group, name: security}]
  rules: [{verbs: [get], apiGroups: [""], resources: [secrets]}]
"""
CUSTOM_KIND = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: shops, singular: shop, kind: Shop, listKind: ShopList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [replicas]
            properties:
              replicas: {type: integer}
              maxReplicas: {type: integer}
              tier: {type: string, maxLength: 20, x-kubernetes-validations: [{rule: "self in ['gold', 'silver']"}]}
              hosts:
                type: array
                maxItems: 10
                items: {type: string, maxLength: 50}
                x-kubernetes-validations:
                - rule: self.all(h, h.endsWith('.example.com'))
            x-kubernetes-validations:
            - rule: "!has(self.maxReplicas) || self.replicas <= self.maxReplicas"
            - rule: self.replicas >= 1 && self.replicas < 100
              message: replicas out of range
            - rule: self.replicas >= oldSelf.replicas
"""
PARAMS = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: limits}
spec:
  failurePolicy: Fail
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - expression: object.spec.replicas <= int(params.data.max)
  - expression: >-
      object.spec.template.spec.containers.all(c,
      params.data.registries.split(',').exists(r, c.image.startsWith(r + '/')))
  - expression: params.data.strict != 'true' || has(object.metadata.labels)
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: limits}
spec:
  policyName: limits
  validationActions: [Deny]
  paramRef: {name: limits, namespace: kube-system, parameterNotFoundAction: Deny}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: kube-system}
data:
  max: "5"
  registries: registry.example,mirror.example
  strict: "true"
"""
WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
- name: guard.example.com
  failurePolicy: Fail
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: "https://127.0.0.1:1/validate"}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  namespaceSelector: {matchLabels: {guarded: "yes"}}
  matchConditions:
  - {name: a, expression: "object.metadata.name.startsWith('g-')"}
---
apiVersion: v1
kind: Namespace
metadata: {name: guarded, labels: {guarded: "yes"}}
"""
CONFIGURATION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Webhook
  name: guard
  webhook:
    timeout: 3s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: Deny
    connectionInfo: {type: KubeConfigFile, kubeConfigFile: {kubeconfig}}
    matchConditions:
    - expression: has(request.resourceAttributes)
    - expression: request.resourceAttributes.namespace == 'kube-system'
    - expression: "!('system:serviceaccounts:kube-system' in request.groups)"
- {type: RBAC, name: rbac}
"""
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1/authorize"}}]
users: [{name: u, user: {}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
"""
KINDS = {
    "access": (ACCESS, "  access: []\n"),
    "custom kind": (CUSTOM_KIND, "  admission: []\n"),
    "params": (PARAMS, "  admission: []\n"),
    "webhook": (WEBHOOK, "  admissionOptions: {webhooks: true}\n  admission: []\n"),
    "configuration": ("", "  authorizationConfig: authz.yaml\n  access: []\n"),
}
OPERATORS = {
    "access": {"rule removed", "verb added", "wildcard widened", "subject swapped", "namespace changed", "deny removed"},
    "custom kind": {"comparison flipped", "boundary moved", "schema rule removed", "function swapped"},
    "params": {"param removed", "param value changed", "param value removed", "param swapped", "comparison flipped"},
    "webhook": {
        "webhook removed",
        "failurePolicy changed",
        "match condition removed",
        "match rule widened",
        "selector dropped",
    },
    "configuration": {"failurePolicy changed", "match condition removed", "comparison flipped", "membership negated"},
}
UNFOUND = {"webhook": {"match rule widened"}}
"""Where no case is found: another group has no kind of this name."""


def written(folder: Path, policy: str, spec: str) -> Path:
    (folder / "policy.yaml").write_text(policy)
    (folder / "hook.kubeconfig").write_text(KUBECONFIG)
    (folder / "authz.yaml").write_text(CONFIGURATION.replace("{kubeconfig}", str(folder / "hook.kubeconfig")))
    suite = folder / "a.kubegate.yaml"
    suite.write_text(f"{HEAD}  policies: [policy.yaml]\n{spec}")
    return suite


def judged(suite: Path) -> Score:
    run = MutationRun(open_suite(suite), Score())
    for mutant in run.mutants():
        run.judge(mutant)
    return run.score


def pasted(suite: Path, cases: list[str]) -> None:
    """The suite with the cases in its spec, each under the key that it names."""
    document = yaml.safe_load(suite.read_text())
    for case in cases:
        for part, added in yaml.safe_load(case).items():
            if isinstance(added, dict):
                document["spec"].setdefault(part, {}).update(added)
            else:
                document["spec"].setdefault(part, []).extend(added)
    suite.write_text(yaml.safe_dump(document, sort_keys=False))


@pytest.mark.parametrize("kind", KINDS)
def test_the_suggested_cases_kill_every_mutant(tmp_path: Path, kind: str) -> None:
    suite = written(tmp_path, *KINDS[kind])
    score = judged(suite)
    assert OPERATORS[kind] <= {survivor.mutant.operator for survivor in score.survivors.values()}
    assert {s.mutant.operator for s in score.survivors.values() if not s.case} <= UNFOUND.get(kind, set())
    pasted(suite, [survivor.case for survivor in score.survivors.values() if survivor.case])
    assert [result.failure for result in run_suite(suite) if not result.passed] == []
    left = judged(suite)
    assert {survivor.mutant.operator for survivor in left.survivors.values()} <= UNFOUND.get(kind, set())
    assert len(left.killed) >= sum(bool(survivor.case) for survivor in score.survivors.values())


@pytest.mark.parametrize("kind", ["access", "configuration"])
def test_with_its_patch_the_case_of_a_mutant_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    suite = written(tmp_path, *KINDS[kind])
    bare = suite.read_text()
    for survivor in judged(suite).survivors.values():
        file = Path(survivor.mutant.location.file)
        before = file.read_text()
        pasted(suite, [survivor.case])
        assert all(result.passed for result in run_suite(suite))
        subprocess.run(["git", "apply", "-"], input=survivor.mutant.patch.encode(), check=True, cwd=tmp_path)
        assert not all(result.passed for result in run_suite(suite)), survivor.mutant.text
        file.write_text(before)
        suite.write_text(bare)
