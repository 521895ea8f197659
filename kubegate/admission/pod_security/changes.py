"""Which updates of a pod are judged again: those that could bring something new into it."""

from __future__ import annotations

from typing import Any

from kubegate.admission.pod_security.checks.profiles import SECCOMP_ANNOTATION
from kubegate.api.names import annotations_of


def is_significant(pod: dict[str, Any], old: dict[str, Any]) -> bool:
    """True if containers came or went, an image changed, or an ephemeral container was added.

    Source: k8s.io/pod-security-admission ``admission.isSignificantPodUpdate``.
    """
    new_spec, old_spec = pod.get("spec") or {}, old.get("spec") or {}
    for field in ("containers", "initContainers"):
        new_list, old_list = new_spec.get(field) or [], old_spec.get(field) or []
        if len(new_list) != len(old_list):
            return True
        if any(_differs(new, before, pod, old) for new, before in zip(new_list, old_list, strict=True)):
            return True
    before = {container.get("name"): container for container in reversed(old_spec.get("ephemeralContainers") or [])}
    return any(
        container.get("name") not in before or _differs(container, before[container.get("name")], pod, old)
        for container in new_spec.get("ephemeralContainers") or ()
    )


def _differs(new: dict[str, Any], before: dict[str, Any], pod: dict[str, Any], old: dict[str, Any]) -> bool:
    key = SECCOMP_ANNOTATION + (new.get("name") or "")
    return new.get("image") != before.get("image") or annotations_of(pod).get(key) != annotations_of(old).get(key)
