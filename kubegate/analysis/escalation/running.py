"""The pods that run: those of the state, and those that its workloads make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kubegate.analysis.admission.children import CONTROLLERS, pod_of
from kubegate.api.catalog import builtin
from kubegate.api.names import Object, kind_of, metadata, name_of, namespace_of
from kubegate.bundle.state import ClusterState

_OVER = ("Succeeded", "Failed")
_HARMLESS = (
    "/sys/fs/cgroup",
    "/var/log",
    "/usr/share",
    "/etc/localtime",
    "/etc/ssl",
    "/lib/modules",
    "/tmp",
    "/mnt",
    "/data",
)


@dataclass(frozen=True, slots=True)
class Running:
    """A pod. ``made_by`` names the workload that makes it, whose pods' own names are not known; "" for pods of the state."""

    obj: Object
    made_by: str = ""
    has_token: bool = True
    """Does it hold the token of its service account?"""

    @property
    def namespace(self) -> str:
        return namespace_of(self.obj)

    @property
    def name(self) -> str:
        return name_of(self.obj)

    @property
    def account(self) -> str:
        """Its service account."""
        spec = self.obj.get("spec") or {}
        return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")

    @property
    def node(self) -> str:
        """The node that it runs on, or ""."""
        return str((self.obj.get("spec") or {}).get("nodeName") or "")

    @property
    def container(self) -> str:
        """The name of its first container."""
        return next((str(row.get("name")) for row in _containers(self.obj)), "")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the Secrets that it mounts or has in its environment."""
        spec = self.obj.get("spec") or {}
        volumes = [volume.get("secret") or {} for volume in spec.get("volumes") or ()]
        found = [str(row["secretName"]) for row in volumes if row.get("secretName")]
        for container in _containers(self.obj):
            found += [str(row["secretRef"]["name"]) for row in container.get("envFrom") or () if row.get("secretRef")]
            sources = [row.get("valueFrom") or {} for row in container.get("env") or ()]
            found += [str(row["secretKeyRef"]["name"]) for row in sources if row.get("secretKeyRef")]
        return tuple(dict.fromkeys(found))

    @property
    def has_stdin(self) -> bool:
        """Does a container read what one attaches to it?"""
        return any(row.get("stdin") for row in _containers(self.obj))

    @property
    def is_root_on_node(self) -> bool:
        """Is who runs commands in it root on its node: by a privileged container, or by a writable path of the host?"""
        spec = self.obj.get("spec") or {}
        if any((row.get("securityContext") or {}).get("privileged") for row in _containers(self.obj)):
            return True
        volumes = [volume for volume in spec.get("volumes") or () if (volume.get("hostPath") or {}).get("path")]
        risky = {row.get("name") for row in volumes if is_risky(str(row["hostPath"]["path"]))}
        return any(
            mount.get("name") in risky and not mount.get("readOnly")
            for row in _containers(self.obj)
            for mount in row.get("volumeMounts") or ()
        )


@dataclass(slots=True)
class Pods:
    """By service account, and those by which one is root on a node."""

    by_account: dict[tuple[str, str], list[Running]] = field(default_factory=lambda: defaultdict(list))
    by_namespace: dict[str, list[Running]] = field(default_factory=lambda: defaultdict(list))
    rooted: list[Running] = field(default_factory=list)
    nodes: set[str] = field(default_factory=set)
    without_token: set[tuple[str, str]] = field(default_factory=set)
    """Service accounts whose pods hold no token unless they say so."""

    @classmethod
    def of(cls, state: ClusterState) -> Pods:
        """Those of a state."""
        found = cls(nodes={name_of(node) for node in state.of_kind("", "Node")})
        accounts = state.of_kind("", "ServiceAccount")
        quiet = (obj for obj in accounts if obj.get("automountServiceAccountToken") is False)
        found.without_token = {(namespace_of(obj), name_of(obj)) for obj in quiet}
        for running in _running(state):
            pod = replace(running, has_token=_has_token(running, found.without_token))
            found.by_account[pod.namespace, pod.account].append(pod)
            found.by_namespace[pod.namespace].append(pod)
            if pod.is_root_on_node:
                found.rooted.append(pod)
            if pod.node:
                found.nodes.add(pod.node)
        return found


def _running(state: ClusterState) -> Iterator[Running]:
    for pod in state.of_kind("", "Pod"):
        if (pod.get("status") or {}).get("phase") not in _OVER:
            yield Running(pod)
    for obj in state:
        resource = builtin().by_kind(kind_of(obj))
        if resource is None or resource.gvr.qualified not in CONTROLLERS:
            continue
        if any(owner.get("controller") for owner in metadata(obj).get("ownerReferences") or ()):
            continue  # its owner stands for it
        made = pod_of(resource.gvr.qualified, obj)
        if made is not None:
            made["metadata"]["name"] = f"{name_of(obj)}-0"
            del made["metadata"]["generateName"]
            yield Running(made, f"{obj.get('kind')} {name_of(obj)}")


def is_risky(path: str) -> bool:
    """Is who writes below this path of a node root on it ("": none)?"""
    return bool(path) and not path.startswith(_HARMLESS)


def _containers(pod: Object) -> list[Object]:
    spec = pod.get("spec") or {}
    return [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]


def _has_token(pod: Running, without: set[tuple[str, str]]) -> bool:
    spec = pod.obj.get("spec") or {}
    mounts = spec.get("automountServiceAccountToken")
    if mounts or (mounts is None and (pod.namespace, pod.account) not in without):
        return True
    sources = (row for volume in spec.get("volumes") or () for row in (volume.get("projected") or {}).get("sources") or ())
    return any("serviceAccountToken" in row for row in sources)
