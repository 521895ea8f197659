"""What a Deployment says of its rollout: counts of pods, and whether it is available, progressing or failing.

Source: kubernetes ``pkg/controller/deployment/{progress,sync}.go``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubegate.api.names import Object
from kubegate.controllers.interface import Context, Work
from kubegate.controllers.rollout import max_unavailable, replicas_of

RESOURCE = "deployments.apps"


class DeploymentStatus:
    """Writes the status."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def report(self, work: Work, newest: Object | None, sets: list[Object]) -> float | None:
        """Bring the status up to date; answers after how many seconds to look again."""
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
            "unavailableReplicas": max(total - available, replicas_of(found) - available, 0),
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
        enough = status.get("availableReplicas", 0) >= replicas_of(found) - max_unavailable(found)
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
        name, wanted = current["metadata"]["name"], replicas_of(found)
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


def _sum(sets: list[Object], key: str) -> int:
    return sum((s.get("status") or {}).get(key) or 0 for s in sets)
