"""DefaultIngressClass: an Ingress that names no class gets the default one.

Of several default classes the newest counts; among those of the same second the first by name.

Source: kubernetes ``plugin/pkg/admission/network/defaultingressclass``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.default_classes import newest_default
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.api.names import annotations_of, name_of
from kubegate.api.status import Status

DEFAULT_MARK = "ingressclass.kubernetes.io/is-default-class"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"


class DefaultIngressClass:
    """Fills in spec.ingressClassName."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if not review.is_for("ingresses.networking.k8s.io", Operation.CREATE) or review.object is None:
            return None
        spec = review.object.setdefault("spec", {})
        if spec.get("ingressClassName") is not None or CLASS_ANNOTATION in annotations_of(review.object):
            return None
        found = newest_default(self._cluster.list("ingressclasses.networking.k8s.io"), (DEFAULT_MARK,))
        if found is not None:
            spec["ingressClassName"] = name_of(found)
        return None


def _build(environment: Environment, configuration: Any) -> DefaultIngressClass:
    return DefaultIngressClass(environment.cluster)


PLUGIN = Plugin("DefaultIngressClass", _build, on_by_default=True)
