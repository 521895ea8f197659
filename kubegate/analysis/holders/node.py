"""Which nodes may: all of them, or those that a pod, a volume or a name ties to the object."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.holders.model import Ask, Holder
from kubegate.api.user import AUTHENTICATED, NODES, User
from kubegate.authz.interface import Attributes
from kubegate.authz.node.authorizer import NODE_PREFIX, NodeAuthorizer

_NO_NODE = "-"
"""No node can have this name: what it may, every node may."""
_SHOWN = 5


def by_node(node: NodeAuthorizer, asked: Attributes, ask: Ask) -> Iterator[Holder]:
    """One holder for all: the group system:nodes, with the nodes that may as its condition unless all may."""
    if _may(_NO_NODE, ask):
        yield Holder("Group", "", NODES, "Node", rule="every node may", authorizer="Node")
        return
    candidates = dict.fromkeys((*sorted(node.graph.nodes()), *([asked.name] if asked.name else [])))
    found = [name for name in candidates if _may(name, ask)]
    if found:
        rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        condition = f"only {', '.join(found[:_SHOWN])}{rest}"
        yield Holder("Group", "", NODES, "Node", rule="what the node needs", authorizer="Node", condition=condition)


def _may(name: str, ask: Ask) -> bool:
    verdict = ask(User(NODE_PREFIX + name, groups=(NODES, AUTHENTICATED)))
    return verdict.allowed and verdict.determined_by is not None and verdict.determined_by.authorizer == "Node"
