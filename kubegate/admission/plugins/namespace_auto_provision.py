"""NamespaceAutoProvision: the first object created in a missing namespace creates the namespace.

A dry run creates nothing. The namespace stays even if the object is refused later on.

Source: kubernetes ``plugin/pkg/admission/namespace/autoprovision``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.status import Status, StatusError


class NamespaceAutoProvision:
    """Creates namespaces on demand."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if review.operation is not Operation.CREATE or review.dry_run or not review.namespace:
            return None
        if review.kind[::2] == ("", "Namespace") or self._cluster.get("namespaces", "", review.namespace) is not None:
            return None
        try:
            self._cluster.create("namespaces", _namespace(review.namespace))
        except StatusError as error:
            if error.status.reason != "AlreadyExists":
                return forbidden(review, error.message)
        return None


def _namespace(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _build(environment: Environment, configuration: Any) -> NamespaceAutoProvision:
    return NamespaceAutoProvision(environment.cluster)


PLUGIN = Plugin("NamespaceAutoProvision", _build)
