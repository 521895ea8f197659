"""Where the decision endpoint has its policies from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision
from kubegate.compose import dry_run
from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.live import LiveObjects
from kubegate.compose.webhook import build_endpoint
from kubegate.compose.webhook_policies import CurrentObjects, from_files
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions
from kubegate.errors import ConfigurationError, Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.exchange import Answer
from kubegate.outbound.kubeconfig import Remote
from kubegate.webhook.admission import AdmissionHandler
from kubegate.webhook.image_review import ImageReviewHandler
from kubegate.webhook.interface import HookRequest
from kubegate.webhook.policy import PolicyHolder

MUTATING, VALIDATING = "MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"


def options(**own: Any) -> EndpointOptions:
    return EndpointOptions(WebhookOptions(**own), AuthnOptions(), AuthzOptions(), AdmissionOptions())


def account(name: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "a"}})


def test_files_are_read_once_for_all_that_is_made_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(account("one"))
    loads = []
    load = dry_run.load

    def counted(*args: Any, **more: Any) -> Any:
        loads.append(args)
        return load(*args, **more)

    monkeypatch.setattr(dry_run, "load", counted)
    holder = PolicyHolder(lambda: from_files(options(filename=[str(tmp_path)])))
    authorizer = holder.part(lambda content: content.authorizer)
    chain = holder.part(lambda content: content.chain)
    objects = CurrentObjects(holder)
    assert len(loads) == 1
    before = (authorizer.current.content, chain.current.content)
    (tmp_path / "a.yaml").write_text(account("two"))
    assert holder.reload()
    assert len(loads) == 2
    assert authorizer.current.content is not before[0]
    assert chain.current.content is not before[1]
    assert (authorizer.current.generation, chain.current.generation) == (2, 2)
    assert objects.get("serviceaccounts", "a", "one") is None
    assert objects.get("serviceaccounts", "a", "two") is not None


def test_a_failed_load_changes_no_part(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(account("one"))
    holder = PolicyHolder(lambda: from_files(options(filename=[str(file)])))
    part = holder.part(lambda content: content.authorizer)
    before = part.current
    file.write_text("kind: [")
    assert not holder.reload()
    assert part.current is before


def test_policies_are_of_files_or_of_a_cluster() -> None:
    with pytest.raises(ConfigurationError, match="exclude each other"):
        build_endpoint(options(filename=["a"], kubeconfig="b"), follow=False)


class FakeClient(Client):
    """Answers GETs from a table and writes down what was asked."""

    def __init__(self, answers: dict[str, tuple[int, Any]]) -> None:
        super().__init__(Remote("http://127.0.0.1:9"), timeout=1)
        self.answers = answers
        self.asked: list[str] = []

    def get(self, path: str, *, timeout: float | None = None, longest: int = 0) -> Answer:
        self.asked.append(path)
        code, body = self.answers.get(path, (404, {}))
        return Answer(code, json.dumps(body).encode(), {})


CRDS = "customresourcedefinitions.apiextensions.k8s.io"


def test_what_is_not_followed_is_asked_for() -> None:
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "s"}}
    items = {"kind": "WidgetList", "apiVersion": "x.io/v2", "items": [{"metadata": {"name": "w"}}]}
    client = FakeClient(
        {"/api/v1/namespaces/a/secrets/s": (200, secret), "/apis/x.io/v2/namespaces/a/widgets": (200, items)}
    )
    objects = LiveObjects(client, ["namespaces", CRDS])
    versions = [{"name": "v1", "storage": False}, {"name": "v2", "storage": True}]
    objects.put(CRDS, {"metadata": {"name": "widgets.x.io"}, "spec": {"versions": versions}})
    assert objects.get("secrets", "a", "s") == secret
    assert objects.get("secrets", "a", "none") is None
    assert list(objects.list("widgets.x.io", "a")) == [
        {"apiVersion": "x.io/v2", "kind": "Widget", "metadata": {"name": "w"}}
    ]
    asked = len(client.asked)
    assert objects.get("namespaces", "", "a") is None  # followed: not there
    assert list(objects.list("gadgets.x.io", "a")) == []  # no such kind
    assert len(client.asked) == asked


def test_a_cluster_that_refuses_is_an_error_not_an_absence() -> None:
    status = {"kind": "Status", "status": "Failure", "message": "secrets is forbidden"}
    objects = LiveObjects(FakeClient({"/api/v1/namespaces/a/secrets/s": (403, status)}), [])
    with pytest.raises(Unavailable, match="secrets is forbidden"):
        objects.get("secrets", "a", "s")


def test_names_lead_nowhere_else() -> None:
    client = FakeClient({})
    objects = LiveObjects(client, [])
    assert objects.get("secrets", "a", "../../b/secrets/s?x#y") is None
    assert client.asked == ["/api/v1/namespaces/a/secrets/..%2F..%2Fb%2Fsecrets%2Fs%3Fx%23y"]
    for namespace, name in (("..", "s"), ("a", "..")):
        with pytest.raises(Unavailable):
            objects.get("secrets", namespace, name)
    assert len(client.asked) == 1


@pytest.mark.parametrize(
    ("enabled", "disabled", "asked"),
    [
        ([], [], set()),
        ([VALIDATING], [], {VALIDATING}),
        ([MUTATING, VALIDATING], [], {MUTATING, VALIDATING}),
        ([], [MUTATING], set()),
    ],
    ids=["default", "one", "both", "off"],
)
def test_webhooks_are_asked_only_where_they_are_named(enabled: list[str], disabled: list[str], asked: set[str]) -> None:
    admission = AdmissionOptions(enable_admission_plugins=enabled, disable_admission_plugins=disabled)
    policies = from_files(EndpointOptions(WebhookOptions(), AuthnOptions(), AuthzOptions(), admission))
    assert {MUTATING, VALIDATING} & set(policies.chain.names) == asked
    assert "NamespaceLifecycle" in policies.chain.names


def test_access_policies_of_files_decide_before_roles(tmp_path: Path) -> None:
    binding = {"kind": "ClusterRoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "b"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "jane"}]
    (tmp_path / "rbac.yaml").write_text(json.dumps({**binding, "roleRef": role, "subjects": subjects}))
    spec = {
        "effect": "Deny",
        "subjects": [{"kind": "User", "name": "jane"}],
        "rules": [{"verbs": ["*"], "apiGroups": [""], "resources": ["secrets"]}],
    }
    deny = {"kind": "AccessPolicy", "apiVersion": "policy.kubegate.dev/v1alpha1", "metadata": {"name": "d"}, "spec": spec}
    (tmp_path / "deny.yaml").write_text(json.dumps(deny))
    authz = AuthzOptions(authorization_mode=["AccessPolicy", "RBAC"], access_policy_file=[str(tmp_path / "deny.yaml")])
    webhook = WebhookOptions(filename=[str(tmp_path / "rbac.yaml")])
    authorizer = from_files(EndpointOptions(webhook, AuthnOptions(), authz, AdmissionOptions())).authorizer
    jane = User.of("jane")
    assert authorizer.authorize(Attributes(jane, "get", resource="secrets", namespace="a")).decision is Decision.DENY
    assert authorizer.authorize(Attributes(jane, "get", resource="pods", namespace="a")).decision is Decision.ALLOW


RULE = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: images}
spec:
  paramKind: {apiVersion: example.com/v1, kind: Registry}
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "object.spec.containers.all(c, c.image.startsWith(params.host))", message: from elsewhere}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: images}
spec: {policyName: images, validationActions: [Deny], paramRef: {name: ours, parameterNotFoundAction: Deny}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: registries.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: registries, singular: registry, kind: Registry, listKind: RegistryList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {host: {type: string}}}}
---
{apiVersion: example.com/v1, kind: Registry, metadata: {name: ours}, host: registry.example.com/}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: l, namespace: shop}
spec: {limits: [{type: Container, max: {cpu: "1"}}]}
"""


def handlers(folder: Path) -> tuple[AdmissionHandler, ImageReviewHandler]:
    (folder / "policies.yaml").write_text(RULE)
    chains = PolicyHolder(lambda: from_files(options(filename=[str(folder)]))).part(lambda content: content.chain)
    return AdmissionHandler(chains, mutating=False), ImageReviewHandler(chains)


@pytest.mark.parametrize(
    ("namespace", "image", "why"),
    [
        ("shop", "registry.example.com/a", ""),
        ("shop", "docker.io/a", "denied request: from elsewhere"),
        ("undeclared", "docker.io/a", ""),
    ],
)
def test_images_are_judged_by_policies_with_params(tmp_path: Path, namespace: str, image: str, why: str) -> None:
    _, handler = handlers(tmp_path)
    spec = {"containers": [{"image": image}], "namespace": namespace}
    review = {"apiVersion": "imagepolicy.k8s.io/v1alpha1", "kind": "ImageReview", "spec": spec}
    status = json.loads(handler.handle(asked(review)).body)["status"]
    assert status["allowed"] == (not why), status
    assert status.get("reason", "").endswith(why)


def test_manifests_need_not_say_what_the_asking_server_has_seen(tmp_path: Path) -> None:
    """Namespaces, service accounts and system priorities are those of the cluster, which has looked for them."""
    handler, _ = handlers(tmp_path)
    spec = {"containers": [{"name": "c", "image": "i"}], "serviceAccountName": "builder", "priority": 2000001000}
    spec |= {"serviceAccount": "builder", "priorityClassName": "system-node-critical"}
    request = {"uid": "u", "operation": "CREATE", "namespace": "undeclared", "userInfo": {"username": "ann"}}
    request["kind"] = {"group": "", "version": "v1", "kind": "Pod"}
    request["resource"] = {"group": "", "version": "v1", "resource": "pods"}
    request["object"] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "undeclared"},
        "spec": spec,
    }
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    response = json.loads(handler.handle(asked(review)).body)["response"]
    assert response["allowed"], response


def asked(review: dict[str, Any]) -> HookRequest:
    return HookRequest("POST", "/", json.dumps(review).encode())
