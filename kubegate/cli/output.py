"""Printing results: tables as kubectl aligns them, JSON, YAML, CSV, Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import click
import orjson
import yaml

_GAP = 3


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned by blanks, three between them, the last one not padded."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = []
    for row in (header, *rows):
        cells = [cell.ljust(width + _GAP) for cell, width in zip(row[:-1], widths, strict=False)]
        lines.append("".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def without_header(rows: Sequence[Sequence[str]]) -> str:
    """The same, only as wide as the rows are."""
    return table(rows[0], rows[1:]) if rows else ""


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *escaped)]
    return "\n".join(lines)


def comma_separated(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue().rstrip("\n")


def structured(value: Any, form: str) -> str:
    """``json`` or ``yaml``."""
    if form == "json":
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return to_yaml(value)


def to_yaml(value: Any) -> str:
    """YAML in block style, in the order given; several documents if it is a list of objects with a kind."""
    many = isinstance(value, list) and value and all(isinstance(item, dict) and "kind" in item for item in value)
    documents = value if many else [value]
    plain = orjson.loads(orjson.dumps(documents))  # no anchors for what stands twice
    return str(yaml.dump_all(plain, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=False)).rstrip("\n")


def rows_as(form: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in one of the forms ``table``, ``wide``, ``csv``, ``markdown``."""
    if form == "csv":
        return comma_separated(header, rows)
    return markdown(header, rows) if form == "markdown" else table(header, rows)


def warn(text: str) -> None:
    """A warning, as kubectl words it, on standard error."""
    click.echo(f"Warning: {text}", err=True)
