"""PodNodeSelector: the pods of a namespace run on the nodes that the namespace is meant for.

A namespace's selector stands in its annotation, else the cluster's default counts; it is added to every pod. The
configuration may also list, per namespace, the only labels that its pods may select.

Source: kubernetes ``plugin/pkg/admission/podnodeselector``.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pods import is_pod_write, pod_spec
from kubegate.admission.rejections import plain
from kubegate.api import status
from kubegate.api.field_errors import invalid
from kubegate.api.names import annotations_of, name_of
from kubegate.api.status import Status, StatusError
from kubegate.selectors.label_syntax import label_key_errors, label_value_errors

ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector"
DEFAULT = "clusterDefaultNodeSelector"


class PodNodeSelectorConfiguration(BaseModel, extra="forbid"):
    """Namespace -> the labels its pods may select (``a=b,c=d``), and the default selector under `DEFAULT`."""

    podNodeSelectorPluginConfig: dict[str, str] = Field(default_factory=dict)


class PodNodeSelector:
    """Adds the namespace's selector; refuses pods that contradict it or the list."""

    def __init__(self, cluster: Cluster, selectors: dict[str, str]) -> None:
        self._cluster = cluster
        self._selectors = selectors

    def mutate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE):
            return None
        wanted = self._namespace_selector(review.namespace)
        spec = pod_spec(review)
        own = spec.get("nodeSelector") or {}
        if _conflict(wanted, own):
            return _refused(review, "pod node label selector conflicts with its namespace node label selector")
        if wanted:
            spec["nodeSelector"] = {**wanted, **own}
        return self.validate(review)

    def validate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE):
            return None
        own = pod_spec(review).get("nodeSelector") or {}
        if _conflict(self._namespace_selector(review.namespace), own):
            return _refused(review, "pod node label selector conflicts with its namespace node label selector")
        allowed = parse_pairs(self._selectors.get(review.namespace, ""))
        if allowed and any(allowed.get(key) != value for key, value in own.items()):
            return _refused(review, "pod node label selector labels conflict with its namespace whitelist")
        return None

    def _namespace_selector(self, name: str) -> dict[str, str]:
        namespace = self._cluster.get("namespaces", "", name)
        if namespace is None:
            raise StatusError(status.not_found("", "namespaces", name))
        annotated = annotations_of(namespace).get(ANNOTATION)
        return parse_pairs(self._selectors.get(DEFAULT, "") if annotated is None else annotated)


def parse_pairs(text: str) -> dict[str, str]:
    """``a=b,c=d`` as a dictionary; raises `StatusError` (500) with the server's words.

    Source: apimachinery ``labels.ConvertSelectorToLabelsMap``."""
    pairs: dict[str, str] = {}
    for part in text.split(",") if text else ():
        sides = part.split("=")
        if len(sides) != 2:
            raise StatusError(plain(f"invalid selector: [{' '.join(sides)}]"))
        key, value = sides[0].strip(), sides[1].strip()
        faults = [invalid("<nil>", key, fault) for fault in label_key_errors(key)]
        faults = faults or [invalid("<nil>", value, fault) for fault in label_value_errors(value)]
        if faults:
            raise StatusError(plain(str(faults[0])))
        pairs[key] = value
    return pairs


def _conflict(one: dict[str, str], other: dict[str, str]) -> bool:
    return any(other.get(key, value) != value for key, value in one.items())


def _refused(review: Review, why: str) -> Status:
    return status.forbidden("", "pods", name_of(review.object or {}), why)


def _build(environment: Environment, configuration: Any) -> PodNodeSelector:
    settings = configuration or PodNodeSelectorConfiguration()
    return PodNodeSelector(environment.cluster, settings.podNodeSelectorPluginConfig)


PLUGIN = Plugin("PodNodeSelector", _build, model=PodNodeSelectorConfiguration)
