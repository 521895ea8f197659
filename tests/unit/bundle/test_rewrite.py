"""One change of a file, all else as it was."""

from __future__ import annotations

import difflib
from typing import Any

import pytest

from kubegate.bundle.rewrite import rewritten, without
from kubegate.bundle.state import Origin, Source

TEXT = """\
# first
kind: One  # of several
---
kind: Role
rules:
- apiGroups: [""]
  resources: [pods]   # not secrets
  verbs:
  - get
  - list
# the second
- apiGroups: ["apps"]
  resources:
  - deployments

  verbs: ["*"]
text: |-
  one
  two
labels: {a: b, "c": d}
---
kind: Three
"""
JSON = '{"items": [{"kind": "Role", "rules": [{"verbs": ["get"]}]}]}'


def changes(text: str, lines: list[str] | None) -> list[str] | None:
    """``-old``, ``+new``."""
    if lines is None:
        return None
    diff = list(difflib.ndiff(text.splitlines(), lines))
    return sorted((line[0] + line[2:] for line in diff if line[0] in "-+"), key=lambda line: line[0], reverse=True)


def origin(text: str = TEXT, document: int = 1, inside: tuple[str | int, ...] = (), file: str = "f.yaml") -> Origin:
    return Origin(Source(file, text.encode()), document, inside)


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        (("kind",), "ClusterRole", ["-kind: Role", "+kind: ClusterRole"]),
        (("rules", 0, "resources"), ["*"], ["-  resources: [pods]   # not secrets", "+  resources: ['*']   # not secrets"]),
        (("rules", 0, "verbs", 1), "watch", ["-  - list", "+  - watch"]),
        (("rules", 0, "verbs"), ["*"], ["-  - get", "-  - list", "+  - '*'"]),
        (("rules", 1, "verbs", 0), "get", ['-  verbs: ["*"]', '+  verbs: [get]']),
        (("text",), "three", ["-text: |-", "-  one", "-  two", "+text: three"]),
        (("labels",), {"a": "b"}, ['-labels: {a: b, "c": d}', "+labels: {a: b}"]),
        (("labels", "c"), "true", ['-labels: {a: b, "c": d}', "+labels: {a: b, \"c\": 'true'}"]),
        (("nothing",), "x", None),
        (("rules", 7), "x", None),
    ],
)  # fmt: skip
def test_replacing(path: tuple[str | int, ...], new: Any, expected: list[str] | None) -> None:
    assert changes(TEXT, rewritten(origin(), path, new)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("rules", 0), ['-- apiGroups: [""]', "-  resources: [pods]   # not secrets", "-  verbs:", "-  - get", "-  - list"]),
        (("rules", 1), ['-- apiGroups: ["apps"]', "-  resources:", "-  - deployments", "-", '-  verbs: ["*"]']),
        (("rules", 0, "verbs", 0), ["-  - get"]),
        (("rules", 0, "verbs"), ["-  verbs:", "-  - get", "-  - list"]),
        (("rules", 0, "apiGroups"), None),  # it stands behind the dash
        (("rules", 0, "resources", 0), None),
        (("text",), ["-text: |-", "-  one", "-  two"]),
        (("nothing",), None),
    ],
)
def test_removing(path: tuple[str | int, ...], expected: list[str] | None) -> None:
    assert changes(TEXT, without(origin(), path)) == expected


def test_json_stays_json() -> None:
    inside = origin(JSON, 0, ("items", 0), "f.json")
    lines = rewritten(inside, ("rules", 0, "verbs"), ["get", "list"])
    assert lines == ['{"items": [{"kind": "Role", "rules": [{"verbs": ["get", "list"]}]}]}']


def test_what_an_alias_repeats_is_not_changed() -> None:
    """It would change in two places."""
    text = "a: &x [1, 2]\nb: *x\n"
    assert rewritten(origin(text, 0), ("b",), [1]) is None
    assert rewritten(origin(text, 0), ("a",), [1]) is None
