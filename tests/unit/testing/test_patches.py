"""The patches of mutants: of every policy that ships, the patched file has the mutant in it, and nothing else differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.analysis.mutation.generate import mutants
from kubegate.bundle.load import load
from kubegate.bundle.state import Origin
from kubegate.bundle.yaml_text import compose, value_of

POLICIES = Path(__file__).parents[3] / "policies"
FILES = sorted(path for path in POLICIES.rglob("*.yaml") if not path.name.endswith(".kubegate.yaml"))


def read(lines: list[str]) -> list[object]:
    return [value_of(document) for document in compose("\n".join(lines))]


def expected(origin: Origin, mutated: object) -> list[object]:
    """The documents of the file with the mutant in the place of the original."""
    documents = read(list(origin.source.lines))
    documents[origin.document] = mutated
    return documents


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_patched_files(file: Path) -> None:
    state, tried, shown = load([str(file)]).state, 0, 0
    for mutant in mutants(state):
        origin = state.origin_of(mutant.target)
        assert origin is not None
        if mutant.change is None or origin.inside or read(list(origin.source.lines))[origin.document] != mutant.target:
            continue  # removed as a whole, in a List, or given a namespace when it was read
        lines, tried = mutant.change.changed(), tried + 1
        if lines is not None:
            shown += 1
            assert read(lines) == expected(origin, mutant.mutated), mutant.patch
    assert shown >= 0.5 * tried
