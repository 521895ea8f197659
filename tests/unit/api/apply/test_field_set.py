"""The algebra of field sets."""

from kubegate.api.apply.field_set import FieldSet, key_element, show_path, value_element

A, AB, AC = ("f:a",), ("f:a", "f:b"), ("f:a", "f:c")


def test_fields_v1_round_trip() -> None:
    fields = {"f:a": {".": {}, "f:b": {}}, "f:l": {'k:{"name":"x"}': {".": {}, "f:name": {}}, 'v:"s"': {}}}
    assert FieldSet.from_fields_v1(fields).to_fields_v1() == fields


def test_union_intersection_difference() -> None:
    left, right = FieldSet.of(A, AB), FieldSet.of(AB, AC)
    assert left | right == FieldSet.of(A, AB, AC)
    assert left & right == FieldSet.of(AB)
    assert left - right == FieldSet.of(A)
    assert not (left - left)


def test_without_takes_what_is_below_too() -> None:
    assert FieldSet.of(A, AB, ("f:x",)).without(FieldSet.of(A)) == FieldSet.of(("f:x",))


def test_paths_come_members_first() -> None:
    assert list(FieldSet.of(AB, A, ("f:z",)).paths()) == [("f:a",), ("f:z",), ("f:a", "f:b")]


def test_elements_as_messages_show_them() -> None:
    keys = key_element({"protocol": "TCP", "containerPort": 80})
    assert show_path(("f:spec", keys, "f:x")) == '.spec[containerPort=80,protocol="TCP"].x'
    assert show_path(("f:finalizers", value_element("a"))) == '.finalizers[="a"]'
