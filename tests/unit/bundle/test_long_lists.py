"""A long List is read item by item: the same values and places as of the whole, or else the whole is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from kubegate.bundle import long_lists
from kubegate.bundle.load import load
from kubegate.bundle.long_lists import items_of, read_list
from kubegate.bundle.state import Origin, Source
from kubegate.bundle.yaml_text import compose, value_of

ITEMS = [
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": {"note": "x\n- y\nitems:\n"}}},
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "é"},
        "spec": {"containers": [{"name": "c", "args": ["*", "&"]}]},
    },
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c", "labels": {"a": "- b"}}},
]
LIST: dict[str, Any] = {"apiVersion": "v1", "items": ITEMS, "kind": "List", "metadata": {"resourceVersion": ""}}
KUBECTL = yaml.dump(LIST, allow_unicode=True)
TEXTS = {
    "yaml": KUBECTL,
    "after a line": "---\n# made by kubectl\n" + KUBECTL,
    "json": orjson.dumps(LIST).decode(),
    "long json": orjson.dumps(LIST, option=orjson.OPT_INDENT_2).decode(),
}
PATHS = ("", "metadata.name", "metadata.annotations", "spec.containers[0].args[1]")


@pytest.fixture(autouse=True)
def _everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_lists, "SHORTEST", 0)


@pytest.mark.parametrize("form", sorted(TEXTS))
def test_places_are_those_of_the_whole(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TEXTS[form].encode()
    cut = items_of(text)
    assert cut is not None and len(cut.spans) == len(ITEMS)

    def places() -> list[Any]:
        source = Source("f", text)
        origins = [Origin(source, 0, ("items", index)) for index in range(len(ITEMS))]
        found: list[Any] = [origin.locate(path) for origin in origins for path in PATHS]
        return [*found, *(origin.locate_text(("metadata", "name"), 0) for origin in origins)]

    in_pieces = places()
    monkeypatch.setattr(long_lists, "SHORTEST", len(text) + 1)
    assert places() == in_pieces


@pytest.mark.parametrize("form", ["yaml", "after a line"])
def test_values_are_those_of_the_whole(form: str) -> None:
    text = TEXTS[form].encode()
    [node] = compose(text)
    assert read_list(text) == (value_of(node), node.start_mark.line + 1)


@pytest.mark.parametrize(
    "text",
    [
        "items:\n- a: &x 1\n- b: *x\nkind: List\n",
        "items:\n- a: 1\n---\nitems:\n- b: 2\n",
        'items:\n- a: "x\n- y"\n- b\n',
        "items:\n- a: [1,\n- 2]\n",
        "items:\n- a: 1\n-\n  b: 2\n",
        "items:\n- a: 1\n  a: 2\n- b: 1\n",
        "items:\n- a: 1\nitems:\n- b: 2\n",
        'a: "x\nitems:\n- y" \nkind: List\n',
        "kind: Pod\n",
    ],
)
def test_what_cannot_be_read_in_pieces_is_read_as_a_whole(text: str) -> None:
    assert read_list(text.encode()) is None


@pytest.mark.parametrize("text", ['{"items": 1}', '{"items": [1, ', "{", '{"a": ' + "[" * 100_000, '{"a": 1}'])
def test_json_without_items(text: str) -> None:
    assert items_of(text.encode()) is None


def test_how_far_reading_is_and_that_it_ends_is_told(tmp_path: Path) -> None:
    file = tmp_path / "dump.yaml"
    file.write_text(KUBECTL)
    told: list[tuple[str, int]] = []
    assert len(load([str(file)], told=lambda name, count: told.append((name, count))).state) == len(ITEMS)
    assert told[0] == (str(file), 0) and told[-1] == ("", 0)
