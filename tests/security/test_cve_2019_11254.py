"""CVE-2019-11254: YAML that takes a parser quadratic time: it looked at all open brackets for each token.

Counted in events, not in seconds: whatever nests too deep is given up when it does, however much follows.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kubegate.api import yaml_depth
from kubegate.api.schema.gojson import MAX_DEPTH
from kubegate.api.yaml_depth import too_deep


class Counting(yaml.CBaseLoader):
    events = 0

    def get_event(self) -> Any:
        Counting.events += 1
        return super().get_event()


@pytest.mark.parametrize("opening", ["[", "{a: ", "[a, ", "[#]\n", '["]", ', "- ", "? "])
def test_a_deep_text_is_given_up_at_the_limit(opening: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_depth.yaml, "CBaseLoader", Counting)
    Counting.events = 0
    assert too_deep(opening * 500_000) > 0
    assert Counting.events <= 4 * MAX_DEPTH


def test_what_cannot_be_deep_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_depth.yaml, "CBaseLoader", None)
    assert too_deep("---\na: {}\nb: []\nc: [x]\n" * 10_000) == 0
