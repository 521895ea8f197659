"""The contracts of the scheduler: what a plugin is, and what the scheduler asks of the API.

A filter looks at the pod and the cluster once (`Filter.prepare`) and answers with something that judges nodes, or with a
refusal of all of them, or with None if it does not concern the pod. What was prepared can follow the imaginary removal of
pods, which is how preemption tries things out. A score judges all fitting nodes at once, as a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kubegate.api.names import Object
from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection

MAX_SCORE = 100
"""The best score that a plugin gives a node, before its weight."""


class Prepared:
    """A filter that knows its pod. ``nodes`` limits the choice beforehand (None: all)."""

    nodes: frozenset[str] | None = None

    def check(self, node: NodeInfo) -> Rejection | None:
        """Why the pod cannot run on the node, or None."""
        raise NotImplementedError

    def added(self, pod: PodInfo, node: NodeInfo) -> None:
        """Imagine another pod on the node (``node`` has it already)."""

    def removed(self, pod: PodInfo, node: NodeInfo) -> None:
        """Imagine another pod away from the node (``node`` lacks it already)."""

    def copy(self) -> Prepared:
        """One that can imagine on its own."""
        return self


class Filter(Protocol):
    """Which nodes can run a pod? ``concerns`` are the changes after which a refused pod is worth another attempt:
    ``resource/action``, the action being add, update or delete (``pods`` means pods on nodes)."""

    name: str
    concerns: frozenset[str]

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | Rejection | None:
        """Look at the pod; see `Prepared`."""
        ...


class Score(Protocol):
    """Which of the fitting nodes is best?"""

    name: str
    weight: int

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int] | None:
        """A number from 0 to `MAX_SCORE` for each node, or None if it does not concern the pod."""
        ...


class Api(Protocol):
    """What the scheduler does to the cluster, as a user with permissions of its own.

    Each method raises `errors.KubegateError` if the API refuses; an object that is gone is no error for `delete_pod`.
    """

    def bind(self, pod: PodInfo, node_name: str) -> None:
        """Create the pod's Binding."""
        ...

    def patch_status(self, pod: PodInfo, patch: Object) -> None:
        """Merge into the pod's status (a strategic merge patch: conditions by type)."""
        ...

    def delete_pod(self, pod: PodInfo) -> None:
        """Delete exactly this pod (by uid), gracefully."""
        ...

    def create_event(self, event: Object) -> None:
        """Create an events.k8s.io/v1 Event."""
        ...

    def patch(self, resource: str, namespace: str, name: str, patch: Object) -> None:
        """Merge into a claim or volume (before a pod is bound)."""
        ...


def normalized(scores: Sequence[int], *, reverse: bool = False) -> list[int]:
    """Scale so that the highest becomes `MAX_SCORE`; ``reverse``: the highest becomes 0."""
    highest = max(scores, default=0)
    if highest == 0:
        return [MAX_SCORE if reverse else score for score in scores]
    scaled = [MAX_SCORE * score // highest for score in scores]
    return [MAX_SCORE - score for score in scaled] if reverse else scaled
