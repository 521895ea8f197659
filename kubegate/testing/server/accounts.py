"""Service accounts for tests: made where they are missing, with a kubeconfig that holds a token of theirs."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.compose.internal_client import InternalClient

_SECONDS = 10 * 365 * 24 * 3600
"""So long a token lives: a test may move the clock."""
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


def ensure_account(client: InternalClient, namespace: str, name: str) -> None:
    """The account and its namespace exist afterwards."""
    _ensure(client, "/api/v1/namespaces", {"metadata": {"name": namespace}})
    _ensure(client, f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}})


def allow_everything(client: InternalClient, namespace: str, name: str) -> None:
    """The account may do anything from now on."""
    binding = {
        "metadata": {"name": f"kubegate-learning:{namespace}:{name}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
    }
    _ensure(client, f"{_RBAC}/clusterrolebindings", binding)


def token_of(client: InternalClient, namespace: str, name: str) -> str:
    """A token of the account, issued by the server."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    issued = client.create(path, {"spec": {"audiences": [], "expirationSeconds": _SECONDS}})
    return str(issued["status"]["token"])


def token_kubeconfig(path: Path, token: str, server: str, authority: Path, namespace: str) -> None:
    """Write a kubeconfig whose user has a token."""
    data = base64.b64encode(authority.read_bytes()).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubegate", "cluster": {"server": server, "certificate-authority-data": data}}],
        "users": [{"name": "operator", "user": {"token": token}}],
        "contexts": [{"name": "kubegate", "context": {"cluster": "kubegate", "user": "operator", "namespace": namespace}}],
        "current-context": "kubegate",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def _ensure(client: InternalClient, path: str, obj: Object) -> None:
    try:
        client.create(path, obj)
    except StatusError as error:
        if error.status.reason != "AlreadyExists":
            raise
