"""What the Node authorizer decides object by object: one rule for each resource.

Creating and changing is only roughly limited here: the admission plugin NodeRestriction sees the objects and limits more.
Source: kubernetes ``plugin/pkg/auth/authorizer/node/node_authorizer.go``; KEP-279, KEP-4601 (reads limited by field
selectors), KEP-4317 (pod certificates), KEP-4412 (reading service accounts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubegate.api.go import quote
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, Verdict
from kubegate.authz.node.graph import Graph
from kubegate.authz.node.references import Ref
from kubegate.authz.node.rules import ACCOUNTS_FOR_CREDENTIALS, POD_CERTIFICATES, is_on

LEASE_NAMESPACE = "kube-node-lease"

_OWN_OBJECT_VERBS = ("get", "create", "update", "patch", "delete")
EVERY_NODE = Verdict(Decision.ALLOW, determined_by=Determinant("Node", "every node may"))
_RELATED = Verdict(Decision.ALLOW, determined_by=Determinant("Node", "a pod or volume of the node needs the object"))
_OWN = Verdict(Decision.ALLOW, determined_by=Determinant("Node", "the node's own object"))


def _no(reason: str) -> Verdict:
    return Verdict(Decision.NO_OPINION, reason)


class Decisions:
    """The rules, by group and resource: ``by_resource[group, resource](node, attributes)``. ``gates`` as in `is_on`."""

    def __init__(self, graph: Graph, gates: Mapping[str, bool]) -> None:
        self._graph = graph
        self._pod_certificates = is_on(gates, POD_CERTIFICATES)
        self._accounts_readable = self._pod_certificates or is_on(gates, ACCOUNTS_FOR_CREDENTIALS)
        self.by_resource: dict[tuple[str, str], Callable[[str, Attributes], Verdict]] = {
            ("", "secrets"): self._readable,
            ("", "configmaps"): self._readable,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "persistentvolumes"): self._single,
            ("", "serviceaccounts"): self._service_account,
            ("", "nodes"): self._node,
            ("", "pods"): self._pod,
            ("resource.k8s.io", "resourceclaims"): self._single,
            ("resource.k8s.io", "resourceslices"): self._slice,
            ("storage.k8s.io", "volumeattachments"): self._single,
            ("storage.k8s.io", "csinodes"): self._csi_node,
            ("coordination.k8s.io", "leases"): self._lease,
            ("certificates.k8s.io", "podcertificaterequests"): self._pod_certificate,
        }

    def _related(self, node: str, attributes: Attributes) -> Verdict:
        if not attributes.name:
            return _no("No Object name found")
        ref = Ref(attributes.resource, attributes.namespace, attributes.name)
        if self._graph.related(node, ref):
            return _RELATED
        return _no(f"no relationship found between node '{node}' and this object")

    def _readable(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb not in ("get", "list", "watch"):
            return _no("can only read resources of this type")
        if attributes.subresource:
            return _no("cannot read subresource")
        if not attributes.namespace:
            return _no("can only read namespaced object of this type")
        return self._related(node, attributes)

    def _single(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb != "get":
            return _no("can only get individual resources of this type")
        if attributes.subresource:
            return _no("cannot get subresource")
        return self._related(node, attributes)

    def _claim(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.subresource != "status":
            return self._single(node, attributes)
        if attributes.verb not in ("update", "patch"):
            return _no("can only get/update/patch this type")
        return self._related(node, attributes)

    def _service_account(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb == "get" and not attributes.subresource:
            if not self._accounts_readable:
                return _no("not allowed to get service accounts")
            return self._readable(node, attributes)
        if attributes.verb != "create" or not attributes.name:
            return _no("can only create tokens for individual service accounts")
        if attributes.subresource != "token":
            return _no("can only create token subresource of serviceaccount")
        return self._related(node, attributes)

    def _lease(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb not in _OWN_OBJECT_VERBS:
            return _no("can only get, create, update, patch, or delete a node lease")
        if attributes.namespace != LEASE_NAMESPACE:
            return _no(f"can only access leases in the {quote(LEASE_NAMESPACE)} system namespace")
        # The name of what is created is not known here.
        if attributes.verb != "create" and attributes.name != node:
            return _no("can only access node lease with the same name as the requesting node")
        return _OWN

    def _csi_node(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb not in _OWN_OBJECT_VERBS:
            return _no("can only get, create, update, patch, or delete a CSINode")
        if attributes.subresource:
            return _no("cannot authorize CSINode subresources")
        if attributes.verb != "create" and attributes.name != node:
            return _no("can only access CSINode with the same name as the requesting node")
        return _OWN

    def _slice(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.subresource:
            return _no("cannot authorize ResourceSlice subresources")
        verb = attributes.verb
        if verb == "create":
            return EVERY_NODE
        if verb in ("get", "update", "patch", "delete"):
            return self._related(node, attributes)
        if verb in ("watch", "list", "deletecollection"):
            if _selects(attributes, "spec.nodeName", node):
                return _OWN
            return _no("can only list/watch/deletecollection resourceslices with nodeName field selector")
        return _no(
            "only the following verbs are allowed for a ResourceSlice: "
            "get, watch, list, create, update, patch, delete, deletecollection"
        )

    def _node(self, node: str, attributes: Attributes) -> Verdict:
        verb, subresource = attributes.verb, attributes.subresource
        if subresource == "status" and verb in ("update", "patch"):
            return EVERY_NODE
        if subresource:
            return NO_OPINION
        if verb in ("create", "update", "patch"):
            return EVERY_NODE
        if verb not in ("get", "list", "watch"):
            return NO_OPINION
        if attributes.name == node:
            return _OWN
        if not attributes.name:
            return _no(f"node '{node}' cannot read all nodes, only its own Node object")
        return _no(f"node '{node}' cannot read '{attributes.name}', only its own Node object")

    def _pod(self, node: str, attributes: Attributes) -> Verdict:
        verb, subresource = attributes.verb, attributes.subresource
        if not subresource:
            if verb == "get":
                return self._single(node, attributes)
            if verb in ("list", "watch"):
                if _selects(attributes, "spec.nodeName", node):
                    return _OWN
                if attributes.name:
                    return self._related(node, attributes)
                return _no("can only list/watch pods with spec.nodeName field selector")
            if verb in ("create", "delete"):
                return EVERY_NODE
        elif (subresource == "status" and verb in ("update", "patch")) or (subresource == "eviction" and verb == "create"):
            return EVERY_NODE
        return NO_OPINION

    def _pod_certificate(self, node: str, attributes: Attributes) -> Verdict:
        verb = attributes.verb
        if not self._pod_certificates:
            return NO_OPINION
        if attributes.subresource:
            return _no("nodes may not access the status subresource of PodCertificateRequests")
        if verb == "create":
            return EVERY_NODE
        if verb == "get":
            return self._related(node, attributes)
        if verb in ("list", "watch"):
            if _selects(attributes, "spec.nodeName", node):
                return _OWN
            return _no("can only list/watch podcertificaterequests with nodeName field selector")
        return _no(f"nodes may not {verb} podcertificaterequests")


def _selects(attributes: Attributes, field: str, value: str) -> bool:
    """Does the request's field selector demand that the field has the value?"""
    return any(
        requirement.key == field and requirement.operator == "In" and requirement.values == (value,)
        for requirement in attributes.field_requirements or ()
    )
