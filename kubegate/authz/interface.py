"""The contract of authorization: attributes in, a three-valued verdict with a reason out.

Source: k8s.io/apiserver ``authorizer.Authorizer``; SubjectAccessReview of authorization.k8s.io/v1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn, Protocol, runtime_checkable

from kubegate.api.user import User
from kubegate.errors import Location


class Decision(Enum):
    """DENY ends the chain, NO_OPINION asks the next authorizer, ALLOW ends the chain."""

    DENY = "deny"
    NO_OPINION = "no-opinion"
    ALLOW = "allow"

    def __bool__(self) -> NoReturn:
        # Every enum member is truthy: `if decision:` would allow on DENY.
        raise TypeError("compare a Decision with `is`; its truth value would be wrong")


@dataclass(frozen=True, slots=True)
class SelectorRequirement:
    """One requirement of a selector in a request: key, operator (In, NotIn, Exists, DoesNotExist), values."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is asked. For a non-resource request ``is_resource`` is False and only ``path`` and ``verb`` count.

    Selectors: None means the request has none (or could not be parsed: then ``selector_errors`` says why and the
    request is decided as one without a selector).
    """

    user: User
    verb: str
    is_resource: bool = True
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    field_requirements: tuple[SelectorRequirement, ...] | None = None
    label_requirements: tuple[SelectorRequirement, ...] | None = None
    selector_errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Determinant:
    """What decided: ``authorizer`` (RBAC, Node ...), a text such as ``RoleBinding ns/b -> ClusterRole/view, rule 3``, and
    where those stand."""

    authorizer: str
    text: str = ""
    locations: tuple[Location, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, the reason in the server's words, what determined it, and errors met on the way (evaluationError)."""

    decision: Decision
    reason: str = ""
    determined_by: Determinant | None = None
    errors: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.decision is Decision.ALLOW


NO_OPINION = Verdict(Decision.NO_OPINION)


class Authorizer(Protocol):
    """One method, three values."""

    def authorize(self, attributes: Attributes) -> Verdict:
        """Decide. Raises nothing that is expected: an outage is a verdict with ``errors``, by failure policy."""
        ...


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules that apply to a user in a namespace: PolicyRule-like dictionaries (verbs, apiGroups, resources,
    resourceNames / verbs, nonResourceURLs); ``incomplete`` and ``errors`` as in SubjectRulesReviewStatus."""

    resource_rules: tuple[dict[str, list[str]], ...] = ()
    non_resource_rules: tuple[dict[str, list[str]], ...] = ()
    incomplete: bool = False
    errors: tuple[str, ...] = ()


@runtime_checkable
class RuleLister(Protocol):
    """Optional second face of an authorizer: for SelfSubjectRulesReview and ``can-i --list``."""

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """All rules that apply to ``user`` in ``namespace``."""
        ...
