"""Quantities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("quantity('1e3').asInteger()", 1000),
        ("quantity('1E3').asInteger()", 1000),
        ("quantity('50k').isInteger()", True),
        ("quantity('50000000G').isInteger()", True),
        ("quantity('9999999999999999999999999G').isInteger()", False),
        ("quantity('0.001k').isInteger()", True),
        ("quantity('1.0').isInteger()", False),
        ("quantity('100m').asApproximateFloat()", 0.1),
        ("quantity('1n').asApproximateFloat()", 1e-09),
        ("quantity('-1k').compareTo(quantity('0'))", -1),
        ("quantity('1').add(quantity('2')) == quantity('3')", True),
        ("quantity('1').add(2).sub(quantity('1')).asInteger()", 2),
        ("sign(quantity('-5'))", -1),
        ("sign(quantity('0'))", 0),
        ("isQuantity('1e')", False),
        ("isQuantity('+.5Ki')", True),
        ("isQuantity('.')", True),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quantity('1Ei').asInteger()", "cannot convert value to integer"),
        ("quantity('9223372036854775807').asInteger()", "cannot convert value to integer"),
        ("quantity('9223372036854775808').asInteger()", "cannot convert value to integer"),
        (
            "quantity(object.s)",
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        ("quantity('')", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
        ("quantity('1 Gi')", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
        ("quantity('1.1.1')", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "quantity('5') < quantity('6')",
            ["15: found no matching overload for '_<_' applied to '(kubernetes.Quantity, kubernetes.Quantity)'"],
        ),
        ("quantity(5)", ["9: found no matching overload for 'quantity' applied to '(int)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
