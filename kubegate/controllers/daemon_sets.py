"""DaemonSets: a pod on each node that fits (``daemonset-controller``).

Source: kubernetes ``pkg/controller/daemon``.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from kubegate.api.names import Object, labels_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.daemon_pods import GENERATION_LABEL, GENERATION_NOTE, new_pod, node_of, should_run
from kubegate.controllers.events import NORMAL, WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, its_owner
from kubegate.controllers.pods import PodControl, adopt, deleting, is_available, is_ready, phase
from kubegate.controllers.revisions import HASH_LABEL, History, hash_of
from kubegate.store.interface import Event

RESOURCE = "daemonsets.apps"
_EVERYTHING = Work("", "")


class DaemonSets:
    """The reconciler; empty work stands for all DaemonSets (a node has changed)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "daemonset-controller")
        self._pods = PodControl(context, self._events)
        self._history = History(context, HASH_LABEL)

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        if work == _EVERYTHING:
            for owner in self._context.list(RESOURCE):
                self._sync(copy.deepcopy(owner))
            return None
        found = self._context.get(RESOURCE, work.namespace, work.name)
        return self._sync(copy.deepcopy(found)) if found is not None else None

    def _sync(self, owner: Object) -> float | None:
        selector = owner["spec"].get("selector") or {}
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            self._events.report(owner, "SelectingAll", text, WARNING)
            return None
        if deleting(owner):
            return None
        revision = self._history.current(owner, self._history.revisions(owner))
        code, nodes = hash_of(revision, HASH_LABEL), self._context.list("nodes")
        problem = None
        try:
            self._manage(owner, nodes, code)
            self._update(owner, nodes, code)
        except StatusError as error:  # the status is told all the same
            problem = error
        by_node = self._by_node(owner)
        live = {labels_of(pod).get(HASH_LABEL, "") for pods in by_node.values() for pod in pods} | {code}
        revisions = self._history.revisions(owner)
        self._history.truncate(owner, revisions, {name_of(r) for r in revisions if hash_of(r, HASH_LABEL) in live})
        self._report(owner, nodes, by_node, code)
        if problem is not None:
            raise problem
        seconds = owner["spec"].get("minReadySeconds") or 0
        waits = any(is_ready(pod) and not self._available(owner, pod) for pods in by_node.values() for pod in pods)
        return float(seconds) if waits else None

    def _by_node(self, owner: Object) -> Mapping[str, list[Object]]:
        found: dict[str, list[Object]] = defaultdict(list)
        for pod in adopt(self._context, "pods", f"/api/v1/namespaces/{namespace_of(owner)}/pods", owner):
            if node := node_of(pod):
                found[node].append(pod)
        return found

    def _available(self, owner: Object, pod: Object) -> bool:
        return is_available(pod, owner["spec"].get("minReadySeconds") or 0, self._context.now())

    def _manage(self, owner: Object, nodes: Iterable[Object], code: str) -> None:
        """One pod on each node that is to have one, none elsewhere."""
        by_node, known = self._by_node(owner), set()
        for node in nodes:
            known.add(name_of(node))
            run, go_on = should_run(owner, node)
            pods = by_node.get(name_of(node), [])
            if run and not pods:
                self._pods.create(new_pod(owner, name_of(node), code), owner)
            elif go_on:
                self._tidy(owner, name_of(node), pods)
            else:
                self._remove(owner, pods)
        for name, pods in by_node.items():
            if name not in known:  # nobody will ever bind these
                self._remove(owner, [pod for pod in pods if not pod["spec"].get("nodeName")])

    def _remove(self, owner: Object, pods: Iterable[Object]) -> None:
        for pod in pods:
            if not deleting(pod):
                self._pods.delete(pod, owner)

    def _tidy(self, owner: Object, node: str, pods: Iterable[Object]) -> None:
        """Pods that have ended make room for new ones, of several only the oldest stays."""
        going = []
        for pod in pods:
            if deleting(pod):
                continue
            if phase(pod) in ("Failed", "Succeeded"):
                word, kind = ("failed", WARNING) if phase(pod) == "Failed" else ("succeeded", NORMAL)
                end = "kill" if word == "failed" else "delete"
                text = f"Found {word} daemon pod {namespace_of(pod)}/{name_of(pod)} on node {node}, will try to {end} it"
                self._events.report(owner, f"{word.capitalize()}DaemonPod", text, kind)
                self._pods.delete(pod, owner)
            else:
                going.append(pod)
        if (owner["spec"].get("updateStrategy") or {}).get("rollingUpdate", {}).get("maxSurge") in (None, 0, "0%"):
            going.sort(key=lambda pod: (not pod["spec"].get("nodeName"), pod["metadata"]["creationTimestamp"], name_of(pod)))
            self._remove(owner, going[1:])

    def _update(self, owner: Object, nodes: Iterable[Object], code: str) -> None:
        """Replace pods of older templates, a few at a time."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") != "RollingUpdate":
            return
        by_node = self._by_node(owner)
        names = [name_of(node) for node in nodes if should_run(owner, node)[0]]
        rolling = strategy.get("rollingUpdate") or {}
        surge, most = _scaled(rolling.get("maxSurge", 0), len(names)), _scaled(rolling.get("maxUnavailable", 1), len(names))
        if surge:
            self._surge(owner, names, by_node, code, surge)
            return
        old = [pod for name in names for pod in by_node.get(name, ()) if not self._is_new(owner, pod, code)]
        missing = sum(not any(self._available(owner, p) and not deleting(p) for p in by_node.get(n, ())) for n in names)
        doomed = [pod for pod in old if not deleting(pod)]
        self._remove(owner, [pod for pod in doomed if not self._available(owner, pod)])
        ready = [pod for pod in doomed if self._available(owner, pod)]
        self._remove(owner, ready[: max(most - missing, 0)])

    def _surge(
        self, owner: Object, names: Iterable[str], by_node: Mapping[str, list[Object]], code: str, surge: int
    ) -> None:
        """New pods beside the old ones, which go when the new ones are available."""
        started = 0
        for name in names:
            pods = [pod for pod in by_node.get(name, ()) if not deleting(pod)]
            new = [pod for pod in pods if self._is_new(owner, pod, code)]
            old = [pod for pod in pods if pod not in new]
            if old and any(self._available(owner, pod) for pod in new):
                self._remove(owner, old)
            elif old and new:
                started += 1
            elif old and started < surge:
                self._pods.create(new_pod(owner, name, code), owner)
                started += 1

    @staticmethod
    def _is_new(owner: Object, pod: Object, code: str) -> bool:
        labels, notes = labels_of(pod), owner["metadata"].get("annotations") or {}
        generation = notes.get(GENERATION_NOTE)
        same = generation is not None and labels.get(GENERATION_LABEL) == generation
        return same or labels.get(HASH_LABEL) == code

    def _report(self, owner: Object, nodes: Iterable[Object], by_node: Mapping[str, list[Object]], code: str) -> None:
        old = owner.get("status") or {}
        count: dict[str, int] = defaultdict(int)
        for node in nodes:
            run, _ = should_run(owner, node)
            pods = sorted(by_node.get(name_of(node), ()), key=_age)
            if not run:
                count["numberMisscheduled"] += bool(pods)
                continue
            count["desiredNumberScheduled"] += 1
            count["currentNumberScheduled"] += bool(pods)
            if pods:
                self._count(count, owner, pods[0], code)
        unavailable = count["desiredNumberScheduled"] - count["numberAvailable"]
        always = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
        status: Object = {name: count[name] for name in always}
        optional = {
            "observedGeneration": owner["metadata"].get("generation") or 0,
            "updatedNumberScheduled": count["updatedNumberScheduled"],
            "numberAvailable": count["numberAvailable"],
            "numberUnavailable": unavailable,
        }
        status |= {name: value for name, value in optional.items() if value}
        status |= {name: old[name] for name in ("collisionCount", "conditions") if name in old}
        if status != old:
            path = f"/apis/apps/v1/namespaces/{namespace_of(owner)}/daemonsets/{name_of(owner)}/status"
            self._context.client.update(path, {**owner, "status": status})

    def _count(self, count: dict[str, int], owner: Object, pod: Object, code: str) -> None:
        count["numberReady"] += is_ready(pod)
        count["numberAvailable"] += self._available(owner, pod)
        count["updatedNumberScheduled"] += self._is_new(owner, pod, code)


def _age(pod: Object) -> tuple[Any, ...]:
    return not is_ready(pod), pod["metadata"]["creationTimestamp"], name_of(pod)


def _scaled(value: Any, total: int) -> int:
    """A number, or a percentage of ``total`` rounded up."""
    if isinstance(value, str):
        return -(-int(value.removesuffix("%")) * total // 100)
    return int(value or 0)


def _everything(event: Event) -> Iterable[Work]:
    """A node's labels or taints have changed: all are looked at."""
    old = event.previous.object if event.previous else None
    if old is None or _traits(old) != _traits(event.stored.object):
        yield _EVERYTHING


def _traits(node: Object) -> tuple[Any, Any]:
    return labels_of(node), (node.get("spec") or {}).get("taints")


CONTROLLER = Controller(
    "daemonset-controller",
    "daemon-set-controller",
    (Source(RESOURCE), Source("pods", its_owner("DaemonSet")), Source("nodes", _everything)),
    DaemonSets,
)
