"""NamespaceExists: a write in a namespace that is missing is refused.

Source: kubernetes ``plugin/pkg/admission/namespace/exists``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.api import status
from kubegate.api.status import Status


class NamespaceExists:
    """Asks for the namespace of every namespaced write."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def validate(self, review: Review) -> Status | None:
        if not review.namespace or review.operation is Operation.CONNECT or review.kind[::2] == ("", "Namespace"):
            return None
        if self._cluster.get("namespaces", "", review.namespace) is None:
            return status.not_found("", "namespaces", review.namespace)
        return None


def _build(environment: Environment, configuration: Any) -> NamespaceExists:
    return NamespaceExists(environment.cluster)


PLUGIN = Plugin("NamespaceExists", _build)
