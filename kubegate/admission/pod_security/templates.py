"""Where the pods stand in objects that make pods."""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object

PATHS: dict[str, tuple[str, ...]] = {
    "pods": (),
    "podtemplates": ("template",),
    "replicationcontrollers": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "deployments.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
}
"""Resource -> path of the pod or pod template in its objects."""


def pod_template(resource: str, obj: Object) -> dict[str, Any] | None:
    """The pod (template) in an object of this resource, or None."""
    if resource not in PATHS:
        return None
    found: Any = obj
    for part in PATHS[resource]:
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None
