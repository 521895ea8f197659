"""Why the verbs of a cell of the access matrix are allowed."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.analysis.matrix import EVERYWHERE, Cell
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.authz.chain import Chain


@dataclass(frozen=True, slots=True)
class Reason:
    """What determined that a verb is allowed, and where that stands."""

    verb: str
    text: str
    places: tuple[str, ...] = ()


def reasons(chain: Chain, cell: Cell, vocabulary: Vocabulary) -> list[Reason]:
    """One for each verb of the cell."""
    found = []
    user, namespace = cell.who.as_user(), "" if cell.scope == EVERYWHERE else cell.scope
    for verb in cell.verbs:
        verdict = chain.authorize(parse_question(verb, cell.resource, "", vocabulary).asked_by(user, namespace))
        determinant = verdict.determined_by
        if determinant is None:
            found.append(Reason(verb, verdict.reason or "allowed"))
            continue
        text = ": ".join(part for part in (determinant.authorizer, determinant.text) if part)
        found.append(Reason(verb, text, tuple(str(place) for place in determinant.locations)))
    return found
