"""What to say when a namespace's policy changes: warnings about the pods that run in it already.

Source: k8s.io/pod-security-admission ``admission.EvaluatePodsInNamespace``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kubegate.admission.pod_security.evaluator import reasons, violations
from kubegate.admission.pod_security.levels import MODES, PREFIX, Level, LevelVersion, Policy
from kubegate.api.go import quote
from kubegate.api.names import Object, name_of

MAX_PODS = 3000
"""So many pods are judged; the real server also stops after a second."""


def existing_pods_warnings(
    namespace: str, enforce: LevelVersion, pods: Iterable[Object], is_exempt: Callable[[dict[str, Any]], bool]
) -> list[str]:
    """One line for each group of pods that violate the new level in the same way, after a heading."""
    candidates = _one_of_each_controller_first([pod for pod in pods if not is_exempt(pod.get("spec") or {})])
    groups: dict[str, list[str]] = {}
    for pod in candidates[:MAX_PODS]:
        found = violations(enforce, pod.get("metadata") or {}, pod.get("spec") or {})
        if found:
            groups.setdefault(reasons(found), []).append(name_of(pod))
    warnings = []
    if len(candidates) > MAX_PODS:
        warnings.append(
            f"new PodSecurity enforce level only checked against the first {MAX_PODS} of {len(candidates)} existing pods"
        )
    if groups:
        warnings.append(
            f"existing pods in namespace {quote(namespace)} violate the new PodSecurity enforce level {quote(str(enforce))}"
        )
    return warnings + sorted(f"{_names(names)}: {what}" for what, names in groups.items())


def exempt_namespace_warning(name: str, policy: Policy, defaults: Policy, labels: Mapping[str, str]) -> str:
    """A policy put on an exempt namespace has no effect: a warning, or ""."""
    if policy.fully_privileged or policy.equivalent(defaults):
        return ""
    shown = [
        f"{mode}={wanted}"
        for mode in MODES
        if (wanted := getattr(policy, mode)).level != Level.PRIVILEGED
        and (PREFIX + mode in labels or f"{PREFIX}{mode}-version" in labels)
    ]
    return f"namespace {quote(name)} is exempt from Pod Security, and the policy ({', '.join(shown)}) will be ignored"


def _names(names: list[str]) -> str:
    first, others = min(names), len(names) - 1
    if not others:
        return first
    return f"{first} (and {others} other {'pod' if others == 1 else 'pods'})"


def _one_of_each_controller_first(pods: list[Object]) -> list[Object]:
    """Pods of one controller are alike: when not all can be judged, one of each counts most."""
    first, rest, seen = [], [], set()
    for pod in pods:
        owners = (pod.get("metadata") or {}).get("ownerReferences") or ()
        controller = next((owner.get("uid") for owner in owners if owner.get("controller")), None)
        if controller is not None and controller in seen:
            rest.append(pod)
            continue
        seen.add(controller)
        first.append(pod)
    return first + rest
