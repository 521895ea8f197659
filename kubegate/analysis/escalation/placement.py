"""Getting a pod onto a certain node: past its taints by tolerations, past the scheduler by the node's name, or without its
taints. On a node that has none, a pod comes to run by chance, or because others are tried until it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from kubegate.analysis.escalation.hosts import Twist
from kubegate.analysis.escalation.model import asked
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object
from kubegate.authz.interface import Attributes

_KEEPS_AWAY = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True)
class Placement:
    """``twists``: the ways; ``requests``: what has to be done before, said by ``before``; ``where`` completes the text."""

    twists: tuple[Twist, ...] = ()
    requests: tuple[Attributes, ...] = ()
    before: str = ""
    where: str = ""

    def of(self, kinds: list[Twist]) -> list[Twist]:
        """Each of the kinds, in each of the ways."""
        return [partial(_both, first=kind, second=way) for way in self.twists for kind in kinds] or kinds


def placements(world: World, who: Who, node: str) -> Iterator[Placement]:
    """The ways to a node ("": any)."""
    obj = world.state.get("", "Node", "", node) if node else None
    effects = _effects(obj or {})
    if not effects:
        yield Placement()
        return
    ways: list[Twist] = [_tolerate, partial(_name, node=node, tolerate=True)]
    if "NoExecute" not in effects:
        ways.append(partial(_name, node=node, tolerate=False))
    yield Placement(tuple(ways), where=f", on node {node}")
    for verb in ("patch", "update"):
        request = asked(world.user(who), verb, "nodes", name=node)
        yield Placement(requests=(request,), before=f"takes the taints of node {node} away, and ", where=", there")


def _effects(node: Object) -> set[str]:
    spec = node.get("spec") or {}
    found = {str(taint.get("effect")) for taint in spec.get("taints") or ()} & set(_KEEPS_AWAY)
    return found | ({"NoSchedule"} if spec.get("unschedulable") else set())


def _both(spec: dict[str, Any], first: Twist, second: Twist) -> None:
    first(spec)
    second(spec)


def _tolerate(spec: dict[str, Any]) -> None:
    spec["tolerations"] = [{"operator": "Exists"}]


def _name(spec: dict[str, Any], node: str, *, tolerate: bool) -> None:
    """Who names the node is not scheduled; the kubelet minds taints of NoExecute only."""
    spec["nodeName"] = node
    if tolerate:
        _tolerate(spec)
