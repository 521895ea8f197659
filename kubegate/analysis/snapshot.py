"""A redacted dump of a live cluster's policy: enough for every dry-run command, nothing secret.

Secrets and config maps are never read; of the others is taken out what `kubegate.analysis.snapshot_redaction` says. A busy
cluster is given time, a list that expired while it was read goes on where it was or is begun again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import orjson

from kubegate.analysis.snapshot_redaction import redact
from kubegate.api.names import Object
from kubegate.errors import Unavailable

PAGE = 250
"""Objects asked for at a time: some hundred kilobytes, of large pods some megabytes."""

LONGEST = 64 * 1024 * 1024
"""Bytes that a page may have."""

TRIES = 5
"""How often the same is asked, of a cluster that is busy, and a list is begun that expires."""

LONGEST_PAUSE = 30.0
"""Seconds that a busy cluster is waited for at a time, whatever it asks for."""

_BUSY = (429, 502, 503, 504)
_EXPIRED = 410


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
    """What the cluster says: HTTP status, body, and headers by lower-case names."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass
class Snapshot:
    """The objects, and for each kind that could not be read why not: none of it is among the objects."""

    objects: list[Object] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


Told = Callable[[str, int], None]
"""Hears which kind is being read, and how many of it have been."""


def take(
    get: Callable[[str], Answer], *, sleep: Callable[[float], None] = time.sleep, told: Told = lambda kind, count: None
) -> Snapshot:
    """Read every kind; ``get`` asks for a path. A kind that the cluster does not have is no loss; one that may not be
    read is noted in ``missing``. Raises `Unavailable` if the cluster does not answer, answers 401, or is none."""
    reader, snapshot = _Reader(get, sleep, told), Snapshot()
    for kind in KINDS:
        try:
            snapshot.objects += reader.read(kind)
        except _Unreadable as reason:
            snapshot.missing[kind.kind] = str(reason)
    return snapshot


class _Unreadable(Exception):
    """Why a kind cannot be read."""


class _Reader:
    def __init__(self, get: Callable[[str], Answer], sleep: Callable[[float], None], told: Told) -> None:
        self._get = get
        self._sleep = sleep
        self._told = told
        self._answered = False

    def read(self, kind: Kind) -> list[Object]:
        """All of a kind, redacted; raises `_Unreadable`."""
        found: list[Object] = []
        token, expired = "", 0
        while True:
            self._told(kind.kind, len(found))
            more = f"&continue={quote(token, safe='')}" if token else ""
            answer = self._ask(f"{kind.path}?limit={PAGE}{more}")
            if answer.status == _EXPIRED and token and expired < TRIES:
                # The answer says with which token the rest can be had, as it is by now.
                token, expired = _continued(_document(answer)), expired + 1
                found = found if token else []
                continue
            if answer.status == 404 and kind is KINDS[0]:
                raise Unavailable(f"this is no Kubernetes API: it has no {kind.path}")
            if answer.status == 404 or (answer.status == 403 and not self._served(kind)):
                return []
            if answer.status != 200:
                raise _Unreadable(_document(answer).get("message") or f"HTTP {answer.status}")
            document = _document(answer)
            items = document.get("items", False)
            if not isinstance(items, list | None):
                raise _Unreadable("the answer is no list")
            found += [redact({"apiVersion": kind.api_version, "kind": kind.kind, **item}) for item in items or ()]
            token = _continued(document)
            if not token:
                return found

    def _ask(self, path: str) -> Answer:
        """The answer, patiently: what is busy is asked again."""
        pause = 1.0
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._get(path)
            except Unavailable:
                if not self._answered or attempt == TRIES:
                    raise
            else:
                self._answered = True
                if answer.status == 401:
                    raise Unavailable("the cluster does not accept the credentials of the kubeconfig")
                if answer.status not in _BUSY or attempt == TRIES:
                    return answer
                asked = answer.headers.get("retry-after", "")
                pause = float(asked) if asked.isdecimal() else pause
            self._sleep(min(pause, LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _served(self, kind: Kind) -> bool:
        """Whether the cluster has the kind's group at all: who may not read it is refused before the path is looked at."""
        return "/" not in kind.api_version or self._ask(f"/apis/{kind.api_version}").status != 404


def _document(answer: Answer) -> dict[str, Any]:
    """What the body says; nothing if it is no object."""
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        document = None
    return document if isinstance(document, dict) else {}


def _continued(document: dict[str, Any]) -> str:
    return str((document.get("metadata") or {}).get("continue") or "")
