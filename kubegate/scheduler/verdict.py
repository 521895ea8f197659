"""Why a pod cannot run on a node, or nowhere, and how that is told.

Source: kube-scheduler ``framework.Status`` and ``framework.FitError``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NOT_HELPFUL = "Preemption is not helpful for scheduling"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A plugin refuses a node. ``resolvable``: the removal of pods from the node might help (preemption looks at it)."""

    plugin: str
    reasons: tuple[str, ...]
    resolvable: bool = True

    @property
    def message(self) -> str:
        return ", ".join(self.reasons)


def unresolvable(plugin: str, *reasons: str) -> Rejection:
    """A refusal that no preemption can resolve."""
    return Rejection(plugin, reasons, resolvable=False)


@dataclass(slots=True)
class Diagnosis:
    """Why no node fits: each node's refusal, or that of a plugin which looked at the pod before any node (``before``).

    ``absent`` stands for the nodes that were not looked at one by one.
    """

    node_count: int
    nodes: dict[str, Rejection] = field(default_factory=dict)
    absent: Rejection | None = None
    before: Rejection | None = None
    after: str = ""
    """What the attempts to help (preemption) have to say."""

    @property
    def plugins(self) -> frozenset[str]:
        """Who refused: a change that none of them cares for need not be followed by another attempt."""
        found = {rejection.plugin for rejection in self.nodes.values()}
        found |= {rejection.plugin for rejection in (self.absent, self.before) if rejection}
        return frozenset(found)

    def of_node(self, name: str) -> Rejection | None:
        """The refusal of a node."""
        return self.nodes.get(name) or self.absent or self.before

    @property
    def message(self) -> str:
        """``0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. ...``"""
        if not self.node_count:
            return "no nodes available to schedule pods"
        text = f"0/{self.node_count} nodes are available:"
        if self.before:
            text += f" {self.before.message}."
        elif found := histogram(self.node_count, self.nodes, self.absent):
            text += f" {found}."
        return f"{text} {self.after}" if self.after else text


def histogram(node_count: int, nodes: Mapping[str, Rejection], absent: Rejection | None) -> str:
    """``1 Insufficient cpu, 2 node(s) were unschedulable``: the reasons counted, in the order of these texts."""
    reasons: Counter[str] = Counter(reason for rejection in nodes.values() for reason in rejection.reasons)
    if absent and len(nodes) < node_count:
        for reason in absent.reasons:
            reasons[reason] += node_count - len(nodes)
    return ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))


def joined(parts: Iterable[str]) -> str:
    """The messages of several helpers."""
    return ", ".join(part for part in parts if part)
