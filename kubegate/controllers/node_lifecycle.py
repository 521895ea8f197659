"""Nodes that are not heard of are unknown, and nodes in trouble carry taints (``node-lifecycle-controller``).

Source: kubernetes ``pkg/controller/nodelifecycle``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from datetime import datetime

from kubegate.api.names import Object, name_of
from kubegate.controllers.conditions import with_condition
from kubegate.controllers.events import NORMAL, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.controllers.pods import condition, is_true, parse_time

GRACE_SECONDS, STARTUP_SECONDS = 50.0, 60.0
"""For how long a node may be silent; at first, and later."""

_PERIOD = 5.0
_LEASES, _LEASE_NAMESPACE = "leases.coordination.k8s.io", "kube-node-lease"
_PREFIX = "node.kubernetes.io/"
_TAINTS = (
    ("Ready", "False", "not-ready"),
    ("Ready", "Unknown", "unreachable"),
    ("MemoryPressure", "True", "memory-pressure"),
    ("DiskPressure", "True", "disk-pressure"),
    ("NetworkUnavailable", "True", "network-unavailable"),
    ("PIDPressure", "True", "pid-pressure"),
)
_UNSCHEDULABLE = "unschedulable"
_OWN_KEYS = frozenset(f"{_PREFIX}{name}" for name in (*(taint for _, _, taint in _TAINTS), _UNSCHEDULABLE))
_READINESS = frozenset({f"{_PREFIX}not-ready", f"{_PREFIX}unreachable"})
_WATCHED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


class NodeLifecycle:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "node-controller")
        self._known: set[str] = set()

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        node = self._context.get("nodes", "", work.name)
        if node is None:
            if work.name in self._known:
                self._known.discard(work.name)
                gone = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": work.name, "uid": work.name}}
                text = f"Node {work.name} event: Removing Node {work.name} from Controller"
                self._events.report(gone, "RemovingNode", text, NORMAL)
            return None
        if work.name not in self._known:
            self._known.add(work.name)
            text = f"Node {work.name} event: Registered Node {work.name} in Controller"
            self._events.report(_by_name(node), "RegisteredNode", text, NORMAL)
        if self._silent(node):
            node = self._mark_unknown(node)
        self._taint(node)
        if not is_true(node, "Ready"):
            self._unready_pods(work.name)
        return _PERIOD

    def _silent(self, node: Object) -> bool:
        """Has nothing been heard of the node for too long?"""
        ready, now = condition(node, "Ready"), self._context.now()
        heard = [parse_time((ready or {}).get("lastHeartbeatTime"))]
        lease = self._context.get(_LEASES, _LEASE_NAMESPACE, name_of(node))
        heard.append(parse_time(((lease or {}).get("spec") or {}).get("renewTime")))
        times = [time for time in heard if time is not None]
        if not times:
            created = parse_time(node["metadata"].get("creationTimestamp")) or now
            return (now - created).total_seconds() > STARTUP_SECONDS
        return (now - max(times)).total_seconds() > GRACE_SECONDS

    def _mark_unknown(self, node: Object) -> Object:
        status = copy.deepcopy(node.get("status") or {})
        now = self._context.timestamp()
        for kind in _WATCHED:
            old = condition(node, kind)
            if old is not None and old["status"] == "Unknown":
                continue
            never = {"reason": "NodeStatusNeverUpdated", "message": "Kubelet never posted node status."}
            lost = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
            heartbeat = old["lastHeartbeatTime"] if old else node["metadata"]["creationTimestamp"]
            wanted = {"type": kind, "status": "Unknown", "lastHeartbeatTime": heartbeat, "lastTransitionTime": now}
            status["conditions"] = with_condition(status.get("conditions"), {**wanted, **(lost if old else never)})
        if status == (node.get("status") or {}):
            return node
        text = f"Node {name_of(node)} status is now: NodeNotReady"
        if is_true(node, "Ready"):
            self._events.report(_by_name(node), "NodeNotReady", text, NORMAL)
        return self._context.client.update(f"/api/v1/nodes/{name_of(node)}/status", {**node, "status": status})

    def _taint(self, node: Object) -> None:
        held: list[Object] = (node.get("spec") or {}).get("taints") or []
        taints = list(_taints(node, held, self._context.now()))
        if taints != held:
            spec = {key: value for key, value in (node.get("spec") or {}).items() if key != "taints"}
            body = {**node, "spec": {**spec, "taints": taints} if taints else spec}
            self._context.client.update(f"/api/v1/nodes/{name_of(node)}", body)

    def _unready_pods(self, node: str) -> None:
        """Pods on a node that is not ready are not ready."""
        for pod in self._context.list("pods"):
            if (pod.get("spec") or {}).get("nodeName") != node or not is_true(pod, "Ready"):
                continue
            found = {**(condition(pod, "Ready") or {}), "status": "False", "lastTransitionTime": self._context.timestamp()}
            meta = pod["metadata"]
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/status"
            patch = {"status": {"conditions": [found]}}
            self._context.client.patch(path, patch, "application/strategic-merge-patch+json")
            self._events.report(pod, "NodeNotReady", "Node is not ready", "Warning")


def _by_name(node: Object) -> Object:
    """Events of nodes name the node as uid too, and no API version."""
    return {"kind": "Node", "metadata": {"name": name_of(node), "uid": name_of(node)}}


def _taints(node: Object, held: Sequence[Object], now: datetime) -> Iterator[Object]:
    """The taints that a node is to have: those of others, and what its conditions ask for."""
    wanted: dict[tuple[str, str], Object] = {}
    for kind, value, name in _TAINTS:
        found = condition(node, kind)
        if found is not None and found["status"] == value:
            key = f"{_PREFIX}{name}"
            wanted[key, "NoSchedule"] = {"key": key, "effect": "NoSchedule"}
            if kind == "Ready":
                added = now.strftime("%Y-%m-%dT%H:%M:%SZ")
                wanted[key, "NoExecute"] = {"key": key, "effect": "NoExecute", "timeAdded": added}
    if (node.get("spec") or {}).get("unschedulable"):
        key = f"{_PREFIX}{_UNSCHEDULABLE}"
        wanted[key, "NoSchedule"] = {"key": key, "effect": "NoSchedule"}
    silent = condition(node, "Ready") is None
    for taint in held:
        mark = (taint["key"], taint["effect"])
        if mark in wanted:
            del wanted[mark]
            yield taint
        elif taint["key"] not in _OWN_KEYS or (silent and taint["key"] in _READINESS) or _foreign(taint):
            yield taint
    yield from wanted.values()


def _foreign(taint: Object) -> bool:
    """Only of the two kinds that this controller sets are those with its keys its own."""
    if taint["effect"] == "NoExecute":
        return taint["key"] not in _READINESS
    return bool(taint["effect"] != "NoSchedule")


CONTROLLER = Controller("node-lifecycle-controller", "node-controller", (Source("nodes"),), NodeLifecycle)
