"""DefaultStorageClass: a claim that names no storage class gets the default one.

Of several default classes the newest counts; among those of the same second the first by name.

Source: kubernetes ``plugin/pkg/admission/storage/storageclass/setdefault``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.default_classes import newest_default
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.api.names import annotations_of, name_of
from kubegate.api.status import Status

DEFAULT_MARKS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


class DefaultStorageClass:
    """Fills in spec.storageClassName."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if not review.is_for("persistentvolumeclaims", Operation.CREATE) or review.object is None:
            return None
        spec = review.object.setdefault("spec", {})
        if spec.get("storageClassName") is not None or CLASS_ANNOTATION in annotations_of(review.object):
            return None
        found = newest_default(self._cluster.list("storageclasses.storage.k8s.io"), DEFAULT_MARKS)
        if found is not None:
            spec["storageClassName"] = name_of(found)
        return None


def _build(environment: Environment, configuration: Any) -> DefaultStorageClass:
    return DefaultStorageClass(environment.cluster)


PLUGIN = Plugin("DefaultStorageClass", _build, on_by_default=True)
