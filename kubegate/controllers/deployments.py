"""Deployments: one ReplicaSet a template, the newest rolled out step by step (``deployment-controller``).

Source: kubernetes ``pkg/controller/deployment``.
"""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from kubegate.api.names import Object, annotations_of
from kubegate.controllers.events import Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, its_owner
from kubegate.controllers.pods import adopt, owned, owner_reference
from kubegate.controllers.rollout import (
    DESIRED,
    MAX,
    Sizes,
    is_resized,
    max_surge,
    max_unavailable,
    recreate,
    resize,
    rolling,
)
from kubegate.controllers.template_hash import HASH_LABEL, template_hash, without_hash

RESOURCE, SETS = "deployments.apps", "replicasets.apps"
REVISION = "deployment.kubernetes.io/revision"
_HISTORY = "deployment.kubernetes.io/revision-history"
_NOT_COPIED = ("kubectl.kubernetes.io/last-applied-configuration", REVISION, _HISTORY, DESIRED, MAX)
_MERGE = "application/merge-patch+json"


class Deployments:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "deployment-controller")

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get(RESOURCE, work.namespace, work.name)
        if found is None or found["metadata"].get("deletionTimestamp"):
            return None
        found = copy.deepcopy(found)
        sets = adopt(self._context, SETS, self._sets_path(work), found)
        newest = _matching(found, sets)
        if newest is not None or not (found["spec"].get("paused") or is_resized(_sizes(found), sets)):
            newest = self._newest(found, sets, work)  # what was resized is scaled first, then rolled out
        sets = owned(self._context, SETS, found)
        old = [s for s in sets if newest is None or s["metadata"]["uid"] != newest["metadata"]["uid"]]
        self._roll(found, newest, old, work)
        self._clean(found, old, work)
        sets = owned(self._context, SETS, found)
        return self._report(work, newest, sets)

    def _sets_path(self, work: Work) -> str:
        return f"/apis/apps/v1/namespaces/{work.namespace}/replicasets"

    def _newest(self, found: Object, sets: list[Object], work: Work) -> Object:
        """The ReplicaSet of the current template, made if there is none, with the highest revision."""
        newest = _matching(found, sets)
        others = [s for s in sets if newest is None or s["metadata"]["uid"] != newest["metadata"]["uid"]]
        revision = str(max((_revision(s) for s in others), default=0) + 1)
        if newest is None:
            newest = self._make_set(found, sets, revision, work)
        elif _revision(newest) < int(revision):
            notes = _copied_annotations(found, annotations_of(newest)) | {REVISION: revision}
            history = [part for part in annotations_of(newest).get(_HISTORY, "").split(",") if part]
            if previous := annotations_of(newest).get(REVISION):
                notes[_HISTORY] = ",".join([*history, previous])
            newest = self._annotate(newest, notes, work)
        else:
            notes = _copied_annotations(found, annotations_of(newest))
            if any(annotations_of(newest).get(key) != value for key, value in notes.items()):
                newest = self._annotate(newest, notes, work)
        self._set_revision(found, annotations_of(newest).get(REVISION, revision), work)
        return newest

    def _annotate(self, target: Object, notes: dict[str, str], work: Work) -> Object:
        path = f"{self._sets_path(work)}/{target['metadata']['name']}"
        merged = {**(target["metadata"].get("annotations") or {}), **notes}
        return self._context.client.update(path, {**target, "metadata": {**target["metadata"], "annotations": merged}})

    def _make_set(self, found: Object, sets: list[Object], revision: str, work: Work) -> Object:
        template = copy.deepcopy(found["spec"]["template"])
        code = template_hash(without_hash(template), (found.get("status") or {}).get("collisionCount") or 0)
        labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH_LABEL: code}
        template.setdefault("metadata", {})["labels"] = labels
        selector = copy.deepcopy(found["spec"]["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: code}
        wanted = _replicas(found)
        sizes = _sizes(found)
        total = sum(_replicas(s) for s in sets)
        first = wanted if _strategy(found) == "Recreate" else min(wanted, max(sizes.most - total, 0))
        if _strategy(found) == "Recreate" and total:
            first = 0
        notes = _copied_annotations(found, {}) | {REVISION: revision, DESIRED: str(wanted), MAX: str(sizes.most)}
        body = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{work.name}-{code}",
                "namespace": work.namespace,
                "labels": labels,
                "annotations": notes,
                "ownerReferences": [owner_reference(found)],
            },
            "spec": {"replicas": first, "selector": selector, "template": template},
        }
        if found["spec"].get("minReadySeconds"):
            body["spec"]["minReadySeconds"] = found["spec"]["minReadySeconds"]  # type: ignore[index]
        made = self._context.client.create(self._sets_path(work), body)
        if first:
            self._events.report(found, "ScalingReplicaSet", f"Scaled up replica set {work.name}-{code} from 0 to {first}")
        return made

    def _set_revision(self, found: Object, revision: str, work: Work) -> None:
        if annotations_of(found).get(REVISION) == revision:
            return
        path = f"/apis/apps/v1/namespaces/{work.namespace}/deployments/{work.name}"
        merged = {**(found["metadata"].get("annotations") or {}), REVISION: revision}
        body = {**found, "metadata": {**found["metadata"], "annotations": merged}}
        found["metadata"] = self._context.client.update(path, body)["metadata"]

    def _roll(self, found: Object, newest: Object | None, old: list[Object], work: Work) -> None:
        wanted = _replicas(found)
        sizes = _sizes(found)
        known = [s for s in [newest, *old] if s is not None]
        if found["spec"].get("paused") or is_resized(sizes, known):
            steps = resize(sizes, newest, old, rolling=_strategy(found) == "RollingUpdate")
        elif newest is None:
            return
        elif _strategy(found) == "Recreate":
            steps = recreate(sizes, newest, old)
        else:
            steps = rolling(sizes, newest, old)
        for target in known:
            name, now = target["metadata"]["name"], _replicas(target)
            size = steps.get(name, now)
            notes = {DESIRED: str(wanted), MAX: str(sizes.most)}
            same = all(annotations_of(target).get(key) == value for key, value in notes.items())
            if size == now and (same or not now):
                continue
            current = self._context.get(SETS, work.namespace, name) or target
            merged = {**annotations_of(current), **notes}
            body = {
                **current,
                "metadata": {**current["metadata"], "annotations": merged},
                "spec": {**current["spec"], "replicas": size},
            }
            self._context.client.update(f"{self._sets_path(work)}/{name}", body)
            if size != now:
                word = "up" if size > now else "down"
                self._events.report(found, "ScalingReplicaSet", f"Scaled {word} replica set {name} from {now} to {size}")

    def _clean(self, found: Object, old: list[Object], work: Work) -> None:
        limit = found["spec"].get("revisionHistoryLimit")
        limit = 10 if limit is None else limit
        idle = [s for s in old if not _replicas(s) and not (s.get("status") or {}).get("replicas")]
        for extra in sorted(idle, key=_revision)[: max(len(old) - limit, 0)]:
            self._context.client.delete(f"{self._sets_path(work)}/{extra['metadata']['name']}")

    def _report(self, work: Work, newest: Object | None, sets: list[Object]) -> float | None:
        found = self._context.get(RESOURCE, work.namespace, work.name)
        if found is None:
            return None
        current = next((s for s in sets if newest and s["metadata"]["uid"] == newest["metadata"]["uid"]), None)
        total, available = _sum(sets, "replicas"), _sum(sets, "availableReplicas")
        status: Object = {
            "observedGeneration": found["metadata"].get("generation") or 0,
            "replicas": total,
            "updatedReplicas": ((current or {}).get("status") or {}).get("replicas") or 0,
            "readyReplicas": _sum(sets, "readyReplicas"),
            "availableReplicas": available,
            "unavailableReplicas": max(total - available, _replicas(found) - available, 0),
        }
        old = found.get("status") or {}
        status = {key: value for key, value in status.items() if value}
        if old.get("collisionCount"):
            status["collisionCount"] = old["collisionCount"]
        ending = [(s.get("status") or {}).get("terminatingReplicas") for s in sets]
        if all(count is not None for count in ending):  # else a ReplicaSet has not been looked at yet
            status["terminatingReplicas"] = sum(ending)
        status["conditions"] = self._conditions(found, old, status, current, sets)
        if status != old and not _only_times_differ(status, old):
            path = f"/apis/apps/v1/namespaces/{work.namespace}/deployments/{work.name}/status"
            self._context.client.update(path, {**found, "status": status})
        deadline = found["spec"].get("progressDeadlineSeconds")
        progressing = next((c for c in status["conditions"] if c["type"] == "Progressing"), None)
        waiting = progressing is not None and progressing["reason"] in ("ReplicaSetUpdated", "NewReplicaSetCreated")
        return float(deadline) + 1 if waiting and deadline else None

    def _conditions(
        self, found: Object, old: Object, status: Object, current: Object | None, sets: list[Object]
    ) -> list[Object]:
        conditions = {c["type"]: c for c in old.get("conditions") or ()}
        enough = status.get("availableReplicas", 0) >= _replicas(found) - max_unavailable(found)
        if enough:
            self._set(conditions, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        else:
            text = "Deployment does not have minimum availability."
            self._set(conditions, "Available", "False", "MinimumReplicasUnavailable", text)
        self._progress(found, old, status, current, conditions)
        failure = next(
            (c for s in sets for c in (s.get("status") or {}).get("conditions") or () if c["type"] == "ReplicaFailure"), None
        )
        if failure:
            self._set(conditions, "ReplicaFailure", "True", failure["reason"], failure["message"])
        else:
            conditions.pop("ReplicaFailure", None)
        order = ("Available", "Progressing", "ReplicaFailure")
        known = [c["type"] for c in old.get("conditions") or ()]
        names = [*known, *(name for name in order if name not in known)]
        return [conditions[name] for name in names if name in conditions]

    def _progress(
        self, found: Object, old: Object, status: Object, current: Object | None, conditions: dict[str, Object]
    ) -> None:
        deadline = found["spec"].get("progressDeadlineSeconds")
        if deadline is None or current is None:
            if found["spec"].get("paused") and "Progressing" not in conditions:
                self._set(conditions, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
            return
        name, wanted = current["metadata"]["name"], _replicas(found)
        counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
        known = conditions.get("Progressing")
        if found["spec"].get("paused"):
            if known is None or known["reason"] != "DeploymentPaused":
                self._set(conditions, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
            return
        if known is not None and known["reason"] == "DeploymentPaused":
            self._set(conditions, "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed")
            known = conditions["Progressing"]
        if counts == [wanted] * 3:
            text = f'ReplicaSet "{name}" has successfully progressed.'
            self._set(conditions, "Progressing", "True", "NewReplicaSetAvailable", text)
            return
        before = [old.get(key, 0) for key in ("updatedReplicas", "readyReplicas", "availableReplicas")]
        after = [status.get(key, 0) for key in ("updatedReplicas", "readyReplicas", "availableReplicas")]
        if known is None:
            text = f'Created new replica set "{name}"'
            self._set(conditions, "Progressing", "True", "NewReplicaSetCreated", text)
        elif any(new > was for new, was in zip(after, before, strict=True)) or name not in known["message"]:
            self._set(
                conditions, "Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.', touch=True
            )
        elif known["reason"] != "NewReplicaSetAvailable" and self._late(known, deadline):
            text = f'ReplicaSet "{name}" has timed out progressing.'
            self._set(conditions, "Progressing", "False", "ProgressDeadlineExceeded", text)

    def _late(self, condition: Object, deadline: int) -> bool:
        since = datetime.fromisoformat(condition["lastUpdateTime"].replace("Z", "+00:00"))
        return (self._context.now() - since).total_seconds() > deadline

    def _set(
        self, conditions: dict[str, Object], kind: str, value: str, reason: str, message: str, *, touch: bool = False
    ) -> None:
        old, now = conditions.get(kind), self._context.timestamp()
        if old and not touch and (old["status"], old["reason"], old["message"]) == (value, reason, message):
            return
        changed = old["lastTransitionTime"] if old and old["status"] == value else now
        conditions[kind] = {
            "type": kind,
            "status": value,
            "lastUpdateTime": now,
            "lastTransitionTime": changed,
            "reason": reason,
            "message": message,
        }


def _only_times_differ(status: Object, old: Object) -> bool:
    def timeless(value: Any) -> Any:
        conditions = [{k: v for k, v in c.items() if "Time" not in k} for c in value.get("conditions") or ()]
        return {**value, "conditions": conditions}

    return bool(timeless(status) == timeless(old))


def _strategy(found: Object) -> str:
    return str((found["spec"].get("strategy") or {}).get("type") or "RollingUpdate")


def _sizes(found: Object) -> Sizes:
    return Sizes(_replicas(found), max_surge(found), max_unavailable(found))


def _replicas(obj: Object) -> int:
    value = obj["spec"].get("replicas")
    return 1 if value is None else int(value)


def _revision(obj: Object) -> int:
    text = annotations_of(obj).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def _sum(sets: list[Object], key: str) -> int:
    return sum((s.get("status") or {}).get(key) or 0 for s in sets)


def _matching(found: Object, sets: list[Object]) -> Object | None:
    """The oldest ReplicaSet that has the Deployment's template."""
    wanted = without_hash(found["spec"]["template"])
    fitting = [s for s in sets if without_hash(s["spec"]["template"]) == wanted]
    return min(fitting, key=lambda s: (s["metadata"].get("creationTimestamp") or "", s["metadata"]["name"]), default=None)


def _copied_annotations(found: Object, known: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in annotations_of(found).items() if key not in _NOT_COPIED}


CONTROLLER = Controller(
    "deployment-controller",
    "deployment-controller",
    (Source(RESOURCE), Source(SETS, its_owner("Deployment"))),
    Deployments,
)
