"""Reading YAML: what is written as JSON or by a YAML library comes back as it was, with the place of every part."""

from __future__ import annotations

import json

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.bundle.yaml_text import compose, find, value_of

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def read(text):
    (node,) = compose(text)
    return value_of(node)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(texts, values, min_size=1, max_size=4))
def test_json_is_read_as_it_was(value):
    assert read(json.dumps(value, ensure_ascii=False)) == value


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(texts, values, min_size=1, max_size=4))
def test_what_a_yaml_library_writes_is_read_as_it_was(value):
    assert read(yaml.safe_dump(value, allow_unicode=True)) == value


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6))
def test_every_item_is_found_at_its_place(items):
    text = "items:\n" + "".join(f"- {json.dumps(item, ensure_ascii=False)}\n" for item in items)
    (node,) = compose(text)
    for index, item in enumerate(items):
        found = find(node, ["items", index])
        assert (found.value, found.start_mark.line) == (item, index + 1)
