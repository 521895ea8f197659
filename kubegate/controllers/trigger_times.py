"""When what a service's endpoints follow from last changed: the annotation that network latency is measured by.

Source: k8s.io/endpointslice ``trigger_time_tracker.go``.
"""

from __future__ import annotations

from kubegate.api.names import Object

ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"


class TriggerTimes:
    """Remembers per service which times were seen."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, dict[str, str]]] = {}

    def changed(self, service: Object, pods: list[Object]) -> str:
        """The earliest time (RFC 3339, UTC) that is new since the last call for this service; "" if none is."""
        meta = service["metadata"]
        key, created = f"{meta['namespace']}/{meta['name']}", meta.get("creationTimestamp") or ""
        last_service, last_pods = self._seen.get(key, ("", {}))
        times = {pod["metadata"]["name"]: moment for pod in pods if (moment := _ready_transition(pod))}
        new = [moment for name, moment in times.items() if moment > last_pods.get(name, "")]
        new += [created] if created > last_service else []
        self._seen[key] = (created, times)
        return min(new, default="")

    def forget(self, namespace: str, name: str) -> None:
        """The service is gone."""
        self._seen.pop(f"{namespace}/{name}", None)


def annotated(meta: Object, moment: str) -> Object:
    """Metadata with the annotation of a change; without it if nothing that was followed changed."""
    kept = {key: value for key, value in (meta.get("annotations") or {}).items() if key != ANNOTATION}
    return {**meta, "annotations": {**kept, ANNOTATION: moment} if moment else kept}


def _ready_transition(pod: Object) -> str:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return next((c.get("lastTransitionTime") or "" for c in conditions if c.get("type") == "Ready"), "")
