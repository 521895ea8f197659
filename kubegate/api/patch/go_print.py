"""JSON values as Go's ``%v`` prints them: ``map[a:1 b:[x y]]``."""

from __future__ import annotations

from typing import Any


def go_print(value: Any) -> str:
    """``fmt.Sprintf("%v", value)`` of decoded JSON."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_print(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_print, value)) + "]"
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    exponent = f"{value:e}".partition("e")[2]
    if value and not -4 <= int(exponent) < 21:
        mantissa, _, power = repr(value).partition("e")
        if not power:
            mantissa, _, power = f"{value:.17g}".partition("e")
        return f"{mantissa.removesuffix('.0')}e{power[0] if power[0] in '+-' else '+'}{power.lstrip('+-').zfill(2)}"
    return str(int(value)) if value.is_integer() else repr(value)


def go_type(value: Any) -> str:
    """``%T`` of decoded JSON."""
    if value is None:
        return "<nil>"
    names = {bool: "bool", int: "int64", float: "float64", str: "string", list: "[]interface {}"}
    return next((name for kind, name in names.items() if type(value) is kind), "map[string]interface {}")
