"""The recorded decisions of a real scheduler, judged in process against an API that only remembers."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import yaml

from kubegate.api.names import Object, kind_of
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.scheduler import Scheduler
from tests.conformance.corpora import recordings

ROOT = recordings("scheduler")
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason=f"no recordings at {ROOT} (set KUBEGATE_CONFORMANCE)")

RESOURCES = {
    "Node": "nodes",
    "Pod": "pods",
    "Namespace": "namespaces",
    "PersistentVolume": "persistentvolumes",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "StorageClass": "storageclasses.storage.k8s.io",
    "PodDisruptionBudget": "poddisruptionbudgets.policy",
}


class RememberingApi:
    """Applies what the scheduler asks for, and tells it what happened."""

    def __init__(self) -> None:
        self.pods: dict[str, Object] = {}
        self.events: list[Object] = []
        self.time = 0.0
        now = datetime(2026, 1, 1, tzinfo=UTC)
        self.scheduler = Scheduler(self, lambda: self.time, now=lambda: now, random=Random(1))

    def create(self, obj: Object) -> None:
        resource = RESOURCES[kind_of(obj).kind]
        obj = copy.deepcopy(obj)
        if resource == "pods":
            obj["metadata"]["uid"] = f"uid-{obj['metadata']['name']}"
            self.pods[obj["metadata"]["uid"]] = obj
        self.scheduler.observe(resource, copy.deepcopy(obj))

    def settle(self) -> None:
        for _ in range(20):
            if not self.scheduler.step():
                return

    def change(self, uid: str, **status: Any) -> None:
        pod = self.pods[uid]
        conditions = {part["type"]: part for part in pod.setdefault("status", {}).get("conditions") or ()}
        conditions |= {part["type"]: part for part in status.pop("conditions", ())}
        pod["status"] |= {**status, "conditions": list(conditions.values())}
        self.scheduler.observe("pods", copy.deepcopy(pod))

    def bind(self, pod: PodInfo, node_name: str) -> None:
        self.pods[pod.uid]["spec"]["nodeName"] = node_name
        self.change(pod.uid, conditions=[{"type": "PodScheduled", "status": "True"}])

    def patch_status(self, pod: PodInfo, patch: Object) -> None:
        self.change(pod.uid, **patch)

    def delete_pod(self, pod: PodInfo) -> None:
        self.pods[pod.uid]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self.change(pod.uid)

    def remove(self, uid: str) -> None:
        self.scheduler.observe("pods", self.pods.pop(uid), deleted=True)

    def create_event(self, event: Object) -> None:
        self.events.append(event)

    def patch(self, resource: str, namespace: str, name: str, patch: Object) -> None:
        raise NotImplementedError


def admit(pod: Object, classes: dict[str, Object]) -> Object:
    """What the API server adds to a pod."""
    pod = copy.deepcopy(pod)
    spec = pod["spec"]
    chosen = classes.get(spec.get("priorityClassName", ""), {})
    spec.setdefault("priority", chosen.get("value", 0))
    spec.setdefault("preemptionPolicy", chosen.get("preemptionPolicy", "PreemptLowerPriority"))
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        resources = container.setdefault("resources", {})
        resources["requests"] = {**resources.get("limits", {}), **resources.get("requests", {})}
    if spec.get("schedulingGates"):
        message = "Scheduling is blocked due to non-empty scheduling gates"
        gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": message}
        pod.setdefault("status", {})["conditions"] = [gated]
    return pod


def judge(api: RememberingApi, pod: Object, wanted: dict[str, Any]) -> list[str]:
    """What differs from the recording."""
    going = {uid for uid, other in api.pods.items() if other["metadata"].get("deletionTimestamp")}
    api.events.clear()
    api.create(pod)
    api.settle()
    uid = f"uid-{pod['metadata']['name']}"
    now = api.pods[uid]
    node, wrong = now["spec"].get("nodeName"), []
    condition = next((part for part in now.get("status", {}).get("conditions") or () if part["type"] == "PodScheduled"), {})
    if wanted["node"]:
        if node not in (wanted.get("may_choose") or [wanted["node"]]):
            wrong.append(f"node {node}, not {wanted.get('may_choose')}: {condition.get('message')}")
    else:
        recorded = wanted.get("condition") or {}
        if node or any(recorded.get(key) != condition.get(key) for key in ("status", "reason", "message")):
            wrong.append(f"node {node}, condition {condition}, not {recorded}")
        notes = {event["note"] for event in wanted.get("events") or () if event["reason"] == "FailedScheduling"}
        if notes and not notes & {event["note"] for event in api.events if event["reason"] == "FailedScheduling"}:
            wrong.append(f"notes {[event['note'] for event in api.events]}, not {notes}")
    if now.get("status", {}).get("nominatedNodeName") != wanted.get("nominatedNodeName"):
        wrong.append(f"nominated {now['status'].get('nominatedNodeName')}, not {wanted.get('nominatedNodeName')}")
    victims = [uid for uid, other in api.pods.items() if other["metadata"].get("deletionTimestamp") and uid not in going]
    if sorted(victims) != sorted(f"uid-{name}" for name in wanted.get("victims") or ()):
        wrong.append(f"victims {victims}, not {wanted.get('victims')}")
    if victims:
        for victim in victims:
            parts = api.pods[victim]["status"]["conditions"]
            found = [
                {key: part[key] for key in ("type", "status", "reason", "message")}
                for part in parts
                if part["type"] == "DisruptionTarget"
            ]
            if found != wanted.get("victim_condition"):
                wrong.append(f"victim's condition {found}")
            api.remove(victim)
        api.settle()
        node = api.pods[uid]["spec"].get("nodeName")
        if wanted.get("node_after_victims_gone") and node != wanted["node_after_victims_gone"]:
            wrong.append(f"then on {node}, not {wanted['node_after_victims_gone']}")
    if wanted["node"] and node != wanted["node"]:
        api.remove(uid)
        forced = copy.deepcopy(pod)
        forced["spec"]["nodeName"] = wanted["node"]
        api.create(forced)
    return wrong


@pytest.mark.parametrize("name", sorted(path.stem for path in ROOT.glob("*.yaml")))
def test_scenario(name: str) -> None:
    scenario = yaml.load((ROOT / f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    recorded = json.loads((ROOT / f"{name}.json").read_text(encoding="utf-8"))["result"]
    objects = scenario.get("objects") or []
    classes = {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == "PriorityClass"}
    api = RememberingApi()
    for obj in sorted(objects, key=lambda obj: obj["kind"] == "Pod"):
        if obj["kind"] in RESOURCES:
            api.create(admit(obj, classes) if obj["kind"] == "Pod" else obj)
    wrong: list[str] = []
    for pod, wanted in zip(scenario["pending"], recorded, strict=False):
        wrong += [f"{wanted['pod']}: {text}" for text in judge(api, admit(pod, classes), wanted)]
    assert not wrong
