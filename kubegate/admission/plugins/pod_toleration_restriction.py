"""PodTolerationRestriction: a namespace gives its pods default tolerations, and limits the ones they may have.

Both stand as JSON in annotations of the namespace; where it has none, those of the configuration count. Pods that ask for
resources also tolerate memory pressure.

Source: kubernetes ``plugin/pkg/admission/podtolerationrestriction``.
"""

from __future__ import annotations

from typing import Any, Literal

import orjson
from pydantic import BaseModel, Field

from kubegate.admission import tolerations
from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.pods import is_pod_write, pod_spec
from kubegate.admission.qos import is_best_effort
from kubegate.admission.rejections import plain
from kubegate.api import status
from kubegate.api.go_json import syntax_error, type_error
from kubegate.api.names import annotations_of
from kubegate.api.status import Status, StatusError

DEFAULT_ANNOTATION = "scheduler.alpha.kubernetes.io/defaultTolerations"
ALLOWED_ANNOTATION = "scheduler.alpha.kubernetes.io/tolerationsWhitelist"
MEMORY_PRESSURE = {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"}
_NOT_ALLOWED = "pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist"


class TolerationModel(BaseModel, extra="forbid"):
    """A toleration in the configuration."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    tolerationSeconds: int | None = None


class PodTolerationRestrictionConfiguration(BaseModel, extra="forbid"):
    """Default and allowed tolerations of namespaces that name none."""

    apiVersion: Literal["podtolerationrestriction.admission.k8s.io/v1alpha1"] = (
        "podtolerationrestriction.admission.k8s.io/v1alpha1"
    )
    kind: Literal["Configuration"] = "Configuration"
    default: list[TolerationModel] = Field(default_factory=list)
    whitelist: list[TolerationModel] = Field(default_factory=list)


class PodTolerationRestriction:
    """Merges the defaults into new pods, and insists on the allowed ones."""

    def __init__(self, cluster: Cluster, configuration: PodTolerationRestrictionConfiguration) -> None:
        self._cluster = cluster
        self._default = [t.model_dump(exclude_defaults=True) for t in configuration.default]
        self._allowed = [t.model_dump(exclude_defaults=True) for t in configuration.whitelist]

    def mutate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
            return None
        extra: list[dict[str, Any]] = []
        if review.operation is Operation.CREATE:
            own = self._annotation(review.namespace, DEFAULT_ANNOTATION)
            extra += self._default if own is None else own
        if not is_best_effort(review.object or {}):
            extra.append(dict(MEMORY_PRESSURE))
        if extra:
            spec = pod_spec(review)
            spec["tolerations"] = tolerations.merge(spec.get("tolerations") or [], extra)
        return self.validate(review)

    def validate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
            return None
        present = pod_spec(review).get("tolerations") or []
        if not present:
            return None
        own = self._annotation(review.namespace, ALLOWED_ANNOTATION)
        allowed = self._allowed if own is None else own
        return None if tolerations.all_covered(present, allowed) else plain(_NOT_ALLOWED)

    def _annotation(self, name: str, key: str) -> list[dict[str, Any]] | None:
        """The tolerations in an annotation of the namespace; None without the annotation."""
        namespace = self._cluster.get("namespaces", "", name)
        if namespace is None:
            raise StatusError(status.not_found("", "namespaces", name))
        text = annotations_of(namespace).get(key)
        if not text:
            return None if text is None else []
        return _parse(text)


def _parse(text: str) -> list[dict[str, Any]]:
    fault = syntax_error(text)
    if fault:
        raise StatusError(plain(fault))
    value = orjson.loads(text)
    if value is None:
        return []
    if not isinstance(value, list):
        raise StatusError(plain(type_error(value, "", "[]v1.Toleration")))
    wrong = [item for item in value if not isinstance(item, dict)]
    if wrong:
        raise StatusError(plain(type_error(wrong[0], "", "v1.Toleration")))
    return value


def _build(environment: Environment, configuration: Any) -> PodTolerationRestriction:
    return PodTolerationRestriction(environment.cluster, configuration or PodTolerationRestrictionConfiguration())


PLUGIN = Plugin("PodTolerationRestriction", _build, model=PodTolerationRestrictionConfiguration)
