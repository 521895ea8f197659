"""Why the verbs of a cell of the access matrix are allowed."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.analysis.matrix.cells import Cell


@dataclass(frozen=True, slots=True)
class Reason:
    """What determined that a verb is allowed, and where that stands."""

    verb: str
    text: str
    places: tuple[str, ...] = ()


def reasons(cell: Cell) -> list[Reason]:
    """One for each verb of the cell."""
    found = []
    for verb, verdict in zip(cell.verbs, cell.verdicts, strict=True):
        determinant = verdict.determined_by
        if determinant is None:
            found.append(Reason(verb, verdict.reason or "allowed"))
            continue
        text = ": ".join(part for part in (determinant.authorizer, determinant.text) if part)
        found.append(Reason(verb, text, tuple(str(place) for place in determinant.locations)))
    return found
