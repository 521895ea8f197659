"""The columns that definitions ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.apiserver.tables.custom import _cell, find
from kubegate.registry.custom.kind import Column

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OBJECT = {
    "spec": {
        "n": 5,
        "f": 1.5,
        "big": 2e6,
        "html": ["<a>"],
        "t": "text",
        "b": True,
        "none": None,
        "when": "2025-12-31T23:59:00Z",
        "l": [{"type": "A", "v": 1}, {"type": "B", "v": 2}],
        "a.b": "dotted",
        "m": {"k": "v"},
    }
}


@pytest.mark.parametrize(
    ("kind", "path", "cell"),
    [
        ("integer", ".spec.n", 5),
        ("integer", ".spec.f", 1),
        ("integer", ".spec.t", None),
        ("integer", ".spec.b", None),
        ("number", ".spec.n", 5.0),
        ("number", ".spec.f", 1.5),
        ("boolean", ".spec.b", True),
        ("boolean", ".spec.t", None),
        ("string", ".spec.t", "text"),
        ("string", ".spec.n", "5"),
        ("string", ".spec.m", '{"k":"v"}'),
        ("string", ".spec.nothing", None),
        ("string", ".spec.none", "<no value>"),
        ("integer", ".spec.none", None),
        ("string", ".spec.l[*].v", "1"),
        ("string", ".spec.big", "2e+06"),
        ("string", ".spec.html", '["\\u003ca\\u003e"]'),
        ("date", ".spec.when", "60s"),
        ("date", ".spec.t", "<invalid>"),
        ("date", ".spec.n", None),
    ],
)
def test_cells(kind: str, path: str, cell: Any) -> None:
    found = _cell(Column("C", kind, path), OBJECT, NOW)
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".spec.l[0].v", [1]),
        (".spec.l[*].v", [1, 2]),
        ('.spec.l[?(@.type=="B")].v', [2]),
        (".spec.l[9].v", []),
        (".spec['a.b']", ["dotted"]),
        (".spec.t.deeper", []),
    ],
)
def test_paths(path: str, found: list[Any]) -> None:
    assert list(find(OBJECT, path)) == found
