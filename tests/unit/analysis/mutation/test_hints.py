"""What expressions compare, and the objects that are made of it."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.analysis.mutation.witnesses.hints import Absent, Hint, Holding, Sized, hints
from kubegate.analysis.mutation.witnesses.variants import variants

OBJECT = {"spec": {"replicas": 3, "containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "j"}]}}


@pytest.mark.parametrize(
    ("text", "steps", "values"),
    [
        ("object.spec.replicas <= 5", "object spec replicas", [5, 6, 4]),
        ("5 > object.spec.replicas", "object spec replicas", [5, 6, 4]),
        ("object.a == 'x'", "object a", ["x", "xx"]),
        ("object.a in ['x', 'y']", "object a", ["x", "y", "xx"]),
        ("'k' in object.a", "object a", [Absent, Holding("k")]),
        ("size(object.a) < 2", "object a", [Sized(2), Sized(3), Sized(1)]),
        ("object.a.startsWith('p')", "object a", ["p", "px", "xp", "x"]),
        ("object.a.matches('^p.$')", "object a", ["p", "px", "xp", "x"]),
        ("!object.a && object.b", "object a", [True, False]),
        ("has(object.a)", "object a", [Absent]),
        ("object.m['k'] == 'v'", "object m k", ["v", "vx"]),
        ("object.?a.orValue('d') == 'v'", "object a", ["v", "vx"]),
        ("object.l.all(c, c.image == 'v')", "object l * image", ["v", "vx"]),
        ("object.l.all(c, true)", "object l", [Sized(2), Absent]),
        ("variables.all.exists(c, c.image == 'v')", "object l * image", ["v", "vx"]),
        ("quantity(object.a).isLessThan(quantity('1Gi'))", "object a", [Absent]),
        ("request.userInfo.username == 'u'", "request userInfo username", ["u", "ux"]),
        ("'g' in request.userInfo.groups", "request userInfo groups", [Absent, Holding("g")]),
    ],
)
def test_hints(text: str, steps: str, values: list[Any]) -> None:
    found = [hint.value for hint in hints(text, {"all": "object.l"}) if hint.steps == tuple(steps.split())]
    assert found[: len(values)] == values


@pytest.mark.parametrize("text", ["", "a ==", "1 + 1"])
def test_nothing_to_compare(text: str) -> None:
    assert hints(text) == []


def images(*values: str) -> dict[str, Any]:
    names = ("a", "b")
    return {"spec": {"replicas": 3, "containers": [{"name": n, "image": v} for n, v in zip(names, values, strict=True)]}}


@pytest.mark.parametrize(
    ("steps", "value", "expected"),
    [
        ("object spec replicas", 5, [{"spec": {**OBJECT["spec"], "replicas": 5}}]),
        ("object spec replicas", 3, []),
        ("object spec replicas", Absent, [{"spec": {"containers": OBJECT["spec"]["containers"]}}]),
        ("object spec other", Absent, []),
        ("object meta labels k", "v", [{**OBJECT, "meta": {"labels": {"k": "v"}}}]),
        ("object meta labels", Holding("k"), [{**OBJECT, "meta": {"labels": {"k": "x"}}}]),
        ("object spec containers * image", "v", [images("v", "j"), images("v", "v")]),
        ("object spec replicas below", "v", []),
    ],
)
def test_variants(steps: str, value: Any, expected: list[Any]) -> None:
    assert list(variants(OBJECT, Hint(tuple(steps.split()), value))) == expected


@pytest.mark.parametrize(("size", "names"), [(0, []), (1, ["a"]), (3, ["a", "b", "a-2"])])
def test_lists_of_another_size(size: int, names: list[str]) -> None:
    (made,) = variants(OBJECT, Hint(("object", "spec", "containers"), Sized(size)))
    assert [each["name"] for each in made["spec"]["containers"]] == names
