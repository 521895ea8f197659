"""Match constraints: selectors, exclusions, rules, and the resources that are equivalent to the requested one.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/matching`` and ``webhook/predicates/{namespace,object}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.admission.interface import Environment, Operation, Review
from kubegate.admission.matching.rules import Rule, compile_rules
from kubegate.api import status as statuses
from kubegate.api.names import GroupVersionKind, GroupVersionResource, labels_of
from kubegate.api.status import Status
from kubegate.errors import KubegateError
from kubegate.selectors import label_selector
from kubegate.selectors.requirement import LabelSelector


class MatchError(KubegateError):
    """It cannot be said whether something matches; ``status`` is the answer that webhooks give."""

    code = "match"

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Match:
    """The resource and kind that a rule is about: those of the request, or equivalent ones."""

    resource: GroupVersionResource
    kind: GroupVersionKind


class Namespaces:
    """The namespaces, for selectors and for the ``namespaceObject`` of expressions."""

    def __init__(self, environment: Environment) -> None:
        self._cluster = environment.cluster

    def get(self, name: str) -> dict[str, Any]:
        """The namespace; raises `MatchError` (404)."""
        found = self._cluster.get("namespaces", "", name)
        if found is None:
            raise MatchError(statuses.not_found("", "namespaces", name))
        return found

    def labels(self, review: Review) -> Mapping[str, str]:
        """The labels of the request's namespace: of a namespace that is created or changed, those it will have."""
        if review.is_for("namespaces", Operation.CREATE, Operation.UPDATE):
            return labels_of(review.object or {})
        return labels_of(self.get(review.namespace or review.name))


class Criteria:
    """Compiled match constraints (``matchConstraints``, ``matchResources``, or a webhook)."""

    def __init__(
        self, spec: Mapping[str, Any], environment: Environment, namespaces: Namespaces, rules_key: str = "resourceRules"
    ) -> None:
        self.rules = compile_rules(spec.get(rules_key))
        self._excluded = compile_rules(spec.get("excludeResourceRules"))
        # The API fills in Equivalent; state of a dry run may lack it.
        self._equivalent = (spec.get("matchPolicy") or "Equivalent") == "Equivalent"
        self._namespace_selector = _selector(spec.get("namespaceSelector"))
        self._object_selector = _selector(spec.get("objectSelector"))
        self._catalog = environment.catalog
        self._namespaces = namespaces

    @property
    def resource_names(self) -> frozenset[str]:
        """The resources (plural names) that can match; ``*`` for all."""
        if not self.rules:
            return frozenset("*")
        return frozenset[str]().union(*(rule.resource_names for rule in self.rules))

    def match(self, review: Review) -> Match | None:
        """What the request is matched as, or None; raises `MatchError`. No rules match every request."""
        if not self._selects_object(review):
            return None
        if self._excluded and self._match_rules(self._excluded, review) is not None:
            return None
        found = self._match_rules(self.rules, review) if self.rules else Match(review.resource, review.kind)
        if found is None or not self._selects_namespace(review):
            return None
        return found

    def _selects_namespace(self, review: Review) -> bool:
        if self._namespace_selector.empty or (not review.namespace and review.resource.resource != "namespaces"):
            return True
        return self._namespace_selector.matches(self._namespaces.labels(review))

    def _selects_object(self, review: Review) -> bool:
        selector = self._object_selector.selector
        if selector is None:
            return True
        new, old = review.object, review.old_object
        return bool(
            (new is not None and selector.matches(labels_of(new))) or (old is not None and selector.matches(labels_of(old)))
        )

    def _match_rules(self, rules: tuple[Rule, ...], review: Review) -> Match | None:
        for rule in rules:
            if rule.matches(review, review.resource) and (not rule.names or review.name in rule.names):
                return Match(review.resource, review.kind)
        if not self._equivalent or not rules:
            return None
        others = equivalents(self._catalog(), review)
        for rule in rules:
            for other in others:
                if rule.matches(review, other.resource) and (not rule.names or review.name in rule.names):
                    return other
        return None


def equivalents(catalog: Any, review: Review) -> list[Match]:
    """The other resources through which the same objects are served (other versions, other groups)."""
    own = catalog.resource(review.resource)
    if own is None:
        return []
    found: list[Match] = []
    for other in catalog:
        if other.gvr.resource != own.gvr.resource or other.gvr == own.gvr or other.key != own.key:
            continue
        if not review.subresource:
            found.append(Match(other.gvr, other.kind))
        elif review.subresource in other.subresources:
            found.append(Match(other.gvr, other.subresources[review.subresource].kind))
    return found


@dataclass(frozen=True, slots=True)
class _Selector:
    """A label selector, or everything."""

    selector: LabelSelector | None

    @property
    def empty(self) -> bool:
        return self.selector is None

    def matches(self, labels: Mapping[str, str]) -> bool:
        return self.selector is None or self.selector.matches(labels)


def _selector(value: Mapping[str, Any] | None) -> _Selector:
    """An absent selector selects everything here: the API fills in an empty one."""
    if not value or not (value.get("matchLabels") or value.get("matchExpressions")):
        return _Selector(None)
    return _Selector(label_selector.from_object(value))
