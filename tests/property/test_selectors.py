"""Laws of the selector languages."""

from __future__ import annotations

from hypothesis import assume, example, given
from hypothesis import strategies as st

from kubegate.selectors import fields, labels
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.implication import implies, satisfiable
from kubegate.selectors.labels import LabelSelector, Operator, Requirement

KEYS = st.sampled_from(["a", "b", "in", "notin", "example.com/app"])
VALUES = st.sampled_from(["", "1", "2", "07", "7", "x", "in"])
SETS = st.lists(VALUES, min_size=1, max_size=3, unique=True).map(lambda values: tuple(sorted(values)))


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    key, operator = draw(KEYS), draw(st.sampled_from(list(Operator)))
    if operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST):
        return Requirement(key, operator)
    if operator in (Operator.IN, Operator.NOT_IN):
        return Requirement(key, operator, draw(SETS))
    if operator in (Operator.GREATER_THAN, Operator.LESS_THAN):
        return Requirement(key, operator, (draw(st.sampled_from(["0", "1", "2", "7"])),))
    return Requirement(key, operator, (draw(VALUES),))


SELECTORS = st.lists(requirements(), max_size=4).map(LabelSelector)
LABELS = st.dictionaries(KEYS, VALUES, max_size=4)


def naive(selector: LabelSelector, found: dict[str, str]) -> bool:
    """The documentation's sentences, one by one."""
    return all(naive_requirement(part, found) for part in selector.requirements)


def naive_requirement(part: Requirement, found: dict[str, str]) -> bool:
    present, value = part.key in found, found.get(part.key, "")
    match part.operator:
        case Operator.EXISTS:
            return present
        case Operator.DOES_NOT_EXIST:
            return not present
        case Operator.IN | Operator.EQUALS | Operator.DOUBLE_EQUALS:
            return present and value in part.values
        case Operator.NOT_IN | Operator.NOT_EQUALS:
            return not present or value not in part.values
        case Operator.GREATER_THAN:
            return present and value.isdigit() and int(value) > int(part.values[0])
        case _:
            return present and value.isdigit() and int(value) < int(part.values[0])


@given(SELECTORS)
def test_printing_and_parsing_are_inverse(selector: LabelSelector) -> None:
    assert labels.parse(str(selector)) == selector


@given(SELECTORS, LABELS)
def test_matching_is_what_the_documentation_says(selector: LabelSelector, found: dict[str, str]) -> None:
    assert selector.matches(found) == naive(selector, found)


@given(SELECTORS, SELECTORS, LABELS)
def test_an_implied_selector_matches_too(narrow: LabelSelector, wide: LabelSelector, found: dict[str, str]) -> None:
    assume(narrow.matches(found))
    assert satisfiable(narrow)
    if implies(narrow, wide):
        assert wide.matches(found)


@given(SELECTORS)
def test_a_selector_implies_itself(selector: LabelSelector) -> None:
    assert implies(selector, selector)


@given(SELECTORS, SELECTORS)
def test_a_conjunction_implies_its_parts(left: LabelSelector, right: LabelSelector) -> None:
    assert implies(LabelSelector(left.requirements + right.requirements), left)


@given(st.text(alphabet="ab1 ,=!<>()\t\0_-/.iné$", max_size=16))
@example("a in (a,")
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        selector = labels.parse(text)
    except SelectorError as error:
        assert 0 <= error.position <= len(text)
        return
    assert labels.parse(str(selector)) == selector


@given(st.text(alphabet="ab=!,\\. ", max_size=16))
def test_field_selectors_are_stable(text: str) -> None:
    try:
        selector = fields.parse(text)
    except SelectorError as error:
        assert 0 <= error.position < len(text)
        return
    assert sorted(fields.parse(str(selector)).requirements) == sorted(selector.requirements)
