"""The places of characters within YAML scalars."""

from __future__ import annotations

import pytest

from kubegate.bundle.state import Origin, Source

TEXT = b"""\
plain: one && two
quoted: "one && two"
single: 'it''s && two'
escaped: "one\\t&& two"
block: |-
    one &&
      two
folded: >-
  one
  two
list:
- 'one && two'
labels: {a.b/c: level}
"""
ORIGIN = Origin(Source("f.yaml", TEXT), 0)


@pytest.mark.parametrize(
    ("steps", "offset", "expected"),
    [
        (("plain",), 0, (1, 8)),
        (("plain",), 4, (1, 12)),
        (("quoted",), 4, (2, 14)),
        (("single",), 0, (3, 9)),
        (("escaped",), 4, (4, 10)),
        (("block",), 0, (6, 5)),
        (("block",), 4, (6, 9)),
        (("block",), 9, (7, 7)),
        (("folded",), 4, (8, 9)),
        (("list", 0), 4, (12, 8)),
        (("labels", "a.b/c"), 0, (13, 17)),
        (("labels",), 0, (13, 9)),
        (("plain",), 99, (1, 8)),
    ],
)
def test_places(steps: tuple[str | int, ...], offset: int, expected: tuple[int, int]) -> None:
    """Where characters cannot be counted (doubled quotes, escapes, folded lines) it is the start of the scalar."""
    place = ORIGIN.locate_text(steps, offset)
    assert (place.line, place.column) == expected


def test_the_path_is_shown() -> None:
    assert ORIGIN.locate_text(("list", 0)).path == "list[0]"
    assert ORIGIN.locate_text(()).path == ""
