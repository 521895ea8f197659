"""The items of CEL expressions: what they give (true and false), and each of their branches."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.admission.policies.fields import FieldPath
from kubegate.analysis.coverage.items import Item, ItemKey, What
from kubegate.api.names import Object
from kubegate.bundle.state import ClusterState
from kubegate.cel.ast import Literal, Node, walk
from kubegate.cel.branches import ONCE, TRUTH, WHOLE, Outcome, branches
from kubegate.cel.lexer import Malformed
from kubegate.cel.spans import Span, parse_with_spans
from kubegate.cel.trace import Trace
from kubegate.errors import Location

_SHOWN = 40
"""So many characters of a branch are shown."""


def expression_items(
    state: ClusterState, obj: Object, key: ItemKey, path: FieldPath, text: str, *, decides: bool
) -> Iterator[Item]:
    """The items of the expression at a path; nothing of a text that is no expression. ``decides``: whether it is true or
    false counts, not only that it is evaluated."""
    try:
        tree, spans = parse_with_spans(text)
    except Malformed:
        return
    part = dotted(path)

    def item(what: What, branch: int, outcome: Outcome, words: str, offset: int) -> Item:
        place = state.locate_text(obj, path, offset) or Location()
        never = "never evaluated" if outcome is Outcome.EVALUATED else f"never {outcome}"
        shown = part.removeprefix("spec.")
        return Item(key._replace(part=part, branch=branch, outcome=outcome.value), what, place, f"{shown}: {words}{never}")

    for outcome in _outcomes(tree, decides):
        yield item(What.EXPRESSION, WHOLE, outcome, "", 0)
    for number, (node, role, outcomes) in enumerate(branches(tree, text)):
        start, end = _span(node, spans)
        for outcome in outcomes:
            yield item(What.BRANCH, number, outcome, f"{role} `{_short(text[start:end])}` ", start)


def exercised_keys(key: ItemKey, path: FieldPath, trace: Trace, *, decides: bool) -> Iterator[ItemKey]:
    """The keys of what the evaluations of an expression took."""
    own = key._replace(part=dotted(path))
    for branch, outcome in trace.taken:
        given = Outcome.EVALUATED if branch == WHOLE and not decides else outcome
        yield own._replace(branch=branch, outcome=given.value)


def dotted(path: FieldPath) -> str:
    """``spec.validations[0].expression``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _outcomes(tree: Node, decides: bool) -> tuple[Outcome, ...]:
    if not decides:
        return ONCE
    if isinstance(tree, Literal):
        return (TRUTH[tree.value is not True],)
    return TRUTH


def _span(node: Node, spans: dict[Node, Span]) -> Span:
    return next((spans[part] for part in walk(node) if part in spans), (0, 0))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."
