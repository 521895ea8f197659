"""The contract of authorization: attributes in, a three-valued verdict with a reason out.

Source: k8s.io/apiserver ``authorizer.Authorizer``; SubjectAccessReview of authorization.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, NoReturn, Protocol, overload, runtime_checkable

from kubegate.api.names import Object
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


Locate = Callable[[Object, str], Location | None]
"""(object, path in it) -> where it stands in the user's files."""


def nowhere(obj: Object, path: str) -> Location | None:
    """Where objects that are in no file stand."""
    return None


class Places(Sequence[Location]):
    """Where things stand, looked up when somebody asks: lines are found by reading a file's structure once more."""

    def __init__(self, find: Callable[[], tuple[Location, ...]]) -> None:
        self._find = find

    @cached_property
    def _found(self) -> tuple[Location, ...]:
        return self._find()

    @overload
    def __getitem__(self, index: int) -> Location: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Location, ...]: ...

    def __getitem__(self, index: int | slice) -> Location | tuple[Location, ...]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._found == tuple(other)

    def __hash__(self) -> int:
        return hash(self._found)

    def __repr__(self) -> str:
        return repr(self._found)

    def __reduce__(self) -> tuple[type[tuple[Any, ...]], tuple[tuple[Location, ...]]]:
        return tuple, (self._found,)


@dataclass(frozen=True, slots=True)
class Determinant:
    """What decided: ``authorizer`` (RBAC, Node ...), a text such as ``RoleBinding ns/b -> ClusterRole/view, rule 3``, and
    where those stand."""

    authorizer: str
    text: str = ""
    locations: Sequence[Location] = ()
    details: tuple[tuple[str, Any], ...] = ()


def as_one(errors: Iterable[str]) -> str:
    """Several errors as one text, equal ones once, as Go's aggregate writes them; "" if there are none."""
    unique = tuple(dict.fromkeys(errors))
    return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]" if unique else ""


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

    @property
    def error(self) -> str:
        """The errors as one text, "" if there are none."""
        return as_one(self.errors)


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
