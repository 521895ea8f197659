"""Nodes in an explanation: what ties an object to a node, and what is missing for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kubegate.analysis.explain.misses.miss import RELATION, SELECTOR, SUBJECT, Miss
from kubegate.analysis.explain.misses.ties import ties, title
from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.api.user import NODES
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.authz.node.authorizer import NODE_PREFIX, NodeAuthorizer, node_name
from kubegate.authz.node.references import Ref
from kubegate.bundle.state import ClusterState
from kubegate.errors import Location

_SHOWN = 3


def tied_by(attributes: Attributes, state: ClusterState) -> tuple[str, tuple[Location, ...]]:
    """What of the node needs the object, and where that stands; ("", ()) if it is allowed for another reason."""
    node = node_name(attributes.user)
    held = [obj for holder, obj in ties(state, _object(attributes)) if holder == node]
    if not held:
        return "", ()
    return f"needed by {_several([title(obj) for obj in held])} on the node", _places(state, held)


def node_misses(member: NodeAuthorizer, attributes: Attributes, state: ClusterState) -> Iterator[Miss]:
    """What keeps Node from allowing: the user is no node, a selector or a pod is missing. Each has been tried."""
    node = node_name(attributes.user)
    if node is None:
        yield from _no_node(member, attributes)
        return
    selector = (*(attributes.field_requirements or ()), SelectorRequirement("spec.nodeName", "In", (node,)))
    if member.authorize(replace(attributes, field_requirements=selector)).allowed:
        text = f"Node allows it with a field selector for the node {node} only"
        yield Miss(SELECTOR, text, f"ask with --field-selector spec.nodeName={node}", authorizer="Node")
    yield from _elsewhere(member, attributes, node, state)


def _no_node(member: NodeAuthorizer, attributes: Attributes) -> Iterator[Miss]:
    user = attributes.user
    if user.name.startswith(NODE_PREFIX):
        meant = replace(user, groups=(*user.groups, NODES))
        text = f"User {quote(user.name)} is not in Group {quote(NODES)}, so that Node takes it for no node"
        remedy = f"ask with --as-group {NODES}; a kubelet has the group as organization (O) of its certificate"
    elif NODES in user.groups:
        meant = replace(user, name=NODE_PREFIX + user.name)
        text = f"User {quote(user.name)} is in Group {quote(NODES)}, but its name does not begin with {NODE_PREFIX}"
        remedy = f"name the user {meant.name}"
    else:
        return
    if member.authorize(replace(attributes, user=meant)).allowed:
        yield Miss(SUBJECT, text, remedy, authorizer="Node")


def _elsewhere(member: NodeAuthorizer, attributes: Attributes, node: str, state: ClusterState) -> Iterator[Miss]:
    """The object is needed on other nodes, or on none."""
    held = [(other, obj) for other, obj in ties(state, _object(attributes)) if _may(member, attributes, other)]
    if held:
        named = _several([f"{title(obj)} on node {other}" for other, obj in held])
        text = f"Node allows it to nodes that need it: that is {named}, nothing on node {node}"
        places = _places(state, [obj for _, obj in held])
        yield Miss(RELATION, text, f"bind a pod that needs it to node {node}", places, authorizer="Node")
    elif "no relationship found" in member.authorize(attributes).reason:
        text = f"Node allows it to nodes that need it: nothing bound to node {node}, or to any other, does"
        yield Miss(RELATION, text, f"bind a pod that needs it to node {node}", authorizer="Node")


def _may(member: NodeAuthorizer, attributes: Attributes, node: str) -> bool:
    return member.authorize(replace(attributes, user=replace(attributes.user, name=NODE_PREFIX + node))).allowed


def _object(attributes: Attributes) -> Ref:
    return Ref(attributes.resource, attributes.namespace, attributes.name)


def _several(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _places(state: ClusterState, objects: Sequence[Object]) -> tuple[Location, ...]:
    places = (state.locate(obj) for obj in objects[:_SHOWN])
    return tuple(place for place in places if place is not None)
