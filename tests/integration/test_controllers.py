"""Controllers at work in a server without a network: what they make of what clients write."""

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubegate.api.names import Object
from kubegate.compose.application import build_application
from kubegate.compose.background import build_background
from kubegate.compose.controllers import controller_options
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.store.interface import Store

WAIT = 60.0
APPS = "/apis/apps/v1/namespaces/default"
CORE = "/api/v1/namespaces/default"


class Cluster:
    """A running server: its store to look into, and an administrator's client."""

    def __init__(self, store: Store, client: InternalClient) -> None:
        self.store = store
        self.client = client

    def list(self, resource: str, namespace: str = "default") -> list[Object]:
        return [stored.object for stored in self.store.list(resource, namespace).items]

    def until(self, holds: Callable[[], Any]) -> Any:
        end = time.monotonic() + WAIT
        while not (value := holds()):
            assert time.monotonic() < end, "it did not come to pass"
            time.sleep(0.01)
        return value


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("server")
    options = Options(
        ServingOptions(scheduler=False),
        StorageOptions(data_dir=str(folder), storage="memory"),
        AuthnOptions(),
        AuthzOptions(),
        AdmissionOptions(),
        AuditOptions(),
    )
    options, pki = with_own_keys(options)
    application = build_application(options)
    settings = controller_options(options.data_dir, options.serving.tls_cert_file, pki)
    background = build_background(
        options.serving, lambda: application.pipeline, application.store, application.core.catalog, settings
    )
    background.start()
    client = InternalClient(lambda: application.pipeline, "admin", "system:masters", agent="kubectl")
    found = Cluster(application.store, client)
    found.until(lambda: found.list("serviceaccounts"))
    yield found
    background.stop()
    application.close()


def deployment(name: str, image: str = "nginx:1", replicas: int = 2) -> Object:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}
    return {
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def owned_by(objects: list[Object], name: str) -> list[Object]:
    return [o for o in objects if any(r["name"] == name for r in o["metadata"].get("ownerReferences", ()))]


def test_namespaces_get_an_account_and_the_authority(cluster: Cluster) -> None:
    cluster.client.create("/api/v1/namespaces", {"metadata": {"name": "fresh"}})
    cluster.until(lambda: cluster.list("serviceaccounts", "fresh"))
    (bundle,) = cluster.until(lambda: cluster.list("configmaps", "fresh"))
    assert bundle["metadata"]["name"] == "kube-root-ca.crt"
    assert bundle["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")


def test_a_deleted_namespace_loses_its_content_and_goes(cluster: Cluster) -> None:
    cluster.client.create("/api/v1/namespaces", {"metadata": {"name": "old"}})
    cluster.until(lambda: cluster.list("serviceaccounts", "old"))
    cluster.client.create("/api/v1/namespaces/old/configmaps", {"metadata": {"name": "x"}})
    cluster.client.delete("/api/v1/namespaces/old")
    cluster.until(lambda: cluster.client.get("/api/v1/namespaces/old") is None)
    assert cluster.list("configmaps", "old") == []


def test_a_deployment_rolls_out_and_back_and_leaves_nothing(cluster: Cluster) -> None:
    cluster.client.create(f"{APPS}/deployments", deployment("web"))
    (first,) = cluster.until(lambda: owned_by(cluster.list("replicasets.apps"), "web"))
    pods = cluster.until(lambda: owned_by(cluster.list("pods"), first["metadata"]["name"])[1:])
    assert pods[0]["metadata"]["generateName"] == f"{first['metadata']['name']}-"

    cluster.client.patch(
        f"{APPS}/deployments/web", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}}}}
    )
    cluster.until(lambda: len(owned_by(cluster.list("replicasets.apps"), "web")) == 2)
    both = owned_by(cluster.list("replicasets.apps"), "web")
    revisions = {s["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for s in both}
    assert revisions == {"1", "2"}

    def updated() -> bool:
        status = (cluster.client.get(f"{APPS}/deployments/web") or {}).get("status") or {}
        return bool(status.get("updatedReplicas") == 1 and status.get("replicas") == 3)

    cluster.until(updated)
    cluster.client.delete(f"{APPS}/deployments/web")
    cluster.until(lambda: not owned_by(cluster.list("replicasets.apps"), "web"))
    cluster.until(lambda: not [p for p in cluster.list("pods") if p["metadata"].get("labels", {}).get("app") == "web"])


def test_scaling_down_deletes_pods(cluster: Cluster) -> None:
    cluster.client.create(f"{APPS}/deployments", deployment("small", replicas=3))
    mine = lambda: [p for p in cluster.list("pods") if p["metadata"].get("labels", {}).get("app") == "small"]  # noqa: E731
    cluster.until(lambda: len(mine()) == 3)
    cluster.client.patch(f"{APPS}/deployments/small", {"spec": {"replicas": 1}})
    cluster.until(lambda: len(mine()) == 1)


def test_dependents_go_with_their_owner_unless_orphaned(cluster: Cluster) -> None:
    owner = cluster.client.create(f"{CORE}/configmaps", {"metadata": {"name": "owner"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    for name in ("child",):
        cluster.client.create(f"{CORE}/configmaps", {"metadata": {"name": name, "ownerReferences": [reference]}})
    cluster.client.delete(f"{CORE}/configmaps/owner")
    cluster.until(lambda: cluster.client.get(f"{CORE}/configmaps/child") is None)

    owner = cluster.client.create(f"{CORE}/configmaps", {"metadata": {"name": "owner"}})
    reference["uid"] = owner["metadata"]["uid"]
    cluster.client.create(f"{CORE}/configmaps", {"metadata": {"name": "orphan", "ownerReferences": [reference]}})
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Orphan"}
    cluster.client.request("DELETE", f"{CORE}/configmaps/owner", options)
    cluster.until(lambda: cluster.client.get(f"{CORE}/configmaps/owner") is None)
    left = cluster.client.get(f"{CORE}/configmaps/orphan")
    assert left is not None
    assert "ownerReferences" not in left["metadata"]


def test_an_object_whose_owner_never_was_goes(cluster: Cluster) -> None:
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "00000000-0000-0000-0000-000000000000"}
    cluster.client.create(f"{CORE}/configmaps", {"metadata": {"name": "stray", "ownerReferences": [reference]}})
    cluster.until(lambda: cluster.client.get(f"{CORE}/configmaps/stray") is None)


def test_services_get_slices_and_endpoints(cluster: Cluster) -> None:
    spec = {"selector": {"app": "svc"}, "ports": [{"port": 80, "targetPort": "http"}]}
    cluster.client.create(f"{CORE}/services", {"metadata": {"name": "svc"}, "spec": spec})
    container = {"name": "c", "image": "i", "ports": [{"name": "http", "containerPort": 8080}]}
    pod = {"metadata": {"name": "svc-1", "labels": {"app": "svc"}}, "spec": {"containers": [container]}}
    cluster.client.create(f"{CORE}/pods", pod)
    ready = {"type": "Ready", "status": "True"}
    status = {"phase": "Running", "podIP": "10.9.8.7", "podIPs": [{"ip": "10.9.8.7"}], "conditions": [ready]}
    cluster.client.patch(f"{CORE}/pods/svc-1/status", {"status": status})

    def filled() -> Object | None:
        slices = [s for s in cluster.list("endpointslices.discovery.k8s.io") if s["metadata"]["name"].startswith("svc-")]
        return slices[0] if slices and slices[0].get("endpoints") else None

    found = cluster.until(filled)
    assert found["endpoints"][0]["addresses"] == ["10.9.8.7"]
    assert found["ports"][0]["port"] == 8080
    endpoints = cluster.until(lambda: (cluster.client.get(f"{CORE}/endpoints/svc") or {}).get("subsets"))
    assert endpoints[0]["addresses"][0]["targetRef"]["name"] == "svc-1"


def test_an_approved_request_is_signed_for_the_time_asked_for(cluster: Cluster) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dave")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    spec = {
        "request": base64.b64encode(csr.public_bytes(serialization.Encoding.PEM)).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
        "expirationSeconds": 3600,
    }
    made = cluster.client.create(path, {"metadata": {"name": "dave"}, "spec": spec})
    condition = {"type": "Approved", "status": "True", "reason": "Me", "message": "ok"}
    cluster.client.update(f"{path}/dave/approval", {**made, "status": {"conditions": [condition]}})
    text = cluster.until(lambda: ((cluster.client.get(f"{path}/dave") or {}).get("status") or {}).get("certificate"))
    issued = x509.load_pem_x509_certificate(base64.b64decode(text))
    assert issued.subject == name
    assert (issued.not_valid_after_utc - issued.not_valid_before_utc).total_seconds() == 3900
    assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_definitions_are_established_served_and_cleaned_up(cluster: Cluster) -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {
        "group": "x.example.com",
        "scope": "Namespaced",
        "names": {"plural": "goods", "kind": "Good"},
        "versions": [version],
    }
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    cluster.client.create(path, {"metadata": {"name": "goods.x.example.com"}, "spec": spec})
    goods = "/apis/x.example.com/v1/namespaces/default/goods"

    def served() -> bool:
        conditions = (cluster.client.get(f"{path}/goods.x.example.com") or {}).get("status", {}).get("conditions") or []
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

    cluster.until(served)
    made = cluster.client.create(goods, {"metadata": {"name": "a"}, "spec": {}})
    assert made["spec"] == {"n": 1}
    cluster.client.delete(f"{path}/goods.x.example.com")
    cluster.until(lambda: cluster.client.get(f"{path}/goods.x.example.com") is None)
    assert cluster.store.count("goods.x.example.com") == 0
