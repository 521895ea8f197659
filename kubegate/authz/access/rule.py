"""One rule of an AccessPolicy: what it says beyond RBAC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubegate.authz.access.collections import COLLECTIONS, NAMESPACES, of_many
from kubegate.authz.access.model import AccessRule
from kubegate.authz.access.patterns import any_of, glob
from kubegate.authz.interface import Attributes, SelectorRequirement
from kubegate.errors import InvalidInput
from kubegate.selectors import fields
from kubegate.selectors.implication import implies, satisfiable
from kubegate.selectors.label_selector import from_object
from kubegate.selectors.requirement import LabelSelector, Operator, Requirement

_OPERATORS = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.EXISTS,
    "DoesNotExist": Operator.DOES_NOT_EXIST,
}


class CompiledRule:
    """Patterns of names, selectors.

    Of a request only its own selectors are known, not the objects that it will meet. An Allow must be sure: they must select
    no more than the rule's. A Deny must not be evaded: it holds unless they select nothing of what the rule's do, and for
    requests that name no object. Selectors of requests that do not select (get, create) count for nothing.
    """

    def __init__(self, rule: AccessRule, *, denies: bool) -> None:
        self.denies = denies
        self.names = frozenset(rule.resourceNames)
        self.patterns = tuple(map(glob, rule.resourceNamePatterns))
        self.labels = from_object(rule.labelSelector) if rule.labelSelector is not None else None
        self.fields = _field_selector(rule.fieldSelector) if rule.fieldSelector else None

    def covers(self, attributes: Attributes) -> bool:
        """Given that verb, group and resource match."""
        if not self._names(attributes.name) and not (self.denies and of_many(attributes)):
            return False
        return self._selects(self.labels, _labels(attributes)) and self._selects(self.fields, _fields(attributes))

    def shortfalls(self, attributes: Attributes) -> list[str]:
        """The fields of an Allow that leave the request out."""
        found = [] if self._names(attributes.name) else ["name"]
        found += [] if self._selects(self.labels, _labels(attributes)) else ["labelSelector"]
        return found + ([] if self._selects(self.fields, _fields(attributes)) else ["fieldSelector"])

    def _names(self, name: str) -> bool:
        return not (self.names or self.patterns) or name in self.names or any_of(self.patterns, name)

    def _selects(self, wanted: LabelSelector | None, asked: LabelSelector) -> bool:
        if wanted is None:
            return True
        if self.denies:
            return satisfiable(LabelSelector((*asked.requirements, *wanted.requirements)))
        return implies(asked, wanted)


def _labels(attributes: Attributes) -> LabelSelector:
    selects = attributes.verb in COLLECTIONS
    return LabelSelector(_requirements(attributes.label_requirements if selects else None))


def _fields(attributes: Attributes) -> LabelSelector:
    """Name and namespace are known wherever the request names them (but a namespace is in none)."""
    selects = attributes.verb in COLLECTIONS
    namespace = "" if (attributes.group, attributes.resource) == NAMESPACES else attributes.namespace
    known = [("metadata.name", attributes.name), ("metadata.namespace", namespace)]
    found = [Requirement(key, Operator.IN, (value,)) for key, value in known if value]
    return LabelSelector([*found, *_requirements(attributes.field_requirements if selects else None)])


def _requirements(requirements: Iterable[SelectorRequirement] | None) -> Iterator[Requirement]:
    return (Requirement(part.key, _OPERATORS[part.operator], part.values) for part in requirements or ())


def _field_selector(text: str) -> LabelSelector:
    """A field selector as a label selector over the fields."""
    found = fields.parse(text).requirements
    if not all(part.field for part in found) or not found:
        raise InvalidInput(f"fieldSelector {text!r} selects by no field")
    return LabelSelector(
        Requirement(part.field, Operator.IN if part.operator == "=" else Operator.NOT_IN, (part.value,)) for part in found
    )
