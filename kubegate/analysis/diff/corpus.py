"""Which of the objects in sets of manifests are judged by admission, and which judge."""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.api.names import Object, kind_of
from kubegate.bundle.state import ClusterState

WORKLOADS = frozenset(
    {
        *("Pod", "ReplicationController", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"),
        *("Service", "Ingress", "PersistentVolumeClaim"),
    }
)
"""Kinds that policies are written about: the corpus where none is given."""

POLICIES = frozenset(
    {
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
        *("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
        *("Namespace", "ResourceQuota", "LimitRange", "RuntimeClass", "PriorityClass"),
    }
)
"""Kinds that decide on others."""


def decides_on_others(obj: Object) -> bool:
    """Whether an object may change what admission makes of others."""
    return kind_of(obj).kind in POLICIES


def corpus_of(states: Iterable[ClusterState]) -> list[Object]:
    """The workloads that stand in sets of manifests, each once, as the last set has it."""
    found: dict[tuple[str, ...], Object] = {}
    for state in states:
        for key, obj in state.objects.items():
            if kind_of(obj).kind in WORKLOADS:
                found[key] = obj
    return list(found.values())
