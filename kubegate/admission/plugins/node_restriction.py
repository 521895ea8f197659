"""NodeRestriction: a kubelet writes its own Node, and the pods that run on it, and nothing that would widen its reach.

Nodes are the users called ``system:node:NAME`` in the group system:nodes; everybody else is none of this plugin's business.

Source: kubernetes ``plugin/pkg/admission/noderestriction``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.nodes import claims, objects, pods, tokens
from kubegate.admission.rejections import forbidden
from kubegate.api.go import quote
from kubegate.api.status import Status
from kubegate.api.user import NODES, User
from kubegate.authz.interface import Authorizer

USER_PREFIX = "system:node:"


class NodeRestriction:
    """Asks the rules of the kind that a node writes."""

    def __init__(self, cluster: Cluster, authorizer: Authorizer) -> None:
        self._cluster = cluster
        self._authorizer = authorizer

    def mutate(self, review: Review) -> Status | None:
        node = node_of(review.user)
        if node is None or review.operation is Operation.CONNECT:
            return None
        if not node:
            return forbidden(review, f"could not determine node from user {quote(review.user.name)}")
        answer = self._rule(review, node)
        return forbidden(review, answer) if isinstance(answer, str) else answer

    def _rule(self, review: Review, node: str) -> str | Status | None:
        match review.resource.qualified:
            case "pods":
                return pods.pod(review, node, self._cluster)
            case "nodes":
                return objects.node(review, node)
            case "persistentvolumeclaims":
                return claims.claim(review, node)
            case "serviceaccounts":
                return tokens.token_request(review, node, self._cluster, self._authorizer)
            case "leases.coordination.k8s.io":
                return objects.lease(review, node)
            case "csinodes.storage.k8s.io":
                return objects.csi_node(review, node)
            case "resourceslices.resource.k8s.io":
                return objects.resource_slice(review, node)
            case "certificatesigningrequests.certificates.k8s.io":
                return objects.certificate_request(review, node)
        return None


def node_of(user: User) -> str | None:
    """The node that a user is, "" for a node without a name, None for somebody else."""
    if not user.name.startswith(USER_PREFIX) or NODES not in user.groups:
        return None
    return user.name.removeprefix(USER_PREFIX)


def _build(environment: Environment, configuration: Any) -> NodeRestriction:
    return NodeRestriction(environment.cluster, environment.authorizer)


PLUGIN = Plugin("NodeRestriction", _build)
