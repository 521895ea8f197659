"""Hollow nodes: nodes without a machine, which say of every pod that it runs.

They register their Node, keep it Ready, renew its Lease in kube-node-lease, move the pods that are bound to them to Running
and remove those that are to be deleted, as kubelets would. Nothing is ever started. Meant for trying out clients,
controllers and the scheduler.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.errors import KubegateError

PREFIX = "hollow-"
LEASE_SECONDS = 40
"""For how long a lease counts."""

RENEW_SECONDS = 10.0
STATUS_SECONDS = 300.0

_log = logging.getLogger(__name__)
_CAPACITY = {
    "cpu": "8",
    "memory": "32Gi",
    "ephemeral-storage": "100Gi",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    "pods": "110",
}
_PRESSURES = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


class NodeApi(Protocol):
    """What a hollow node asks of the API, each node as itself (user ``system:node:NAME``). Methods raise
    `errors.KubegateError` if the API refuses."""

    def register(self, node: Object) -> None:
        """Create the Node, unless it is there."""
        ...

    def patch_node_status(self, name: str, status: Object) -> None: ...

    def make_ready(self, name: str) -> None:
        """Take away the taint of nodes that are not ready (as the node controller does)."""
        ...

    def renew_lease(self, name: str, spec: Object) -> None:
        """Create or update the node's Lease."""
        ...

    def patch_pod_status(self, node: str, pod: Object, status: Object) -> None: ...

    def remove_pod(self, node: str, pod: Object) -> None:
        """Delete the pod for good, its time of grace being over."""
        ...


class HollowNodes:
    """``count`` hollow nodes. Whoever runs them feeds them the pods (`observe`) and calls `tick` every few seconds.
    ``clock`` gives monotonic seconds, ``now`` the time of day."""

    def __init__(
        self, count: int, api: NodeApi, clock: Callable[[], float], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._names = [f"{PREFIX}{index}" for index in range(count)]
        self._index = {name: index for index, name in enumerate(self._names)}
        self._api = api
        self._clock = clock
        self._now = now
        self._renewed = float("-inf")
        self._reported = float("-inf")
        self._addresses = dict.fromkeys(self._names, 1)
        self._running: set[str] = set()
        self._going: set[str] = set()

    def register(self) -> None:
        """Make the nodes known and ready."""
        for name in self._names:
            self._try("register", self._api.register, _node(name))
        self.tick()
        for name in self._names:
            self._try("make ready", self._api.make_ready, name)

    def tick(self) -> None:
        """Renew leases and status if it is time."""
        now, moment = self._clock(), self._now()
        if now - self._reported >= STATUS_SECONDS:
            self._reported = now
            for index, name in enumerate(self._names):
                self._try("report", self._api.patch_node_status, name, _node_status(name, index, moment))
        if now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            for name in self._names:
                spec = {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": _micro_time(moment)}
                self._try("renew", self._api.renew_lease, name, spec)

    def observe(self, pod: Object, *, deleted: bool = False) -> None:
        """A pod appeared, changed or went."""
        meta, node = pod["metadata"], (pod.get("spec") or {}).get("nodeName") or ""
        uid = meta["uid"]
        if node not in self._index:
            return
        if deleted:
            self._running.discard(uid)
            self._going.discard(uid)
        elif meta.get("deletionTimestamp"):
            if uid not in self._going:
                self._going.add(uid)
                self._try("remove a pod", self._api.remove_pod, node, pod)
        elif uid not in self._running and (pod.get("status") or {}).get("phase") in (None, "", "Pending"):
            self._running.add(uid)
            self._try("run a pod", self._api.patch_pod_status, node, pod, self._pod_status(node, pod))

    def _pod_status(self, node: str, pod: Object) -> Object:
        number = self._addresses[node]
        self._addresses[node] = number % 65_000 + 1
        on_host = (pod.get("spec") or {}).get("hostNetwork")
        host = _host_address(self._index[node])
        address = host if on_host else f"10.{64 + self._index[node] % 128}.{number // 256}.{number % 256}"
        return running_status(pod, host, address, self._now())

    @staticmethod
    def _try(what: str, action: Callable[..., None], *args: object) -> None:
        try:
            action(*args)
        except KubegateError as error:
            # A conflict is everyday life of a client: the next round looks again.
            conflict = isinstance(error, StatusError) and error.status.reason == "Conflict"
            level = logging.INFO if conflict else logging.WARNING
            _log.log(level, "hollow nodes: could not %s: %s", what, error)


def running_status(pod: Object, host: str, address: str, now: datetime) -> Object:
    """The status of a pod all of whose containers run: a patch."""
    moment = _time(now)
    spec = pod.get("spec") or {}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    old = {part.get("type"): part for part in (pod.get("status") or {}).get("conditions") or ()}
    generation = pod["metadata"].get("generation")
    observed = {"observedGeneration": generation} if generation else {}
    return {
        **observed,
        "phase": "Running",
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": moment,
        "conditions": [
            {
                **observed,
                "type": kind,
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": old.get(kind, {}).get("lastTransitionTime") or moment,
            }
            for kind in kinds
        ],
        "initContainerStatuses": [
            _running(part, moment) if part.get("restartPolicy") == "Always" else _completed(part, moment)
            for part in spec.get("initContainers") or ()
        ],
        "containerStatuses": [_running(part, moment) for part in spec.get("containers") or ()],
    }


def _container(container: Object) -> Object:
    name, image = container["name"], container.get("image") or ""
    return {
        "name": name,
        "image": image,
        "imageID": image,
        "containerID": f"hollow://{name}",
        "restartCount": 0,
        "ready": True,
    }


def _running(container: Object, moment: str) -> Object:
    resources = container.get("resources") or {}
    held = {"resources": resources, "allocatedResources": resources["requests"]} if resources.get("requests") else {}
    return {**_container(container), **held, "started": True, "state": {"running": {"startedAt": moment}}}


def _completed(container: Object, moment: str) -> Object:
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": moment, "finishedAt": moment}
    return {**_container(container), "started": False, "state": {"terminated": ended}}


def _host_address(index: int) -> str:
    return f"10.63.{index // 250}.{index % 250 + 1}"


def _node(name: str) -> Object:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": {}}


def _node_status(name: str, index: int, moment: datetime) -> Object:
    times = {"lastHeartbeatTime": _time(moment), "lastTransitionTime": _time(moment)}
    conditions = [
        {"type": kind, "status": "False", "reason": reason, "message": message, **times}
        for kind, (reason, message) in _PRESSURES.items()
    ]
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        **times,
    }
    return {
        "capacity": _CAPACITY,
        "allocatable": _CAPACITY,
        "conditions": [*conditions, ready],
        "addresses": [{"type": "InternalIP", "address": _host_address(index)}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": name,
            "systemUUID": name,
            "bootID": name,
            "kernelVersion": "hollow",
            "osImage": "hollow",
            "containerRuntimeVersion": "hollow://0",
            "kubeletVersion": "v1.36.2",
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
