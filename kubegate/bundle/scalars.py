"""Where the characters of a YAML scalar stand in its file."""

from __future__ import annotations

from collections.abc import Sequence

import yaml


def place_of(node: yaml.Node, offset: int, lines: Sequence[str]) -> tuple[int, int] | None:
    """The line and column (from 0) of a code point of a scalar's value; None where the file spells it otherwise: escapes,
    folded lines."""
    if not isinstance(node, yaml.ScalarNode) or not 0 <= offset < len(node.value):
        return None
    place = _in_block(node, offset, lines) if node.style == "|" else _in_line(node, offset)
    if place is None or place[0] >= len(lines):
        return None
    line, column = place
    rest_of_line = node.value[offset:].partition("\n")[0]
    return place if lines[line][column:].startswith(rest_of_line) else None


def _in_line(node: yaml.ScalarNode, offset: int) -> tuple[int, int]:
    quotes = 1 if node.style in ("'", '"') else 0
    return node.start_mark.line, node.start_mark.column + quotes + offset


def _in_block(node: yaml.ScalarNode, offset: int, lines: Sequence[str]) -> tuple[int, int] | None:
    """``|``: the lines of the value are those after the indicator, indented as the first one that is not empty."""
    before = node.value[:offset]
    first = next((number for number, line in enumerate(node.value.split("\n")) if line.strip()), 0)
    start = node.start_mark.line + 1
    if start + first >= len(lines):
        return None
    indented, plain = lines[start + first], node.value.split("\n")[first]
    indent = len(indented) - len(plain) if indented.endswith(plain) else 0
    return start + before.count("\n"), indent + offset - (before.rfind("\n") + 1)
