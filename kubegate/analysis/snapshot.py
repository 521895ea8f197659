"""A redacted dump of a live cluster's policy: enough for every dry-run command, nothing secret.

Secrets and config maps are never read. Of pods the values of environment variables, commands, arguments and headers (of
probes and hooks too) are taken out, of volumes the attributes for their drivers, of every object the managed fields and the
copy of its last applied form (which would hold them again).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import orjson

from kubegate.api.names import Object
from kubegate.errors import Unavailable

PAGE = 250
"""Objects asked for at a time: some hundred kilobytes, of large pods some megabytes."""

LONGEST = 64 * 1024 * 1024
"""Bytes that a page may have."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_ATTRIBUTES = (("csi", "volumeAttributes"), ("flexVolume", "options"))
REDACTED = "REDACTED"


class Kind(NamedTuple):
    """A kind to take along."""

    path: str
    api_version: str
    kind: str


def _kinds(api_version: str, **plurals: str) -> tuple[Kind, ...]:
    prefix = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    return tuple(Kind(f"{prefix}/{plural}", api_version, kind) for kind, plural in plurals.items())


KINDS: tuple[Kind, ...] = (
    *_kinds("v1", Namespace="namespaces", ServiceAccount="serviceaccounts", Node="nodes", Pod="pods"),
    *_kinds("v1", PersistentVolume="persistentvolumes", LimitRange="limitranges", ResourceQuota="resourcequotas"),
    *_kinds(
        "rbac.authorization.k8s.io/v1",
        ClusterRole="clusterroles",
        ClusterRoleBinding="clusterrolebindings",
        Role="roles",
        RoleBinding="rolebindings",
    ),
    *_kinds("storage.k8s.io/v1", VolumeAttachment="volumeattachments", StorageClass="storageclasses"),
    *_kinds("scheduling.k8s.io/v1", PriorityClass="priorityclasses"),
    *_kinds("node.k8s.io/v1", RuntimeClass="runtimeclasses"),
    *_kinds("resource.k8s.io/v1", ResourceSlice="resourceslices"),
    *_kinds(
        "admissionregistration.k8s.io/v1",
        ValidatingAdmissionPolicy="validatingadmissionpolicies",
        ValidatingAdmissionPolicyBinding="validatingadmissionpolicybindings",
        MutatingAdmissionPolicy="mutatingadmissionpolicies",
        MutatingAdmissionPolicyBinding="mutatingadmissionpolicybindings",
        ValidatingWebhookConfiguration="validatingwebhookconfigurations",
        MutatingWebhookConfiguration="mutatingwebhookconfigurations",
    ),
    *_kinds("apiextensions.k8s.io/v1", CustomResourceDefinition="customresourcedefinitions"),
    *_kinds("policy.kubegate.dev/v1alpha1", AccessPolicy="accesspolicies"),
)


class Answer(Protocol):
    """What the cluster says: HTTP status and body."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...


@dataclass
class Snapshot:
    """The objects, and for each kind that could not be read why not."""

    objects: list[Object] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def take(get: Callable[[str], Answer]) -> Snapshot:
    """Read every kind; ``get`` asks for a path. A kind that the cluster does not have is no loss; one that may not be
    read is noted in ``missing``. Raises `Unavailable` if the cluster does not answer, or answers 401."""
    snapshot = Snapshot()
    for kind in KINDS:
        for page in _pages(get, kind, snapshot):
            snapshot.objects += [redact({"apiVersion": kind.api_version, "kind": kind.kind, **item}) for item in page]
    return snapshot


def _pages(get: Callable[[str], Answer], kind: Kind, snapshot: Snapshot) -> Iterator[list[Object]]:
    token = ""
    while True:
        more = f"&continue={quote(token, safe='')}" if token else ""
        answer = get(f"{kind.path}?limit={PAGE}{more}")
        if answer.status == 401:
            raise Unavailable("the cluster does not accept the credentials of the kubeconfig")
        if answer.status == 404 or (answer.status == 403 and not _served(get, kind)):
            return
        if answer.status != 200:
            snapshot.missing[kind.kind] = _reason(answer)
            return
        document = orjson.loads(answer.body)
        yield document.get("items") or []
        token = (document.get("metadata") or {}).get("continue") or ""
        if not token:
            return


def _served(get: Callable[[str], Answer], kind: Kind) -> bool:
    """Whether the cluster has the kind's group at all: who may not read it is refused before the path is looked at."""
    return "/" not in kind.api_version or get(f"/apis/{kind.api_version}").status != 404


def _reason(answer: Answer) -> str:
    try:
        message = orjson.loads(answer.body).get("message")
    except (orjson.JSONDecodeError, AttributeError):
        message = None
    return str(message or f"HTTP {answer.status}")


def redact(obj: Object) -> Object:
    """The object without what could be secret; a new object."""
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key != "managedFields"}
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != _LAST_APPLIED}
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    result: Object = {**obj, "metadata": metadata}
    if isinstance(obj.get("spec"), dict):
        if obj["kind"] == "Pod":
            result["spec"] = _pod_spec(obj["spec"])
        elif obj["kind"] == "PersistentVolume":
            result["spec"] = _volume(obj["spec"])
    return result


def _pod_spec(spec: dict[str, Any]) -> dict[str, Any]:
    kept = dict(spec)
    for containers in ("initContainers", "containers", "ephemeralContainers"):
        if kept.get(containers):
            kept[containers] = [_container(container) for container in kept[containers]]
    if kept.get("volumes"):
        kept["volumes"] = [_volume(volume) for volume in kept["volumes"]]
    return kept


def _container(container: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in container.items() if key not in ("command", "args")}
    if kept.get("env"):
        kept["env"] = [{**entry, "value": REDACTED} if entry.get("value") else entry for entry in kept["env"]]
    for probe in _PROBES:
        if isinstance(kept.get(probe), dict):
            kept[probe] = _handler(kept[probe])
    if isinstance(kept.get("lifecycle"), dict):
        hooks = kept["lifecycle"].items()
        kept["lifecycle"] = {name: _handler(hook) if isinstance(hook, dict) else hook for name, hook in hooks}
    return kept


def _handler(handler: dict[str, Any]) -> dict[str, Any]:
    """A probe or hook without the command and the headers' values."""
    kept = dict(handler)
    if isinstance(kept.get("exec"), dict):
        kept["exec"] = {**kept["exec"], "command": [REDACTED]}
    if isinstance(kept.get("httpGet"), dict) and kept["httpGet"].get("httpHeaders"):
        headers = [{**header, "value": REDACTED} for header in kept["httpGet"]["httpHeaders"]]
        kept["httpGet"] = {**kept["httpGet"], "httpHeaders": headers}
    return kept


def _volume(volume: dict[str, Any]) -> dict[str, Any]:
    """A volume without the attributes that only its driver understands."""
    kept = dict(volume)
    for driver, field_name in _ATTRIBUTES:
        if isinstance(kept.get(driver), dict) and kept[driver].get(field_name):
            kept[driver] = {**kept[driver], field_name: dict.fromkeys(kept[driver][field_name], REDACTED)}
    return kept
