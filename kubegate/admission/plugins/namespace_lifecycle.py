"""NamespaceLifecycle: nothing is created in a namespace that is missing or going away; three namespaces cannot be deleted.

Access reviews pass without a look at the namespace: "not found" would tell who may not know whether it exists.

Source: k8s.io/apiserver ``admission/plugin/namespace/lifecycle``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api import status
from kubegate.api.status import Status

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


class NamespaceLifecycle:
    """Guards writes by the life of their namespace."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        is_namespace = review.kind[::2] == ("", "Namespace")
        if review.operation is Operation.DELETE and is_namespace and review.name in IMMORTAL:
            return status.forbidden("", review.resource.resource, review.name, "this namespace may not be deleted")
        if is_namespace or not review.namespace or review.operation not in (Operation.CREATE, Operation.UPDATE):
            return None
        if review.resource[::2] == ("authorization.k8s.io", "localsubjectaccessreviews"):
            return None
        namespace = self._cluster.get("namespaces", "", review.namespace)
        if namespace is None:
            return status.not_found("", "namespaces", review.namespace)
        terminating = (namespace.get("status") or {}).get("phase") == "Terminating"
        return _refused(review) if terminating and review.operation is Operation.CREATE else None


def _refused(review: Review) -> Status:
    refusal = forbidden(
        review, f"unable to create new content in namespace {review.namespace} because it is being terminated"
    )
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {review.namespace} is being terminated",
        "field": "metadata.namespace",
    }
    return replace(refusal, details={**(refusal.details or {}), "causes": [cause]})


def _build(environment: Environment, configuration: Any) -> NamespaceLifecycle:
    return NamespaceLifecycle(environment.cluster)


PLUGIN = Plugin("NamespaceLifecycle", _build, on_by_default=True)
