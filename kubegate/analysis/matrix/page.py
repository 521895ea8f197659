"""The access matrix as one HTML page, with findings and paths of escalation.

Nothing is loaded from anywhere, nothing can be run but the page's own script (its content security policy names the hash),
and without scripts it can still be read."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from kubegate.analysis.matrix.cells import Cell
from kubegate.analysis.matrix.reasons import Reason


@dataclass(frozen=True, slots=True)
class Section:
    """A table besides the matrix; a cell is a text, or several lines."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    note: str = ""


_ANYTHING = '<label>Anything <input data-column="*" placeholder="words"></label> <output></output>'


def page(cells: Iterable[tuple[Cell, Sequence[Reason]]], sections: Sequence[Section] = ()) -> str:
    """The whole page; everything from policies is escaped."""
    script, style = _part("matrix.js"), _part("matrix.css")
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Access</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{style}</style></head><body>\n"
    )
    body = [_matrix(cells), *map(_section, sections)]
    links = " ".join(
        f'<a href="#{_anchor(title)}">{escape(title)}</a>' for title in ("Access", *(s.title for s in sections))
    )
    return f"{head}<nav>{links}</nav>\n" + "\n".join(body) + f"\n<script>{script}</script></body></html>"


def _matrix(cells: Iterable[tuple[Cell, Sequence[Reason]]]) -> str:
    rows, verbs = [], dict[str, None]()
    for cell, reasons in cells:
        verbs.update(dict.fromkeys(cell.verbs))
        columns = "".join(f"<td>{escape(text)}</td>" for text in (str(cell.who), cell.scope, cell.resource))
        rows.append(f"<tr>{columns}<td>{_why(cell, reasons)}</td></tr>")
    options = "".join(f"<option>{escape(verb)}</option>" for verb in verbs)
    fields = "".join(
        f'<label>{name} <input data-column="{column}" placeholder="{hint}"></label> '
        for column, (name, hint) in enumerate(
            (("Subject", "User alice"), ("Scope", "a namespace, or *"), ("Resource", "secrets"))
        )
    )
    verb = f'<label>Verb <select data-column="3"><option value="">any</option>{options}</select></label>'
    header = "<tr><th>Subject</th><th>Scope</th><th>Resource</th><th>Verbs (open for why)</th></tr>"
    return (
        '<section id="access"><h1>Access</h1>\n'
        f'<p class="filter">{fields}{verb} {_ANYTHING}</p>\n'
        f"<table><thead>{header}</thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table></section>"
    )


def _why(cell: Cell, reasons: Sequence[Reason]) -> str:
    verbs = escape(" ".join(cell.verbs))
    if not reasons:
        return verbs
    said: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for reason in reasons:
        said.setdefault((reason.text, reason.places), []).append(reason.verb)
    items = "".join(
        f"<li><b>{escape(' '.join(names))}</b> {escape(text)}{_places(places)}</li>"
        for (text, places), names in said.items()
    )
    return f"<details><summary>{verbs}</summary><ul>{items}</ul></details>"


def _places(places: Sequence[str]) -> str:
    return "".join(f"<br><code>{escape(place)}</code>" for place in places)


def _section(section: Section) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in section.header)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
        for row in section.rows
    )
    note = f"<p>{escape(section.note)}</p>\n" if section.note else ""
    field = f'<p class="filter">{_ANYTHING}</p>\n'
    return (
        f'<section id="{_anchor(section.title)}"><h1>{escape(section.title)}</h1>\n{note}{field}'
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></section>"
    )


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _part(name: str) -> str:
    return Path(__file__).with_name("html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
