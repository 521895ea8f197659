"""Deployments: one ReplicaSet a template, the newest rolled out step by step (``deployment-controller``).

Source: kubernetes ``pkg/controller/deployment``.
"""

from __future__ import annotations

import copy

from kubegate.api.names import Object, annotations_of
from kubegate.controllers.deployment_status import RESOURCE, DeploymentStatus
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
    replicas_of,
    resize,
    rolling,
)
from kubegate.controllers.template_hash import HASH_LABEL, template_hash, without_hash

SETS = "replicasets.apps"
REVISION = "deployment.kubernetes.io/revision"
_HISTORY = "deployment.kubernetes.io/revision-history"
_NOT_COPIED = ("kubectl.kubernetes.io/last-applied-configuration", REVISION, _HISTORY, DESIRED, MAX)
_MERGE = "application/merge-patch+json"


class Deployments:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "deployment-controller")
        self._status = DeploymentStatus(context)

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
        return self._status.report(work, newest, sets)

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
        wanted = replicas_of(found)
        sizes = _sizes(found)
        total = sum(replicas_of(s) for s in sets)
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
        wanted = replicas_of(found)
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
            name, now = target["metadata"]["name"], replicas_of(target)
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
        idle = [s for s in old if not replicas_of(s) and not (s.get("status") or {}).get("replicas")]
        for extra in sorted(idle, key=_revision)[: max(len(old) - limit, 0)]:
            self._context.client.delete(f"{self._sets_path(work)}/{extra['metadata']['name']}")


def _strategy(found: Object) -> str:
    return str((found["spec"].get("strategy") or {}).get("type") or "RollingUpdate")


def _sizes(found: Object) -> Sizes:
    return Sizes(replicas_of(found), max_surge(found), max_unavailable(found))


def _revision(obj: Object) -> int:
    text = annotations_of(obj).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


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
