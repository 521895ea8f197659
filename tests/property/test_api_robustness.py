"""Whatever is sent, the server answers: with an object or a Status, never because it stumbled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.server import create_app
from kubegate.testing.http_client import Client
from tests.in_process import in_process
from tests.property.spoiling import spoiled

OBJECTS: list[tuple[str, dict[str, Any]]] = [
    (path, yaml.safe_load(text))
    for path, text in (
        (
            "/api/v1/namespaces/default/pods",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, labels: {a: b}, annotations: {x: y}, ownerReferences: [
              {apiVersion: v1, kind: ConfigMap, name: c, uid: u, controller: true}]}
            spec:
              containers:
              - {name: c, image: "i:1", ports: [{containerPort: 80, name: http}], env: [{name: A, value: b}, {name: S,
                 valueFrom: {secretKeyRef: {name: s, key: k}}}], resources: {limits: {cpu: 1, memory: 1Gi}}, volumeMounts: [
                 {name: v, mountPath: /v}], livenessProbe: {httpGet: {path: /, port: http}}, securityContext: {runAsUser: 1}}
              initContainers: [{name: i, image: "i:1", restartPolicy: Always}]
              volumes: [{name: v, emptyDir: {sizeLimit: 1Gi}}, {name: w, projected: {sources: [
                {configMap: {name: m}}]}}]
              tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
              affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
                {matchExpressions: [{key: k, operator: In, values: [v]}]}]}}}
              topologySpreadConstraints: [{maxSkew: 1, topologyKey: t, whenUnsatisfiable: DoNotSchedule,
                labelSelector: {matchLabels: {a: b}}}]
            """,
        ),
        (
            "/apis/apps/v1/namespaces/default/deployments",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            spec: {replicas: 1, selector: {matchLabels: {a: b}}, strategy: {rollingUpdate: {maxSurge: 25%}},
              template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "i:1"}]}}}
            """,
        ),
        (
            "/api/v1/namespaces/default/services",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {selector: {a: b}, ports: [{port: 80, targetPort: http, name: h}], type: NodePort, ipFamilies: [IPv4],
              externalIPs: [1.2.3.4], sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}, sessionAffinity: ClientIP}
            """,
        ),
        (
            "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: v}
            spec: {matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE],
              resources: [nothing]}]}, validations: [{expression: "object.x == 1", messageExpression: "'a'"}],
              variables: [{name: a, expression: "1 + 1"}], auditAnnotations: [{key: k, valueExpression: "'v'"}],
              matchConditions: [{name: c, expression: "true"}]}
            """,
        ),
        (
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.example.com}
            spec: {group: example.com, scope: Namespaced, names: {plural: things, kind: Thing}, versions: [{name: v1,
              served: true, storage: true, additionalPrinterColumns: [{name: A, type: string, jsonPath: .spec.a}],
              schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string,
              pattern: "^a$", default: a}, b: {type: array, items: {type: integer, minimum: 1}}},
              x-kubernetes-validations: [{rule: "self.a != ''", message: m}]}}}}}]}
            """,
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: r}
            rules: [{apiGroups: [""], resources: [pods], verbs: [get], resourceNames: [a]}]
            """,
        ),
        (
            "/apis/batch/v1/namespaces/default/cronjobs",
            """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: c}
            spec: {schedule: "*/5 * * * *", timeZone: Etc/UTC, jobTemplate: {spec: {podFailurePolicy: {rules: [{
              action: Ignore, onPodConditions: [{type: T, status: "True"}]}]}, template: {spec: {restartPolicy: Never,
              containers: [{name: c, image: "i:1"}]}}}}}
            """,
        ),
        (
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            """
            apiVersion: authorization.k8s.io/v1
            kind: SubjectAccessReview
            spec: {user: u, groups: [g], extra: {a.b/c: [d]}, resourceAttributes: {verb: list, resource: pods,
              labelSelector: {requirements: [{key: a, operator: In, values: [b]}]}}}
            """,
        ),
    )
]
PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    tokens = "admin-token,admin,1,system:masters\n"
    with in_process(tmp_path_factory.mktemp("robust"), tokens, disable=("ServiceAccount",)) as application:
        made = Client(create_app(lambda: application).test_client(), "admin-token")
        for path, obj in OBJECTS:
            answer = made("POST", path, obj)
            assert answer.code == 201, answer.body
        yield made


def stumbled(answer: Any) -> bool:
    return answer.code == 500 and "panic" in json.dumps(answer.body)


@settings(max_examples=300)
@given(st.data())
def test_spoiled_objects_are_answered(client: Client, data: st.DataObject) -> None:
    path, obj = data.draw(st.sampled_from(OBJECTS))
    body, method = data.draw(spoiled(obj)), data.draw(st.sampled_from(["POST", "PUT"]))
    name = f"/{obj['metadata']['name']}" if method == "PUT" and "metadata" in obj else ""
    checking = data.draw(st.sampled_from(["Strict", "Ignore"]))
    assert not stumbled(client(method, f"{path}{name}?dryRun=All&fieldValidation={checking}", body))


@settings(max_examples=200)
@given(st.data())
def test_spoiled_patches_are_answered(client: Client, data: st.DataObject) -> None:
    path, obj = data.draw(st.sampled_from([pair for pair in OBJECTS if "metadata" in pair[1]]))
    media, patch = data.draw(st.sampled_from(PATCHES)), data.draw(spoiled(obj))
    if media == PATCHES[0]:
        operation = {"op": "replace", "path": f"/{data.draw(st.sampled_from(sorted(obj)))}", "value": patch}
        patch = [data.draw(spoiled(operation))]
    place = f"{path}/{obj['metadata']['name']}?dryRun=All" + ("&fieldManager=m&force=true" if media == PATCHES[3] else "")
    assert not stumbled(client("PATCH", place, patch, media_type=media))
