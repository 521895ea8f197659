"""YAML as Kubernetes tools read it."""

from __future__ import annotations

import pytest

from kubegate.bundle.yaml_text import compose, find, scalar, value_of
from kubegate.errors import InvalidInput


def values(text):
    return [value_of(node) for node in compose(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None),
        ("yes", True), ("On", True), ("no", False), ("FALSE", False), ("y", "y"), ("N", "N"),
        ("7", 7), ("-7", -7), ("+7", 7), ("017", 15), ("0x1F", 31), ("0b11", 3), ("1_000", 1000),
        ("08", "08"), ("0o17", "0o17"),
        ("1.5", 1.5), ("1e3", "1e3"), ("1.5e3", 1500), (".5", 0.5), ("1.", 1), ("99999999999999999999999", 1e23),
        ("2001-01-01", "2001-01-01"), ("1.2.3", "1.2.3"), ("-", "-"), ("+x", "+x"), ("web", "web"), ("0xZ", "0xZ"),
    ],
)  # fmt: skip
def test_scalars(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_documents_empty_ones_left_out():
    assert values("---\n---\na: 1\n---\n# nothing\n---\n[b]\n") == [{"a": 1}, ["b"]]


def test_quotes_tags_and_keys():
    assert values("""{a: "yes", b: '7', c: !!str 7, 8: x, true: y, ~: z, "9": q}""") == [
        {"a": "yes", "b": "7", "c": "7", "8": "x", "true": "y", "null": "z", "9": "q"}
    ]


def test_anchors_and_merges():
    text = "base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\nsame: *b\n"
    assert values(text) == [{"base": {"x": 1, "y": 2}, "mine": {"x": 1, "y": 3}, "same": {"x": 1, "y": 2}}]


def test_many_aliases_are_shared_not_copied():
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 12)]
    found = values("\n".join(lines))[0]
    assert found["a11"][0] is found["a10"]


def test_an_alias_of_itself_is_refused():
    with pytest.raises(InvalidInput, match="contains itself"):
        values("a: &a [*a]")


def test_errors_say_where():
    with pytest.raises(InvalidInput) as caught:
        list(compose("a: 1\nb: [1, 2\nc: 3\n", "f.yaml"))
    assert str(caught.value).startswith("f.yaml:3:")


def test_places_of_parts():
    (node,) = compose("a:\n  b:\n  - x\n  - {c: d}\n")
    assert find(node, ["a", "b", 1, "c"]).start_mark.line == 3
    assert find(node, ["a", "zzz"]).start_mark.line == 1  # the deepest that there is
