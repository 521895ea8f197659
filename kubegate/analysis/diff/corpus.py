"""Which of the objects in sets of manifests are judged by admission, and which judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubegate.analysis.diff.chains import NotCompared
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


WEBHOOKS = frozenset({"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"})
_IDLE = ("metadata", "status", "apiVersion")


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


def webhooks_changed(old: ClusterState, new: ClusterState) -> list[NotCompared]:
    """The webhooks of admission that are not the same in both sets."""
    return [NotCompared(what, f"{how}: webhooks are not asked") for what, how in _changed(old, new, WEBHOOKS)]


def policies_changed(old: ClusterState, new: ClusterState) -> list[NotCompared]:
    """What decides on others and is not the same in both sets, where there was no object to judge."""
    why = "there is no object to judge (give --objects)"
    return [NotCompared(what, f"{how}: {why}") for what, how in _changed(old, new, POLICIES)]


def _changed(old: ClusterState, new: ClusterState, kinds: frozenset[str]) -> Iterator[tuple[str, str]]:
    sides = [{key: _policy(obj) for key, obj in side.objects.items() if key[1] in kinds} for side in (old, new)]
    for key in sorted(sides[0].keys() | sides[1].keys()):
        if sides[0].get(key) != sides[1].get(key):
            how = "is only in NEW" if key not in sides[0] else "is only in OLD" if key not in sides[1] else "changed"
            yield f"{key[1]} {key[2] + '/' if key[2] else ''}{key[3]}", how


def _policy(obj: Object) -> Object:
    """The object without what decides nothing; of a namespace its labels only."""
    labels = (obj.get("metadata") or {}).get("labels") or {}
    rest = {} if obj["kind"] == "Namespace" else {key: part for key, part in obj.items() if key not in _IDLE}
    return {**rest, "labels": labels}
