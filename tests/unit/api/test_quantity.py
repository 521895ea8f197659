"""Quantities: canonical text, exact arithmetic, the server's error texts."""

from __future__ import annotations

import pytest

from kubegate.api.quantity import FORMAT_MESSAGE, SUFFIX_MESSAGE, Quantity, QuantityError, is_quantity

CANONICAL = [
    ("0", "0"),
    ("00", "0"),
    ("0.0", "0"),
    ("-", "0"),
    (".", "0"),
    ("m", "0"),
    ("1000m", "1"),
    ("1500m", "1500m"),
    ("1.5", "1500m"),
    ("1.500", "1.500"),  # looks canonical at a glance, so the server keeps the text
    ("+5", "+5"),
    ("0.5", "500m"),
    (".5", "500m"),
    ("1000000", "1M"),
    ("1Gi", "1Gi"),
    ("1024Mi", "1Gi"),
    ("1.5Gi", "1536Mi"),
    ("0.1Gi", "107374182400m"),
    ("-1.5Gi", "-1536Mi"),
    ("1e3", "1e3"),
    ("1E3", "1E3"),
    ("1000e3", "1e6"),
    ("2.5e-3", "2500e-6"),
    ("1E", "1E"),
    ("0.00001n", "1n"),
    ("100000000000Ei", "9223372036854775807"),
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
def test_canonical_text(text: str, canonical: str) -> None:
    assert str(Quantity.parse(text)) == canonical


@pytest.mark.parametrize("text", ["", "abc", "1x", "1.2.3", "1 ", "1.5.Gi"])
def test_wrong_form(text: str) -> None:
    with pytest.raises(QuantityError, match="quantities must match") as raised:
        Quantity.parse(text)
    assert raised.value.message == FORMAT_MESSAGE


@pytest.mark.parametrize("text", ["1Kii", "1e", "1e+", "1mm", "--1", "1e99999999999999999999"])
def test_wrong_suffix(text: str) -> None:
    with pytest.raises(QuantityError) as raised:
        Quantity.parse(text)
    assert raised.value.message == SUFFIX_MESSAGE


@pytest.mark.parametrize(
    ("text", "value", "milli"),
    [("1500m", 2, 1500), ("-1500m", -2, -1500), ("1n", 1, 1), ("1Ki", 1024, 1024000), ("2", 2, 2000)],
)
def test_values_round_away_from_zero(text: str, value: int, milli: int) -> None:
    quantity = Quantity.parse(text)
    assert (quantity.value(), quantity.milli_value()) == (value, milli)


def test_arithmetic_keeps_the_form_of_the_first_that_is_not_zero() -> None:
    assert str(Quantity.parse("1Gi").add(Quantity.parse("1Mi"))) == "1025Mi"
    assert str(Quantity.parse("0").add(Quantity.parse("2Ki"))) == "2Ki"
    assert str(Quantity.parse("1").sub(Quantity.parse("250m"))) == "750m"


def test_comparison_is_by_value() -> None:
    assert Quantity.parse("100m") == Quantity.parse("0.1")
    assert hash(Quantity.parse("100m")) == hash(Quantity.parse("0.1"))
    assert Quantity.parse("1Gi") > Quantity.parse("1G")
    assert Quantity.parse("-1").sign() == -1


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (0.5, "500m"), (None, "0"), (" 2 ", "2")])
def test_json_values(value: object, text: str) -> None:
    assert str(Quantity.of(value)) == text


def test_huge_exponents_cost_nothing() -> None:
    assert Quantity.parse("1e999999999") > Quantity.parse("1e1000")
    assert not is_quantity("x")
