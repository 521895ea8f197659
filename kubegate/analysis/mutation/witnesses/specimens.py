"""Small objects to try: a pod that everybody would admit, ones that Pod Security refuses, minimal objects of other kinds."""

from __future__ import annotations

from typing import Any

from kubegate.api.catalog import Resource
from kubegate.api.names import Object, namespace_of

NAME = "example"
_CONTAINER = {
    "name": NAME,
    "image": NAME,
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
_SAFE = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def pod(namespace: str, resources: dict[str, Any] | None = None) -> Object:
    """A pod that the strictest level of Pod Security admits."""
    container = {**_CONTAINER, **({"resources": resources} if resources else {})}
    return _pod(namespace, {"containers": [container], "securityContext": dict(_SAFE)})


def unsafe_pods(namespace: str) -> list[Object]:
    """One that level restricted refuses, and one that baseline refuses as well."""
    plain = {"containers": [{"name": NAME, "image": NAME}]}
    return [_pod(namespace, plain), _pod(namespace, {**plain, "hostNetwork": True})]


def deployment_of(pod: Object) -> Object:
    """A workload that would make such pods."""
    made = minimal("apps/v1", "Deployment", namespace_of(pod))
    return made | {"spec": _spec("deployments.apps", pod["spec"])}


def _pod(namespace: str, spec: dict[str, Any]) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME, "namespace": namespace}, "spec": spec}


def claim(namespace: str, storage: str) -> Object:
    """A claim of a volume of this size."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    return minimal("v1", "PersistentVolumeClaim", namespace) | {"spec": spec}


def minimal(api_version: str, kind: str, namespace: str) -> Object:
    """No more than an identity."""
    meta = {"name": NAME, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": meta}


COMMON = (
    *("pods", "configmaps", "secrets", "serviceaccounts", "services", "persistentvolumeclaims", "namespaces"),
    *("deployments.apps", "replicasets.apps", "daemonsets.apps", "statefulsets.apps", "jobs.batch", "cronjobs.batch"),
    *(f"{name}.rbac.authorization.k8s.io" for name in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
)
"""The resources (qualified names) of which `specimen` makes something that can be admitted."""


_GROUP = "rbac.authorization.k8s.io"
_ROLE: dict[str, Any] = {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
_BINDING: dict[str, Any] = {
    "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": "view"},
    "subjects": [{"apiGroup": _GROUP, "kind": "User", "name": NAME}],
}
_RBAC = {"roles": _ROLE, "clusterroles": _ROLE, "rolebindings": _BINDING, "clusterrolebindings": _BINDING}


def specimen(resource: Resource, namespace: str) -> Object:
    """An object of a kind that its validation admits, as far as that can be known here."""
    where = namespace if resource.namespaced else ""
    made = minimal(resource.kind.api_version, resource.kind.kind, where)
    spec = _spec(resource.gvr.qualified, pod(namespace)["spec"])
    return made | _RBAC.get(resource.gvr.resource, {}) | ({"spec": spec} if spec else {})


def _spec(resource: str, pod_spec: dict[str, Any]) -> dict[str, Any]:
    labels = {"app": NAME}
    template = {"metadata": {"labels": labels}, "spec": pod_spec}
    selected = {"selector": {"matchLabels": labels}, "template": template}
    job = {"template": {**template, "spec": {**pod_spec, "restartPolicy": "Never"}}}
    return {
        "pods": pod_spec,
        "deployments.apps": selected,
        "replicasets.apps": selected,
        "daemonsets.apps": selected,
        "statefulsets.apps": {**selected, "serviceName": NAME},
        "jobs.batch": job,
        "cronjobs.batch": {"schedule": "0 0 * * *", "jobTemplate": {"spec": job}},
        "services": {"ports": [{"port": 80}]},
        "persistentvolumeclaims": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }.get(resource, {})
