"""LimitRanger: a namespace's LimitRanges give containers default resources, and bound those of containers, pods and claims.

Source: kubernetes ``plugin/pkg/admission/limitranger``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review, Rule
from kubegate.admission.limits import constraints
from kubegate.admission.limits.defaults import set_defaults
from kubegate.admission.rejections import forbidden
from kubegate.api.names import Object, name_of
from kubegate.api.status import Status


class LimitRanger:
    """Applies every LimitRange of the namespace, in the order of their names."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def mutate(self, review: Review) -> Status | None:
        if not _concerns(review) or review.object is None or review.resource.resource != "pods":
            return None
        for limit_range in self._ranges(review):
            set_defaults(review.object, limit_range)
        return None

    def validate(self, review: Review) -> Status | None:
        if not _concerns(review):
            return None
        obj = review.object or {}
        for limit_range in self._ranges(review):
            limits = (limit_range.get("spec") or {}).get("limits") or ()
            judge = constraints.of_pod if review.resource.resource == "pods" else constraints.of_claim
            faults = judge(obj, limits)
            if faults:
                first = next(index for index, limit in enumerate(limits) if judge(obj, [limit]))
                steps = ("spec", "limits", first)
                review.rule = Rule("", "LimitRange", review.namespace, name_of(limit_range), steps)
                return forbidden(review, faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]")
        return None

    def _ranges(self, review: Review) -> Iterator[Object]:
        if ((review.old_object or {}).get("metadata") or {}).get("deletionTimestamp"):
            return
        yield from self._cluster.list("limitranges", review.namespace)


def _concerns(review: Review) -> bool:
    """Pods when created or resized, claims when created or changed."""
    kind = review.kind[::2]
    if kind == ("", "Pod"):
        wanted = {Operation.CREATE: "", Operation.UPDATE: "resize"}
        return wanted.get(review.operation) == review.subresource
    return (
        kind == ("", "PersistentVolumeClaim")
        and not review.subresource
        and review.operation in (Operation.CREATE, Operation.UPDATE)
    )


def _build(environment: Environment, configuration: Any) -> LimitRanger:
    return LimitRanger(environment.cluster)


PLUGIN = Plugin("LimitRanger", _build, on_by_default=True)
