"""Whatever the decision endpoint is asked, it answers; and what is no proper question is never allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.webhook import build_endpoint
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions
from kubegate.webhook.interface import HookRequest
from kubegate.webhook.wsgi import Application
from tests.property.spoiling import spoiled

POLICIES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: v}
spec: {matchConstraints: {resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}]},
  validations: [{expression: "object.metadata.name != 'x'"}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: v}
spec: {policyName: v, validationActions: [Deny]}
"""
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "default"},
    "spec": {"containers": [{"name": "c", "image": "i:1"}]},
}
SUBJECT_ACCESS: dict[str, Any] = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SubjectAccessReview",
    "spec": {
        "user": "john",
        "groups": ["g"],
        "extra": {"a.b/c": ["d"]},
        "resourceAttributes": {
            "verb": "list",
            "resource": "pods",
            "namespace": "default",
            "labelSelector": {"requirements": [{"key": "a", "operator": "In", "values": ["b"]}]},
            "fieldSelector": {"rawSelector": "metadata.name=a"},
        },
    },
}
ADMISSION: dict[str, Any] = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {
        "uid": "u",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
        "requestResource": {"group": "", "version": "v1", "resource": "pods"},
        "name": "p",
        "namespace": "default",
        "operation": "UPDATE",
        "userInfo": {"username": "jane", "groups": ["g"], "extra": {"k": ["v"]}},
        "object": POD,
        "oldObject": POD,
        "dryRun": False,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "UpdateOptions"},
    },
}
IMAGES: dict[str, Any] = {
    "apiVersion": "imagepolicy.k8s.io/v1alpha1",
    "kind": "ImageReview",
    "spec": {"containers": [{"image": "i:1"}], "annotations": {"a.image-policy.k8s.io/b": "c"}, "namespace": "default"},
}
TOKENS: dict[str, Any] = {
    "apiVersion": "authentication.k8s.io/v1",
    "kind": "TokenReview",
    "spec": {"token": "none.of.ours", "audiences": ["a"]},
}
QUESTIONS = [
    ("/authorize", SUBJECT_ACCESS),
    ("/authorize/batch", SUBJECT_ACCESS),
    ("/validate", ADMISSION),
    ("/mutate", ADMISSION),
    ("/image-review", IMAGES),
    ("/authenticate", TOKENS),
]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Application:
    folder = tmp_path_factory.mktemp("endpoint")
    (folder / "policies.yaml").write_text(POLICIES)
    (folder / "tokens.csv").write_text("secret-token,jane,1\n")
    options = EndpointOptions(
        WebhookOptions(filename=[str(folder / "policies.yaml")]),
        AuthnOptions(token_auth_file=str(folder / "tokens.csv")),
        AuthzOptions(authorization_mode=["RBAC"]),
        AdmissionOptions(),
    )
    return build_endpoint(options, follow=False)


@settings(max_examples=300)
@given(st.data())
def test_spoiled_questions_are_answered(endpoint: Application, data: st.DataObject) -> None:
    path, question = data.draw(st.sampled_from(QUESTIONS))
    answer = endpoint.answer(HookRequest("POST", path, json.dumps(data.draw(spoiled(question))).encode()))
    assert b"the decision endpoint failed" not in answer.body
    assert b'"allowed":true' not in answer.body or path not in ("/authorize", "/authorize/batch")
    assert b'"authenticated":true' not in answer.body


@settings(max_examples=100)
@given(st.sampled_from(QUESTIONS), st.binary(max_size=40), st.integers(0, 200))
def test_cut_and_garbled_questions_are_answered(
    endpoint: Application, question: tuple[str, Any], garbage: bytes, place: int
) -> None:
    path, body = question[0], json.dumps(question[1]).encode()
    answer = endpoint.answer(HookRequest("POST", path, body[:place] + garbage + body[place + len(garbage) :]))
    assert b"the decision endpoint failed" not in answer.body
    assert b'"authenticated":true' not in answer.body
