"""StatefulSets: numbered pods with an identity, made, replaced and removed in order (``statefulset-controller``).

Source: kubernetes ``pkg/controller/statefulset``.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from kubegate.api.names import Object, labels_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.events import WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, its_owner
from kubegate.controllers.pods import adopt, deleting, ending_namespace, is_available, is_ready, phase
from kubegate.controllers.revisions import HASH_LABEL, History
from kubegate.controllers.stateful_claims import keep_policy, waits_for_claims
from kubegate.controllers.stateful_pods import new_claims, new_pod, ordinal

RESOURCE = "statefulsets.apps"
_LOOK_FOR_CLAIMS = 1.0
"""Seconds; nobody tells when a claim is gone."""


class StatefulSets:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "statefulset-controller")
        self._history = History(context, "controller.kubernetes.io/hash")

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get(RESOURCE, work.namespace, work.name)
        if found is None:
            return None
        owner = copy.deepcopy(found)
        path = f"/api/v1/namespaces/{work.namespace}/pods"
        pods = {n: p for p in adopt(self._context, "pods", path, owner) if (n := ordinal(p, owner)) is not None}
        update = self._history.current(owner, self._history.revisions(owner))
        current = self._current(owner, update)
        if not deleting(owner):
            self._step(owner, pods, current, update)
        pods = {n: p for p in adopt(self._context, "pods", path, owner) if (n := ordinal(p, owner)) is not None}
        self._report(owner, list(pods.values()), current, update)
        live = {name_of(current), name_of(update), *(labels_of(pod).get(HASH_LABEL, "") for pod in pods.values())}
        self._history.truncate(owner, self._history.revisions(owner), live)
        return self._again(owner, pods)

    def _again(self, owner: Object, pods: dict[int, Object]) -> float | None:
        if any(n not in pods and waits_for_claims(self._context, owner, n) for n in _wanted(owner["spec"])):
            return _LOOK_FOR_CLAIMS
        seconds = owner["spec"].get("minReadySeconds") or 0
        now = self._context.now()
        waits = any(is_ready(pod) and not is_available(pod, seconds, now) for pod in pods.values())
        return float(seconds) if waits else None

    def _current(self, owner: Object, update: Object) -> Object:
        """The revision that pods have which are not updated yet."""
        name = (owner.get("status") or {}).get("currentRevision")
        return next((r for r in self._history.revisions(owner) if name_of(r) == name), update)

    def _step(self, owner: Object, pods: dict[int, Object], current: Object, update: Object) -> None:
        """Do what can be done now, one pod after the other unless they may be managed in parallel."""
        spec = owner["spec"]
        wanted = _wanted(spec)
        parallel = spec.get("podManagementPolicy") == "Parallel"
        for number, existing in pods.items():
            keep_policy(self._context, owner, number, existing, wanted=number in wanted)
        for number in wanted:
            pod = pods.get(number)
            if pod is not None and phase(pod) in ("Failed", "Succeeded") and not deleting(pod):
                self._delete(owner, pod)
                pod = None if self._context.get("pods", namespace_of(owner), f"{name_of(owner)}-{number}") is None else pod
            if pod is None:
                if not waits_for_claims(self._context, owner, number):
                    pods[number] = self._create(owner, number, current, update)
                    keep_policy(self._context, owner, number, pods[number], wanted=True)
                if not parallel:
                    return
            elif not parallel and (deleting(pod) or not self._available(owner, pod)):
                return
        for number in sorted((n for n in pods if n not in wanted), reverse=True):
            if not deleting(pods[number]):
                self._delete(owner, pods[number])
            if not parallel:
                return
        self._replace(owner, pods, wanted, update)

    def _available(self, owner: Object, pod: Object) -> bool:
        return is_available(pod, owner["spec"].get("minReadySeconds") or 0, self._context.now())

    def _replace(self, owner: Object, pods: dict[int, Object], wanted: range, update: Object) -> None:
        """Delete pods of older revisions, from the last one down to the partition, not more than may be missing."""
        strategy = owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        rolling = strategy.get("rollingUpdate") or {}
        most = max(_scaled(rolling.get("maxUnavailable", 1), len(wanted)), 1)
        missing = 0
        for number in reversed(wanted):
            if number < wanted.start + (rolling.get("partition") or 0):
                return
            pod = pods.get(number)
            old = pod is not None and labels_of(pod).get(HASH_LABEL) != name_of(update)
            if pod is not None and old and not deleting(pod):
                self._delete(owner, pod)
                missing += 1
            elif pod is None or deleting(pod) or not self._available(owner, pod):
                missing += 1
            if missing >= most:
                return

    def _create(self, owner: Object, number: int, current: Object, update: Object) -> Object:
        revision = self._revision_of(owner, number, current, update)
        template: Object = revision["data"]["spec"]["template"]
        template = {key: value for key, value in template.items() if key != "$patch"}
        pod, name = new_pod(owner, template, name_of(revision), number), f"{name_of(owner)}-{number}"
        base = f"/api/v1/namespaces/{namespace_of(owner)}"
        where = f"Pod {name} in StatefulSet {name_of(owner)}"
        try:
            self._claims(owner, number, base, name)
            made = self._context.client.create(f"{base}/pods", pod)
        except StatusError as error:
            if not ending_namespace(error) and error.status.code != 409:
                text = f"create {where} failed error: {error.status.message}"
                self._events.report(owner, "FailedCreate", text, WARNING)
            raise
        self._events.report(owner, "SuccessfulCreate", f"create {where} successful")
        return made

    def _claims(self, owner: Object, number: int, base: str, pod: str) -> None:
        for claim in new_claims(owner, number):
            name = name_of(claim)
            if self._context.get("persistentvolumeclaims", namespace_of(owner), name) is not None:
                continue
            self._context.client.create(f"{base}/persistentvolumeclaims", claim)
            text = f"create Claim {name} Pod {pod} in StatefulSet {name_of(owner)} success"
            self._events.report(owner, "SuccessfulCreate", text)

    @staticmethod
    def _revision_of(owner: Object, number: int, current: Object, update: Object) -> Object:
        """Which revision a new pod is made from."""
        spec, status = owner["spec"], owner.get("status") or {}
        strategy = spec.get("updateStrategy") or {}
        first = (spec.get("ordinals") or {}).get("start") or 0
        rolling = strategy.get("rollingUpdate")
        kept = first + ((rolling.get("partition") or 0) if rolling else (status.get("currentReplicas") or 0))
        return current if strategy.get("type") == "RollingUpdate" and number < kept else update

    def _delete(self, owner: Object, pod: Object) -> None:
        path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}"
        where = f"Pod {name_of(pod)} in StatefulSet {name_of(owner)}"
        try:
            self._context.client.delete(path, uid=pod["metadata"]["uid"])
        except StatusError as error:
            text = f"delete {where} failed error: {error.status.message}"
            self._events.report(owner, "FailedDelete", text, WARNING)
            raise
        self._events.report(owner, "SuccessfulDelete", f"delete {where} successful")

    def _report(self, owner: Object, pods: Sequence[Object], current: Object, update: Object) -> None:
        old = owner.get("status") or {}
        going = [pod for pod in pods if not deleting(pod)]
        status: Object = {
            "observedGeneration": owner["metadata"].get("generation") or 0,
            "replicas": len(pods),
            "readyReplicas": sum(map(is_ready, pods)),
            "currentReplicas": sum(labels_of(pod).get(HASH_LABEL) == name_of(current) for pod in going),
            "updatedReplicas": sum(labels_of(pod).get(HASH_LABEL) == name_of(update) for pod in going),
            "availableReplicas": sum(self._available(owner, pod) for pod in pods),
            "currentRevision": name_of(current),
            "updateRevision": name_of(update),
            "collisionCount": old.get("collisionCount") or 0,
        }
        if _completed(owner, status, pods):
            status |= {"currentRevision": name_of(update), "currentReplicas": status["updatedReplicas"]}
        optional = ("readyReplicas", "currentReplicas", "updatedReplicas")
        status = {key: value for key, value in status.items() if value or key not in optional}
        if old.get("conditions"):
            status["conditions"] = old["conditions"]
        if status != old:
            path = f"/apis/apps/v1/namespaces/{namespace_of(owner)}/statefulsets/{name_of(owner)}/status"
            self._context.client.update(path, {**owner, "status": status})


def _completed(owner: Object, status: Object, pods: Sequence[Object]) -> bool:
    """Has the last pod been updated?"""
    if (owner["spec"].get("updateStrategy") or {}).get("type") != "RollingUpdate":
        return False
    return bool(status["updatedReplicas"] == status["replicas"] == status["readyReplicas"] == len(pods))


def _wanted(spec: Object) -> range:
    """The numbers of the pods that are asked for."""
    first, count = (spec.get("ordinals") or {}).get("start") or 0, spec.get("replicas")
    return range(first, first + (1 if count is None else int(count)))


def _scaled(value: Any, total: int) -> int:
    """A number, or a percentage of ``total`` rounded up."""
    if isinstance(value, str):
        return -(-int(value.removesuffix("%")) * total // 100)
    return int(value)


CONTROLLER = Controller(
    "statefulset-controller",
    "statefulset-controller",
    (Source(RESOURCE), Source("pods", its_owner("StatefulSet"))),
    StatefulSets,
)
