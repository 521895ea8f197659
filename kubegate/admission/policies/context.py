"""One request as the expressions of all policies see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.admission.interface import Environment, Review
from kubegate.admission.matching.criteria import Match, Namespaces
from kubegate.admission.policies.bindings import authorizer_bindings, namespace_object, request_of
from kubegate.api.names import Object
from kubegate.api.schema.decode import written


@dataclass(slots=True)
class Context:
    """What is the same for all policies is found when it is first asked for."""

    review: Review
    environment: Environment
    namespaces: Namespaces
    _authorizer: dict[str, Any] | None = None
    _namespace: Object | None = None

    def bindings(self, match: Match, param: Object | None, versioned: Mapping[str, Object | None]) -> dict[str, Any]:
        """The variables of expressions; raises `MatchError` if the namespace is gone."""
        if self._authorizer is None:
            self._authorizer = authorizer_bindings(self.environment.authorizer, self.review)
            self._namespace = self._find_namespace()
        return {
            **self._authorizer,
            **versioned,
            "params": param,
            "request": request_of(self.review, match),
            "namespaceObject": namespace_object(self._namespace),
        }

    def _find_namespace(self) -> Object | None:
        review = self.review
        is_namespace = (review.kind.group, review.kind.version, review.kind.kind) == ("", "v1", "Namespace")
        return None if is_namespace or not review.namespace else self.namespaces.get(review.namespace)

    def versioned(self, match: Match) -> dict[str, Object | None]:
        """The objects in the version that was matched."""
        review = self.review
        return {"object": self.convert(review.object, match), "oldObject": self.convert(review.old_object, match)}

    def convert(self, obj: Object | None, match: Match) -> Object | None:
        """An object of the request in the version that was matched; as it is written out."""
        if obj is None:
            return None
        if match.resource == self.review.resource:
            return written(self.review.kind, obj)
        return self.environment.convert(self.review.resource, match.resource, obj)
