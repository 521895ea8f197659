"""The Node authorizer: who is a node, what is decided object by object, and what every node may.

A node is a user in group system:nodes whose name begins with ``system:node:``.
Source: kubernetes ``plugin/pkg/auth/authorizer/node``, ``pkg/auth/nodeidentifier``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from kubegate.api.go import quote
from kubegate.api.names import Object
from kubegate.api.user import NODES, User
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, RuleList, Verdict
from kubegate.authz.node.decisions import EVERY_NODE, Decisions
from kubegate.authz.node.graph import Graph
from kubegate.authz.node.rules import node_rules
from kubegate.authz.rbac.rules import RoleTable

NODE_PREFIX = "system:node:"


def node_name(user: User) -> str | None:
    """The name of the node that the user is; "" for a node that cannot be told; None for others."""
    if NODES not in user.groups or not user.name.startswith(NODE_PREFIX):
        return None
    return user.name[len(NODE_PREFIX) :]


class NodeAuthorizer:
    """Decides for nodes; has no opinion on others. Feed it with `upsert` and `remove`.

    ``gates``: the feature gates that were set (those of `kubegate.authz.node.rules` play a part).
    """

    def __init__(self, objects: Iterable[Object] = (), *, gates: Mapping[str, bool] = MappingProxyType({})) -> None:
        self.graph = Graph()
        self._rules = RoleTable(node_rules(gates))
        self._by_resource = Decisions(self.graph, gates).by_resource
        for obj in objects:
            self.upsert(obj)

    def upsert(self, obj: Object) -> None:
        """Take an object in, or its new version; kinds that play no part are left alone."""
        self.graph.upsert(obj)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget an object."""
        self.graph.remove(kind, namespace, name)

    def authorize(self, attributes: Attributes) -> Verdict:
        """ALLOW with an empty reason, or NO_OPINION with the reason."""
        name = node_name(attributes.user)
        if name is None:
            return NO_OPINION
        if not name:
            return Verdict(Decision.NO_OPINION, f"unknown node for user {quote(attributes.user.name)}")
        if attributes.is_resource:
            decide = self._by_resource.get((attributes.group, attributes.resource))
            if decide is not None:
                return decide(name, attributes)
        return EVERY_NODE if self._rules.find(attributes) else NO_OPINION

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """A node's rights cannot be listed; others have none here."""
        if node_name(user) is None:
            return RuleList()
        return RuleList(incomplete=True, errors=("node authorizer does not support user rule resolution",))
