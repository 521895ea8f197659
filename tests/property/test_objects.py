"""Laws of decoding, patching and ownership."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.api.apply.compare import compare
from kubegate.api.apply.field_set import FieldSet
from kubegate.api.apply.merge import merge
from kubegate.api.apply.shape import builtin_shape
from kubegate.api.names import GroupVersionKind
from kubegate.api.patch.apply import MERGE_PATCH, STRATEGIC_PATCH, apply_patch
from kubegate.api.patch.merge_patch import apply_merge_patch
from kubegate.api.schema import gojson, goyaml
from kubegate.api.schema.decode import decode, normalize

POD = GroupVersionKind("", "v1", "Pod")
words = st.text("abcxyz", min_size=1, max_size=3)
labels = st.dictionaries(words, words, max_size=3)
names = st.lists(words, unique=True, max_size=4)
scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text("ab1 :#-{'\u00e9", max_size=5)
values = st.recursive(scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=3))
documents = st.dictionaries(words, values, max_size=4)


@st.composite
def pods(draw: st.DrawFn) -> dict[str, Any]:
    containers = [{"name": name, "image": draw(words), "args": draw(names)} for name in draw(names)]
    meta = {"name": "p", "labels": draw(labels), "finalizers": draw(names)}
    return normalize(POD, {"metadata": meta, "spec": {"containers": containers, "nodeSelector": draw(labels)}})


@given(values)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert gojson.plain(gojson.parse(json.dumps(value).encode())) == value


@given(documents)
def test_json_is_yaml(value: dict[str, Any]) -> None:
    found = goyaml.parse(json.dumps(value).encode())[0]
    assert found == value


@given(pods())
def test_what_is_printed_is_read_back(pod: dict[str, Any]) -> None:
    assert decode(json.dumps(pod).encode(), "application/json", POD)[0] == pod
    assert normalize(POD, pod) == pod


def nulls_in_lists(value: Any, inside: bool = False) -> bool:
    """Whether an object within a list holds a null: what becomes of it depends on what stood there (as in json-patch 4)."""
    if isinstance(value, dict):
        return any((inside and item is None) or nulls_in_lists(item, inside) for item in value.values())
    return isinstance(value, list) and any(nulls_in_lists(item, inside=True) for item in value)


@given(documents, documents.filter(lambda patch: not nulls_in_lists(patch)))
def test_a_merge_patch_applied_twice_is_applied_once(document: dict[str, Any], patch: dict[str, Any]) -> None:
    once = apply_merge_patch(document, patch)
    assert apply_merge_patch(once, patch) == once


@given(documents)
def test_a_merge_patch_leaves_its_arguments_alone(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    apply_merge_patch(document, {"a": {"b": {"c": 1}}, "x": None})
    assert document == before


@settings(max_examples=60)
@given(pods())
def test_an_empty_patch_changes_nothing(pod: dict[str, Any]) -> None:
    for media in (MERGE_PATCH, STRATEGIC_PATCH):
        assert apply_patch(media, b"{}", pod, POD)[0] == pod


@settings(max_examples=60)
@given(pods(), pods())
def test_a_strategic_merge_keeps_every_item_of_both_sides_once(pod: dict[str, Any], other: dict[str, Any]) -> None:
    patch = {
        "spec": {"containers": other["spec"]["containers"]},
        "metadata": {"finalizers": other["metadata"].get("finalizers", [])},
    }
    made = apply_patch(STRATEGIC_PATCH, json.dumps(patch).encode(), pod, POD)[0]
    found = [c["name"] for c in made["spec"]["containers"]]
    wanted = {c["name"] for side in (pod, other) for c in side["spec"]["containers"]}
    assert len(found) == len(set(found))
    assert set(found) == wanted
    again = apply_patch(STRATEGIC_PATCH, json.dumps(patch).encode(), made, POD)[0]
    assert again == made


@settings(max_examples=60)
@given(pods(), pods())
def test_what_changed_is_what_one_side_has_and_the_other_has_not(old: dict[str, Any], new: dict[str, Any]) -> None:
    shape = builtin_shape(POD)
    there, back = compare(shape, old, new), compare(shape, new, old)
    assert there.added == back.removed
    assert there.modified == back.modified
    assert bool(there.added or there.modified or there.removed) == (old != new)


@settings(max_examples=60)
@given(pods(), pods())
def test_applying_a_configuration_makes_it_so(live: dict[str, Any], config: dict[str, Any]) -> None:
    shape = builtin_shape(POD)
    made = merge(shape, live, config)
    left = compare(shape, config, made)
    assert not left.removed
    assert not left.modified
    assert merge(shape, made, config) == made


fields = st.lists(st.lists(words.map(lambda word: f"f:{word}"), min_size=1, max_size=3).map(tuple), max_size=6)


@given(fields, fields)
def test_sets_of_fields_are_sets(left: list[tuple[str, ...]], right: list[tuple[str, ...]]) -> None:
    one, two = FieldSet.of(*left), FieldSet.of(*right)
    assert set((one | two).paths()) == set(left) | set(right)
    assert set((one & two).paths()) == set(left) & set(right)
    assert set((one - two).paths()) == set(left) - set(right)
    assert FieldSet.from_fields_v1(one.to_fields_v1()) == one
