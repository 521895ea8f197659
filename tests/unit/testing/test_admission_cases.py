"""Cases about admission: what holds, what fails and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.errors import InvalidInput
from kubegate.testing.running.result import Result

Judged = Callable[..., list[Result]]

STATE = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments, deployments/scale]}
    - {apiGroups: [""], apiVersions: [v1], operations: [CONNECT], resources: [pods/exec]}
  validations:
  - expression: "request.operation != 'DELETE' || request.userInfo.username == 'boss'"
    message: only the boss deletes
  - expression: "request.operation in ['DELETE', 'CONNECT'] || object.spec.replicas <= 5"
    message: too many replicas
  - expression: "request.operation != 'UPDATE' || has(request.subResource) || object.spec.replicas > 1"
    message: never fewer
  - expression: "!has(request.subResource) || request.subResource != 'scale' || oldObject.spec.replicas == 2"
    message: the scale is not as it was
  - expression: "request.operation != 'CONNECT' || object.container != 'secret'"
    message: nobody enters this one
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Deny]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: one, namespace: shop}
spec: {hard: {pods: "1"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'i:1'}]}
"""
POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop}, spec: {containers: [{name: c, image: 'i:1'}]}}"


def failures(results: list[Result]) -> list[str]:
    return [result.failure for result in results]


def test_what_holds(judged: Judged) -> None:
    """One state for all: no case sees what another one changed."""
    results = judged(
        f"""
        policies: [state.yaml]
        users: {{boss: {{name: boss}}, dev: {{name: dev, groups: [devs]}}}}
        admission:
        - {{object: Deployment/web, namespace: shop, mutated: {{spec: {{strategy: {{type: RollingUpdate}}}}}}}}
        - object: deployments.apps/web
          namespace: shop
          change: {{spec: {{replicas: 9}}}}
          message: >-
            deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few' denied request:
            too many replicas
          code: 422
          reason: Invalid
          decidedBy: 'ValidatingAdmissionPolicy few spec.validations[1]'
        - {{user: dev, operation: delete, object: Deployment/web, namespace: shop, messageContains: only the boss}}
        - {{user: boss, operation: delete, object: Deployment/web, namespace: shop}}
        - {{operation: delete, object: Deployment/none, namespace: shop, code: 404}}
        - operation: update
          object: Deployment/web
          namespace: shop
          change: {{spec: {{replicas: 1}}}}
          messageContains: never
        - oldObject: Deployment/web
          namespace: shop
          change: {{spec: {{replicas: 4}}}}
          changedBy: []
        - object: Deployment/web
          namespace: shop
          change: {{spec: {{template: {{spec: {{containers: [{{name: c, securityContext: {{privileged: true}}}}]}}}}}}}}
          messageContains: 'violates PodSecurity "baseline:latest": privileged'
          decidedBy: 'PodSecurity: Namespace shop'
        - object: {POD % "b"}
          given: [{POD % "a"}]
          messageContains: 'exceeded quota: one'
          decidedBy: 'ResourceQuota: ResourceQuota one'
        - object: {POD % "b"}
          changedBy: [ServiceAccount, Priority, DefaultTolerationSeconds]
          mutated:
            spec: {{serviceAccountName: default, nodeName: null, containers: [{{name: c, imagePullPolicy: IfNotPresent}}]}}
          warningsContain: ['would violate PodSecurity "restricted:latest"']
          auditAnnotations: {{pod-security.kubernetes.io/enforce-policy: 'baseline:latest'}}
        - {{operation: connect, object: Pod/b, subresource: exec, namespace: shop, options: {{container: c}}}}
        - operation: connect
          object: Pod/b
          subresource: exec
          namespace: shop
          options: {{container: secret}}
          admitted: false
        - operation: update
          object: Deployment/web
          subresource: scale
          namespace: shop
          body: {{apiVersion: autoscaling/v1, kind: Scale, metadata: {{name: web, namespace: shop}}, spec: {{replicas: 7}}}}
          messageContains: too many
        - operation: update
          object: Deployment/web
          subresource: scale
          namespace: shop
          body: {{apiVersion: autoscaling/v1, kind: Scale, metadata: {{name: web, namespace: shop}}, spec: {{replicas: 3}}}}
        - objectFile: two.yaml
          namespace: shop
          warnings: []
        """,
        state__yaml=STATE,
        two__yaml="{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n"
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}",
    )
    assert failures(results) == [""] * 16
    assert results[1].decided_by == "ValidatingAdmissionPolicy: ValidatingAdmissionPolicy few spec.validations[1]"
    assert {result.stage for result in results} == {"admission"}


def test_what_fails_says_what_is_so_and_explains_every_stage(judged: Judged) -> None:
    results = judged(
        f"""
        policies: [state.yaml]
        admission:
        - {{object: Deployment/web, namespace: shop, change: {{spec: {{replicas: 9}}}}}}
        - {{object: Deployment/web, namespace: shop, admitted: false}}
        - {{object: Deployment/web, namespace: shop, mutated: {{spec: {{replicas: 3}}}}}}
        - object: Deployment/web
          namespace: shop
          change: {{spec: {{replicas: 9}}}}
          message: nope
          code: 403
          decidedBy: Quota
        - {{object: {POD % "b"}, warnings: [], auditAnnotations: {{a: b}}, changedBy: []}}
        """,
        state__yaml=STATE,
    )
    assert failures(results)[:3] == [
        "refused: deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few' denied request: "
        "too many replicas",
        "admitted",
        "spec.replicas is 2, not 3",
    ]
    assert "code is 422, not 403" in results[3].failure and 'without "Quota"' in results[3].failure
    assert 'changed by ["ServiceAccount","Priority","DefaultTolerationSeconds"], not []' in results[4].failure
    assert "warnings are" in results[4].failure and "audit annotation a is null" in results[4].failure
    assert "ValidatingAdmissionPolicy refused: 422 Invalid:" in results[0].explanation
    assert "state.yaml:17:5: spec.validations[1]" in results[0].explanation
    assert "defaulting changed:" in results[0].explanation
    assert "ServiceAccount changed:" in results[4].explanation and "warning: would violate" in results[4].explanation


def test_the_whole_result(judged: Judged) -> None:
    whole = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {k: v}}"
    more = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}"
    results = judged(
        f"admission: [{{object: {whole}, mutatedExactly: {whole}}}, {{object: {whole}, mutatedExactly: {more}}}]"
    )
    assert failures(results) == ["", 'data is {"k":"v"}, not absent']


def test_access_is_checked_before_admission_where_that_is_wanted(judged: Judged) -> None:
    results = judged(
        """
        policies: [state.yaml]
        admission:
        - user: dev
          checkAccess: true
          operation: patch
          object: Deployment/web
          namespace: shop
          change: {spec: {replicas: 9}}
          code: 403
          decidedBy: authorization
          message: >-
            deployments.apps "web" is forbidden: User "dev" cannot patch resource "deployments" in API group "apps"
            in the namespace "shop"
        - {checkAccess: true, object: Deployment/web, namespace: shop}
        - {user: dev, checkAccess: true, object: Deployment/web, namespace: shop}
        """,
        state__yaml=STATE,
    )
    assert [result.passed for result in results] == [True, True, False]


def test_webhooks_that_are_not_asked_are_told(judged: Judged) -> None:
    """What is admitted may be refused by them; what is refused is refused."""
    spec = """
        objects:
        - apiVersion: admissionregistration.k8s.io/v1
          kind: ValidatingWebhookConfiguration
          metadata: {name: oracle}
          webhooks:
          - name: oracle.example.com
            clientConfig: {url: 'https://oracle.invalid'}
            rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
            admissionReviewVersions: [v1]
            sideEffects: None
        admission:
        - {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}}
        - {object: {apiVersion: v1, kind: ConfigMap, metadata: {name: A}}, admitted: false}
        """
    warnings = [result.warning.partition(";")[0] for result in judged(spec)]
    assert warnings == ["not asked: ValidatingWebhookConfiguration oracle", ""]
    assert [result.warning for result in judged(f"{spec}\n        admissionOptions: {{webhooks: false}}")] == ["", ""]


def test_roles_grant_only_what_their_writer_has(judged: Judged) -> None:
    rule = "{apiGroups: [''], resources: [pods], verbs: [get]}"
    role = f"{{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {{name: r}}, rules: [{rule}]}}"
    [result] = judged(f"admission: [{{user: dev, object: {role}, messageContains: attempting to grant RBAC permissions}}]")
    assert result.passed and result.decided_by == "escalation"


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{object: Deployment/none}", "there is no Deployment default/none among policies and objects"),
        ("{object: Nothing/none}", "names no object of a kind that the API has"),
        ("{object: {apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}}", "the API has no kind"),
        ("{objectFile: nowhere.yaml}", "nowhere.yaml"),
        ("{name: a}", "give object or objectFile"),
        ("{object: Deployment/web, admitted: true, code: 3}", "what is admitted has no message"),
        ("{object: Deployment/web, admitted: false, mutated: {a: 1}}", "what is refused is not mutated"),
    ],
)
def test_what_cannot_be_asked(judged: Judged, case: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        judged(f"admission: [{case}]")
    assert message in str(error.value)
