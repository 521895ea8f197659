"""What the scheduler writes about its decisions: conditions and events.

Source: kube-scheduler ``schedule_one.go`` (``handleSchedulingFailure``), client-go ``tools/events``.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kubegate.api.names import Object
from kubegate.scheduler.pod import PodInfo

NOTE_LIMIT = 1024
"""Longest note of an event, in characters."""


def timestamp(now: datetime) -> str:
    """``metav1.Time``."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(pod: PodInfo, kind: str, status: str, reason: str, message: str, now: datetime) -> Object | None:
    """The condition to set, or None if the pod has it already. The time of transition is that of the status."""
    wanted = {"type": kind, "status": status, "reason": reason, "message": message}
    generation = (pod.object.get("metadata") or {}).get("generation")
    if generation:
        wanted["observedGeneration"] = generation
    old: Mapping[str, Any] = next((part for part in pod.status.get("conditions") or () if part.get("type") == kind), {})
    if all(old.get(key) == value for key, value in wanted.items()):
        return None
    kept = old.get("lastTransitionTime") if old.get("status") == status else None
    return {**wanted, "lastProbeTime": None, "lastTransitionTime": kept or timestamp(now)}


def event(
    pod: PodInfo,
    kind: str,
    reason: str,
    action: str,
    note: str,
    *,
    now: datetime,
    reporter: str,
    related: PodInfo | None = None,
) -> Object:
    """An events.k8s.io/v1 Event about a pod."""
    made: Object = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{pod.name}.{secrets.token_hex(8)}", "namespace": pod.namespace},
        "eventTime": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": reporter,
        "reportingInstance": f"{reporter}-{socket.gethostname()}"[:128],
        "action": action,
        "reason": reason,
        "regarding": _reference(pod),
        "note": _shortened(note),
        "type": kind,
    }
    if related is not None:
        made["related"] = _reference(related)
    return made


def _reference(pod: PodInfo) -> Object:
    reference = {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid, "apiVersion": "v1"}
    version = (pod.object.get("metadata") or {}).get("resourceVersion")
    return {**reference, "resourceVersion": version} if version else reference


def _shortened(note: str) -> str:
    return note if len(note) <= NOTE_LIMIT else f"{note[: NOTE_LIMIT - 4]} ..."
