"""Pods that somebody could write: as harmless as can be, so that a policy refuses only what the step itself needs.

Policies may want what nobody can guess (labels, a registry); so besides a pod that keeps the level ``restricted``, the same
with what the policies speak of (`hints`), and pods that run in the namespace, are tried. A refusal of all of them is not the
proof that no pod would be admitted.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from kubegate.admission.pod_security.templates import pod_template
from kubegate.analysis.escalation.hints import MIRROR, Hint
from kubegate.analysis.escalation.hosts import NAME, Twist, mount
from kubegate.analysis.escalation.running import Pods
from kubegate.api.names import Object, annotations_of

IMITATED = 3
"""So many pods of a namespace are imitated."""
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


def templates(
    pods: Pods, namespace: str, hints: Sequence[Hint] = (), twists: Sequence[Twist] = (), *, fits: bool = False
) -> Iterator[dict[str, Any]]:
    """Templates of pods, each changed by one of the twists. ``fits``: nothing is wanted of harmless pods there, so that what
    is imitated matters only where it is let have more than others."""
    wanted = [hint for hint in hints if not (fits and hint.image)]
    for base in (_base(), *map(_hinted, wanted), *_imitations(pods, namespace, rooted=fits)):
        for twist in twists or (_leave,):
            changed = copy.deepcopy(base)
            twist(changed["spec"])
            yield changed


def harmless(namespace: str) -> Object:
    """A pod of which policies can want nothing but what nobody can guess."""
    return made_of("pods", namespace, _base())


def as_account(name: str, *, mounts: bool = True) -> list[Twist]:
    """The ways in which a pod comes by the token of a service account; ``mounts``: its pods have it if they do not say."""

    def by_default(spec: dict[str, Any]) -> None:
        spec.pop("serviceAccount", None)
        spec.pop("automountServiceAccountToken", None)
        spec["serviceAccountName"] = name

    def mounted(spec: dict[str, Any]) -> None:
        by_default(spec)
        spec["automountServiceAccountToken"] = True

    def projected(spec: dict[str, Any]) -> None:
        by_default(spec)
        spec["automountServiceAccountToken"] = False
        mount(spec, {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}, read_only=True)

    return [mounted, projected, *([by_default] if mounts else [])]


def made_of(resource: str, namespace: str, template: dict[str, Any]) -> Object:
    """An object of a kind that makes pods, with this template."""
    api_version, kind = _KINDS[resource]
    meta: dict[str, Any] = {"name": NAME, "namespace": namespace}
    given = {key: template["metadata"][key] for key in ("labels", "annotations") if template["metadata"].get(key)}
    if resource == "pods":
        return {"apiVersion": api_version, "kind": kind, "metadata": meta | given, "spec": template["spec"]}
    labels = {**(given.get("labels") or {}), NAME: NAME}
    inner = {"metadata": {**given, "labels": labels}, "spec": dict(template["spec"])}
    if resource in ("jobs.batch", "cronjobs.batch"):
        inner["spec"]["restartPolicy"] = "Never"
        spec: dict[str, Any] = {"template": inner}
        if resource == "cronjobs.batch":
            spec = {"schedule": "* * * * *", "jobTemplate": {"spec": spec}}
    else:
        plain = resource == "replicationcontrollers"
        spec = {"selector": {NAME: NAME} if plain else {"matchLabels": {NAME: NAME}}, "template": inner}
        if resource == "statefulsets.apps":
            spec["serviceName"] = NAME
    return {"apiVersion": api_version, "kind": kind, "metadata": meta | given, "spec": spec}


def changed(resource: str, obj: Object, twist: Twist) -> Object:
    """An object that makes pods, with a program of one's own in them, and another change."""
    made = copy.deepcopy(obj)
    made.pop("status", None)
    template = pod_template(resource, made) or {}
    spec = template.setdefault("spec", {})
    for container in spec.setdefault("containers", []):
        container["command"] = ["sleep", "infinity"]
    twist(spec)
    return made


def _leave(spec: dict[str, Any]) -> None:
    """As it is."""


def _base() -> dict[str, Any]:
    return {"metadata": {}, "spec": copy.deepcopy(_QUIET)}


def _hinted(hint: Hint) -> dict[str, Any]:
    made = _base()
    made["metadata"] = {"labels": dict(hint.labels), "annotations": dict(hint.annotations)}
    if hint.image:
        made["spec"]["containers"][0]["image"] = hint.image
    return made


def _imitations(pods: Pods, namespace: str, *, rooted: bool) -> Iterator[dict[str, Any]]:
    """Pods of different images, that the kubelet runs for the server (and not from a file of its own); ``rooted``: only
    those that have the host."""
    kinds: dict[Any, Object] = {}
    for pod in pods.by_namespace.get(namespace, ()):
        if MIRROR not in annotations_of(pod.obj) and (pod.is_root_on_node or not rooted):
            kinds.setdefault(tuple(row.get("image") for row in pod.obj["spec"].get("containers") or ()), pod.obj)
    for obj in list(kinds.values())[:IMITATED]:
        meta, spec = obj.get("metadata") or {}, copy.deepcopy(obj.get("spec") or {})
        for key in ("nodeName", "priority", "hostname", "subdomain", "ephemeralContainers"):
            spec.pop(key, None)
        yield {"metadata": {key: dict(meta[key]) for key in ("labels", "annotations") if meta.get(key)}, "spec": spec}
