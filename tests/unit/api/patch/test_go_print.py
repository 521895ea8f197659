"""Values as Go prints them."""

import pytest

from kubegate.api.patch.go_print import go_print, go_type


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, "x"], "a": None}, "map[a:<nil> b:[1 x]]"),
        (True, "true"),
        (1.5, "1.5"),
        (2.0, "2"),
        (1e21, "1e+21"),
        (1e-7, "1e-07"),
        ([], "[]"),
    ],
)
def test_values(value: object, text: str) -> None:
    assert go_print(value) == text


def test_types() -> None:
    assert [go_type(v) for v in (None, True, 1, 1.5, "x", [], {})] == [
        "<nil>",
        "bool",
        "int64",
        "float64",
        "string",
        "[]interface {}",
        "map[string]interface {}",
    ]
