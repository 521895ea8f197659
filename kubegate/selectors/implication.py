"""Does one label selector select only what another selects?

Requirements on different keys are independent, so the question falls apart by key: what the first selector leaves of a key
(absent, some values, or all but some values) must lie within what the second demands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kubegate.selectors.requirement import INTEGER_BASED, NEGATIVE, IntegerRange, LabelSelector, Operator, Requirement


@dataclass(slots=True)
class _Domain:
    """What some requirements leave of one key: may it be absent, and which values may it have?

    ``only`` is a finite choice (None: unlimited), ``never`` what is excluded, ``numbers`` the integers it is limited to.
    """

    absent: bool = True
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    numbers: IntegerRange | None = None

    def narrow(self, requirement: Requirement) -> None:
        operator, values = requirement.operator, frozenset(requirement.values)
        if operator is Operator.DOES_NOT_EXIST:
            self.only = frozenset()
            return
        if operator in (Operator.NOT_IN, Operator.NOT_EQUALS):
            self.never |= values
            return
        self.absent = False
        if operator in INTEGER_BASED:
            self._limit(operator, int(requirement.values[0]))
        elif operator is not Operator.EXISTS:
            self.only = values if self.only is None else self.only & values

    def _limit(self, operator: Operator, bound: int) -> None:
        # A label's value cannot start with a sign, so that no negative integer occurs.
        numbers = self.numbers or IntegerRange(above=-1)
        if operator is Operator.GREATER_THAN:
            self.numbers = IntegerRange(max(numbers.above, bound), numbers.below)
        else:
            self.numbers = IntegerRange(numbers.above, min(numbers.below, bound))

    @property
    def choices(self) -> frozenset[str] | None:
        """The possible values if they are a finite, known choice."""
        if self.numbers is not None and self.numbers.below - self.numbers.above <= 1:
            return frozenset()
        if self.only is None:
            return None
        return frozenset(value for value in self.only - self.never if self.numbers is None or value in self.numbers)

    @property
    def impossible(self) -> bool:
        return not self.absent and self.choices == frozenset()

    def within(self, requirement: Requirement) -> bool:
        """Does everything left satisfy the requirement?"""
        if self.absent and not requirement.matches({}):
            return False
        choices = self.choices
        if choices is not None:
            return all(requirement.matches({requirement.key: value}) for value in choices)
        if requirement.operator is Operator.EXISTS:
            return True
        if requirement.operator in NEGATIVE:
            return all(value in self.never or self._excluded(value) for value in requirement.values)
        return self._numbers_within(requirement)

    def _excluded(self, value: str) -> bool:
        return self.numbers is not None and value not in self.numbers

    def _numbers_within(self, requirement: Requirement) -> bool:
        # Every integer has several spellings, so that no exclusion of single values narrows the range.
        if self.numbers is None or requirement.operator not in INTEGER_BASED:
            return False
        bound = int(requirement.values[0])
        if requirement.operator is Operator.GREATER_THAN:
            return self.numbers.above >= bound
        return self.numbers.below <= bound


def _domains(requirements: Iterable[Requirement]) -> dict[str, _Domain]:
    domains: dict[str, _Domain] = defaultdict(_Domain)
    for requirement in requirements:
        domains[requirement.key].narrow(requirement)
    return domains


def satisfiable(selector: LabelSelector) -> bool:
    """Is there a label set that the selector matches?"""
    return selector.selectable and not any(domain.impossible for domain in _domains(selector.requirements).values())


def implies(narrow: LabelSelector, wide: LabelSelector) -> bool:
    """Does every (valid) label set that ``narrow`` matches also match ``wide``?

    True is certain. False is too, but for selectors that exclude all spellings of an integer one by one."""
    if not satisfiable(narrow):
        return True
    if not wide.selectable:
        return False
    domains = _domains(narrow.requirements)
    return all(domains.get(part.key, _Domain()).within(part) for part in wide.requirements)
