"""An API server as a cluster runs it, in this process: Node and RBAC, all default admission plugins, a few users."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from kubernetes import client as official

from kubegate.admission.interface import Operation, Review
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.user import User
from kubegate.compose.application import Application
from kubegate.server import create_app
from kubegate.testing.api_server import ApiServer
from kubegate.testing.http_client import Answer, Client
from tests.in_process import in_process

TOKENS = """admin-token,admin,1,system:masters
node-token,system:node:node-a,2,system:nodes
alice-token,alice,3,
"""
KUBELET_RESOURCES = [
    *(f"pods/{use}" for use in ("exec", "attach", "portforward", "log", "proxy")),
    "services/proxy",
    "nodes/proxy",
]
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One for all tests of this folder: each uses names of its own. NodeRestriction and DenyServiceExternalIPs are on."""
    folder = tmp_path_factory.mktemp("security")
    plugins = ("NodeRestriction", "DenyServiceExternalIPs")
    with in_process(folder, TOKENS, modes=("Node", "RBAC"), enable=plugins) as made:
        yield made


@pytest.fixture(scope="session")
def admin(application: Application) -> Client:
    """A client that may do everything."""
    return Client(create_app(lambda: application).test_client(), "admin-token")


@pytest.fixture
def alice(admin: Client) -> Client:
    """Somebody who may do what a test grants."""
    return admin.as_user("alice-token")


@pytest.fixture
def node(admin: Client) -> Client:
    """The kubelet of node-a, whose Node exists."""
    admin("POST", "/api/v1/nodes", {"metadata": {"name": "node-a"}})
    return admin.as_user("node-token")


@pytest.fixture
def namespace(admin: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace with its default service account."""
    name = f"ns-{abs(hash(request.node.nodeid)) % 10**9}"
    made(admin("POST", "/api/v1/namespaces", {"metadata": {"name": name}}))
    made(admin("POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}}))
    yield name
    for resource in ("clusterroles", "clusterrolebindings"):
        admin("DELETE", f"{RBAC}/{resource}/{name}")


@pytest.fixture
def grant(admin: Client, namespace: str) -> Callable[..., None]:
    """``grant(rule, ...)`` gives alice rules on the whole cluster, ``grant(rule, inside=namespace)`` in one namespace."""

    def give(*rules: dict[str, Any], user: str = "alice", inside: str = "") -> None:
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": namespace}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
        binding = {"metadata": {"name": namespace}, "roleRef": role, "subjects": [subject]}
        made(admin("POST", f"{RBAC}/clusterroles", {"metadata": {"name": namespace}, "rules": list(rules)}))
        where = f"/namespaces/{inside}/rolebindings" if inside else "/clusterrolebindings"
        made(admin("POST", RBAC + where, binding))

    return give


@pytest.fixture
def pod() -> Callable[..., dict[str, Any]]:
    """A pod with one container; ``pod("name", key=value)`` sets fields of its spec."""

    def make(name: str = "p", **spec: Any) -> dict[str, Any]:
        spec.setdefault("containers", [{"name": "c", "image": "registry.example/app:1"}])
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}

    return make


@pytest.fixture
def define(admin: Client) -> Callable[..., None]:
    """``define("acme.example", "widgets", "Namespaced")`` serves a custom kind."""

    def create(group: str, plural: str, scope: str) -> None:
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
        names = {"plural": plural, "kind": plural.capitalize()}
        spec = {"group": group, "scope": scope, "names": names, "versions": [version]}
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        definition = made(admin("POST", path, {"metadata": {"name": f"{plural}.{group}"}, "spec": spec}))
        conditions = [{"type": kind, "status": "True"} for kind in ("NamesAccepted", "Established")]
        status = {"acceptedNames": definition["spec"]["names"], "conditions": conditions}
        made(admin("PUT", f"{path}/{plural}.{group}/status", {**definition, "status": status}))

    return create


@pytest.fixture
def connect(api_server: ApiServer, tmp_path: Path) -> Iterator[Callable[..., http.client.HTTPSConnection]]:
    """``connect("alice")``: a connection to the started server with a certificate, ``connect()``: without one. It sends
    what it is told to, where clients would tidy up."""
    place = urlsplit(api_server.url)
    opened = []

    def open_connection(user: str = "", *groups: str) -> http.client.HTTPSConnection:
        context = ssl._create_unverified_context()
        if user:
            config = yaml.safe_load(api_server.kubeconfig_of(user, groups).read_text())["users"][0]["user"]
            pem = tmp_path / "client.pem"
            parts = [base64.b64decode(config[key]) for key in ("client-certificate-data", "client-key-data")]
            pem.write_bytes(b"".join(parts))
            context.load_cert_chain(pem)
        opened.append(http.client.HTTPSConnection(place.hostname or "", place.port, context=context, timeout=60))
        return opened[-1]

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def kubelet() -> Iterator[socket.socket]:
    """Somebody who listens on the address of node-a."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening


@pytest.fixture
def unasked(kubelet: socket.socket) -> Callable[[], bool]:
    """Whether nobody has called the kubelet."""

    def nobody_called() -> bool:
        try:
            kubelet.accept()
        except BlockingIOError:
            return True
        return False

    return nobody_called


@pytest.fixture
def cluster(api_server: ApiServer, kubelet: socket.socket) -> int:
    """In the started server: node-a with a pod and a service that point at the kubelet; its port. Alice may use pods,
    services and nodes."""
    port: int = kubelet.getsockname()[1]
    containers = [{"name": "c", "image": "i", "ports": [{"containerPort": port}]}]
    rules = [{"apiGroups": [""], "resources": KUBELET_RESOURCES, "verbs": ["*"]}]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    addresses = [{"ip": "127.0.0.1"}]
    with api_server.client() as client:
        core, rbac = official.CoreV1Api(client), official.RbacAuthorizationV1Api(client)
        core.create_node({"metadata": {"name": "node-a"}})
        core.patch_node_status("node-a", {"status": status})
        core.create_namespaced_pod(
            "default", {"metadata": {"name": "p"}, "spec": {"nodeName": "node-a", "containers": containers}}
        )
        core.patch_namespaced_pod_status("p", "default", {"status": {"podIP": "127.0.0.1", "podIPs": addresses}})
        core.create_namespaced_service("default", {"metadata": {"name": "s"}, "spec": {"ports": [{"port": port}]}})
        rbac.create_cluster_role({"metadata": {"name": "r"}, "rules": rules})
        rbac.create_cluster_role_binding({"metadata": {"name": "b"}, "roleRef": role, "subjects": [subject]})
    return port


def made(answer: Answer) -> Any:
    assert answer.code in (200, 201), answer.body
    return answer.body


@pytest.fixture(name="made")
def _made() -> Callable[[Answer], Any]:
    """``made(answer)``: the body of an answer that must be a success."""
    return made


@pytest.fixture
def review() -> Callable[..., Review]:
    """``review(pod)``: its creation, as admission sees it; ``old=``, ``operation=`` and ``subresource=`` for changes."""

    def make(
        obj: dict[str, Any], *, old: dict[str, Any] | None = None, operation: Operation | None = None, subresource: str = ""
    ) -> Review:
        kind = GroupVersionKind("", "v1", "Pod")
        resource = GroupVersionResource("", "v1", "pods")
        what = operation or (Operation.UPDATE if old else Operation.CREATE)
        return Review(what, kind, resource, User.of("alice"), "shop", "p", subresource, obj, old)

    return make
