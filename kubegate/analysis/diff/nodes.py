"""What nodes gained and lost by the Node authorizer: it follows from pods, volumes and claims, not from roles.

There are finitely many objects that a node may have to do with, so each one that only one set ties to the node is asked
about, of both chains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kubegate.analysis.diff.boxes import ResourceBox
from kubegate.analysis.diff.compare import Change, Direction
from kubegate.analysis.diff.values import Values
from kubegate.api.user import AUTHENTICATED, NODES, User
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.node.authorizer import NODE_PREFIX, NodeAuthorizer
from kubegate.authz.node.references import Ref
from kubegate.authz.rbac.bindings import Key

_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_SUBRESOURCES = ("", "status", "token")
_GROUPS = {
    "resourceclaims": "resource.k8s.io",
    "resourceslices": "resource.k8s.io",
    "volumeattachments": "storage.k8s.io",
    "podcertificaterequests": "certificates.k8s.io",
}
_Relation = tuple[str, Ref]


def compare_nodes(old: Authorizer, new: Authorizer) -> list[Change]:
    """Both directions; nothing where one of the chains does not ask the Node authorizer."""
    members = _node_of(old), _node_of(new)
    if members[0] is None or members[1] is None:
        return []
    before, after = (set(member.graph.relations()) for member in members if member is not None)
    gained = _changes(Direction.GAINED, after - before, new, old)
    return [*gained, *_changes(Direction.LOST, before - after, old, new)]


def _node_of(authorizer: Authorizer) -> NodeAuthorizer | None:
    members = authorizer.members if isinstance(authorizer, Chain) else ()
    return next((member for member in members if isinstance(member, NodeAuthorizer)), None)


def _changes(direction: Direction, relations: set[_Relation], having: Authorizer, lacking: Authorizer) -> Iterator[Change]:
    """One for each node, resource and namespace, with all names that are allowed the same."""
    names: dict[tuple[str, Ref, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for node, ref in sorted(relations):
        for subresource in _SUBRESOURCES:
            verbs = tuple(verb for verb in _VERBS if _only(having, lacking, _asked(node, ref, subresource, verb)))
            if verbs:
                names[node, ref._replace(name=""), subresource, verbs].append(ref.name)
    for (node, kind, subresource, verbs), found in names.items():
        group = _GROUPS.get(kind.resource, "")
        parts = (verbs, [group], [kind.resource], [subresource], found, [kind.namespace])
        box = ResourceBox(*map(Values.of, parts))
        example = _asked(node, kind._replace(name=min(found)), subresource, min(verbs))
        yield Change(direction, Key(False, NODE_PREFIX + node), box, example, True, (Key(True, NODES),))


def _only(having: Authorizer, lacking: Authorizer, asked: Attributes) -> bool:
    return having.authorize(asked).allowed and not lacking.authorize(asked).allowed


def _asked(node: str, ref: Ref, subresource: str, verb: str) -> Attributes:
    user = User(NODE_PREFIX + node, groups=(NODES, AUTHENTICATED))
    group = _GROUPS.get(ref.resource, "")
    return Attributes(user, verb, True, group, "*", ref.resource, subresource, ref.namespace, ref.name)
