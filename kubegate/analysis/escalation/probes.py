"""Pods that somebody could write: as harmless as can be, and such that make their container root on the node.

Policies may want what nobody can guess (labels, a registry); so besides a pod that keeps the level ``restricted``, pods that
run in the namespace are imitated. A refusal of all of them is not the proof that no pod would be admitted.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kubegate.admission.pod_security.templates import pod_template
from kubegate.analysis.escalation.running import Pods
from kubegate.api.names import Object

IMITATED = 3
"""So many pods of a namespace are imitated."""
NAME = "escalation"
IMAGE = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"

_SIZE = {"cpu": "10m", "memory": "16Mi", "ephemeral-storage": "16Mi"}
_QUIET: dict[str, Any] = {
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [
        {
            "name": "main",
            "image": IMAGE,
            "command": ["sleep", "infinity"],
            "resources": {"requests": _SIZE, "limits": _SIZE},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}
_KINDS = {
    "pods": ("v1", "Pod"),
    "replicationcontrollers": ("v1", "ReplicationController"),
    "deployments.apps": ("apps/v1", "Deployment"),
    "daemonsets.apps": ("apps/v1", "DaemonSet"),
    "statefulsets.apps": ("apps/v1", "StatefulSet"),
    "replicasets.apps": ("apps/v1", "ReplicaSet"),
    "jobs.batch": ("batch/v1", "Job"),
    "cronjobs.batch": ("batch/v1", "CronJob"),
}

Twist = Callable[[dict[str, Any]], None]
"""Changes the spec of a pod."""


def templates(pods: Pods, namespace: str, account: str, twists: Sequence[Twist] = ()) -> Iterator[dict[str, Any]]:
    """Templates of pods as a service account ("": as whatever they are), each changed by one of the twists."""
    for base in (_base(), *_imitations(pods, namespace)):
        if account:
            base["spec"].pop("serviceAccount", None)
            base["spec"]["serviceAccountName"] = account
        for twist in twists or (_leave,):
            changed = copy.deepcopy(base)
            twist(changed["spec"])
            yield changed


def made_of(resource: str, namespace: str, template: dict[str, Any]) -> Object:
    """An object of a kind that makes pods, with this template."""
    api_version, kind = _KINDS[resource]
    meta: dict[str, Any] = {"name": NAME, "namespace": namespace}
    given = {key: template["metadata"][key] for key in ("labels", "annotations") if template["metadata"].get(key)}
    if resource == "pods":
        return {"apiVersion": api_version, "kind": kind, "metadata": meta | given, "spec": template["spec"]}
    labels = {**(given.get("labels") or {}), "app": NAME}
    inner = {"metadata": {**given, "labels": labels}, "spec": dict(template["spec"])}
    if resource in ("jobs.batch", "cronjobs.batch"):
        inner["spec"]["restartPolicy"] = "Never"
        spec: dict[str, Any] = {"template": inner}
        if resource == "cronjobs.batch":
            spec = {"schedule": "* * * * *", "jobTemplate": {"spec": spec}}
    else:
        plain = resource == "replicationcontrollers"
        spec = {"selector": {"app": NAME} if plain else {"matchLabels": {"app": NAME}}, "template": inner}
        if resource == "statefulsets.apps":
            spec["serviceName"] = NAME
    return {"apiVersion": api_version, "kind": kind, "metadata": meta | given, "spec": spec}


def changed(resource: str, obj: Object, account: str, twist: Twist | None = None) -> Object:
    """An object that makes pods, with a container of one's own in them, as a service account ("": as they are)."""
    made = copy.deepcopy(obj)
    made.pop("status", None)
    template = pod_template(resource, made) or {}
    spec = template.setdefault("spec", {})
    if account:
        spec.pop("serviceAccount", None)
        spec["serviceAccountName"] = account
    for container in spec.get("containers") or ():
        container["command"] = ["sleep", "infinity"]
    if twist is not None:
        twist(spec)
    return made


def privileged(spec: dict[str, Any]) -> None:
    """A privileged container."""
    spec["securityContext"] = {}
    for container in spec["containers"]:
        container["securityContext"] = {"privileged": True}


def host_path(spec: dict[str, Any]) -> None:
    """The host's whole file system, as root."""
    spec["securityContext"] = {"runAsUser": 0}
    _mount(spec, {"hostPath": {"path": "/"}})
    for container in spec["containers"]:
        container.pop("securityContext", None)


def host_processes(spec: dict[str, Any]) -> None:
    """The host's processes, and the right to take them over."""
    spec["securityContext"] = {"runAsUser": 0}
    spec["hostPID"] = True
    for container in spec["containers"]:
        container["securityContext"] = {"capabilities": {"add": ["SYS_PTRACE", "SYS_ADMIN"]}}


def claim(spec: dict[str, Any]) -> None:
    """A volume by its claim. The group root stays: it may use the socket of the container runtime."""
    spec["securityContext"] = {**(spec.get("securityContext") or {}), "runAsGroup": 0}
    _mount(spec, {"persistentVolumeClaim": {"claimName": NAME}})


ROOT: tuple[Twist, ...] = (privileged, host_path, host_processes)


def _mount(spec: dict[str, Any], volume: dict[str, Any]) -> None:
    spec["volumes"] = [*(spec.get("volumes") or ()), {"name": NAME, **volume}]
    for container in spec["containers"]:
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), {"name": NAME, "mountPath": f"/{NAME}"}]


def _leave(spec: dict[str, Any]) -> None:
    """As it is."""


def _base() -> dict[str, Any]:
    return {"metadata": {}, "spec": copy.deepcopy(_QUIET)}


def _imitations(pods: Pods, namespace: str) -> Iterator[dict[str, Any]]:
    for pod in pods.by_namespace.get(namespace, ())[:IMITATED]:
        meta, spec = pod.obj.get("metadata") or {}, copy.deepcopy(pod.obj.get("spec") or {})
        for key in ("nodeName", "priority", "hostname", "subdomain", "ephemeralContainers"):
            spec.pop(key, None)
        yield {"metadata": {key: dict(meta[key]) for key in ("labels", "annotations") if meta.get(key)}, "spec": spec}
