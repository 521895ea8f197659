"""What each recorded scenario has reached does not fall: the quick corpora are run whole, by black-box checkers.

The others are run in this process by the tests beside this one, and whole by `make conformance`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import ratchet
from tests.conformance.corpora import Corpus, corpora, folder
from tests.conformance.run import judged, run

QUICK = [corpus for corpus in corpora() if corpus.quick]


@pytest.mark.skipif(not folder().is_dir(), reason="the whole recordings and their checkers are not here")
@pytest.mark.parametrize("corpus", QUICK, ids=lambda corpus: corpus.name)
def test_no_number_falls(corpus: Corpus) -> None:
    scores, differences = run(corpus, "", 0, 900)
    assert scores, differences
    assert ratchet.fallen(corpus.name, {scenario: agreed for scenario, (agreed, _) in scores.items()}) == []


def test_numbers_only_rise(tmp_path: Path) -> None:
    file = tmp_path / "ratchet.toml"
    ratchet.raise_to("a", {"x": 3, "y": 1}, file)
    ratchet.raise_to("a", {"x": 2, "z": 4}, file)
    assert ratchet.read(file) == {"a": {"x": 3, "y": 1, "z": 4}}
    assert ratchet.fallen("a", {"x": 2, "y": 1}, file) == ["a x: 2 agreed, 3 before"]
    assert ratchet.fallen("a", {"x": 3}, file) == []


def test_what_differs_by_the_day_alone_agrees() -> None:
    aged = {"group": "tables", "id": "1", "diff": [[".rows[0]", "3 (2y325d ago)", "3 (2y326d ago)"]]}
    other = {"group": "tables", "id": "2", "diff": [*aged["diff"], [".rows[1]", "3 (1d ago)", "4 (1d ago)"]]}
    absent = {"group": "tables", "id": "3", "diff": [[".rows", "<absent>"]]}
    many = {"group": "tables", "id": "4", "diff": aged["diff"] * 8}
    scores, differ = judged({"tables": (5, 9), "watch": (1, 1)}, [aged, other, absent, many])
    assert scores == {"tables": (6, 9), "watch": (1, 1)}
    assert [line[:32] for line in differ] == [f'{{"group": "tables", "id": "{n}", "' for n in (2, 3, 4)]
