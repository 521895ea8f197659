"""``string.format``: printf for CEL values. Source: cel-go ``ext/formatting.go`` (library version 2)."""

from __future__ import annotations

from typing import Any, Protocol

from kubegate.api.go import quote
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library.conversions import to_string
from kubegate.cel.times import Duration, Timestamp
from kubegate.cel.values import TypeValue, UInt, from_key, type_name

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class FormatError(EvaluationError):
    """A clause does not take its argument; ``culprit`` is the argument (or what stands for it)."""

    def __init__(self, message: str, culprit: Any = None) -> None:
        super().__init__(message)
        self.culprit = culprit


class Clauses(Protocol):
    """What formats one argument by one clause (or merely checks it)."""

    def __call__(self, verb: str, precision: int, value: Any, /) -> str: ...


COMPLAINTS = {
    "s": "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
    "durations, and timestamps",
    "d": "decimal clause can only be used on integers",
    "f": "fixed-point clause can only be used on doubles",
    "e": "scientific clause can only be used on doubles",
    "b": "only integers and bools can be formatted as binary",
    "x": "only integers, byte buffers, and strings can be formatted as hex",
    "X": "only integers, byte buffers, and strings can be formatted as hex",
    "o": "octal clause can only be used on integers",
}


def complain(verb: str, given: str, culprit: Any = None) -> FormatError:
    """The error of a clause that got a value of a wrong type."""
    return FormatError(f"{COMPLAINTS[verb]}, was given {given}", culprit)


def _fixed(value: Any, precision: int) -> str:
    number = float(value.replace("Infinity", "inf")) if type(value) is str else value
    if number != number:
        return "NaN"
    if abs(number) == float("inf"):
        return "∞" if number > 0 else "-∞"
    return f"{number:,.{precision}f}"


def _scientific(value: Any, precision: int) -> str:
    number = float(value.replace("Infinity", "inf")) if type(value) is str else value
    if number != number:
        return "NaN"
    if abs(number) == float("inf"):
        return "∞" if number > 0 else "-∞"
    mantissa, _, exponent = f"{number:.{precision}e}".partition("e")
    power = int(exponent)
    shown = f"{'-' if power < 0 else ''}{abs(power):02d}".translate(_SUPERSCRIPT)
    return f"{mantissa}×10{shown}"


_MAX_PRECISION = 1_000_000
"""More digits are not printed. Source: golang.org/x/text ``internal/format``."""


def _is_special(value: Any) -> bool:
    return type(value) is str and value in ("NaN", "Infinity", "-Infinity")


def _hex(value: Any, verb: str) -> str:
    if type(value) in (str, bytes):
        body = value.encode("utf-8", "surrogatepass") if type(value) is str else value
        return body.hex().upper() if verb == "X" else body.hex()
    return format(int(value), verb)


def _nested(value: Any) -> str:
    """A value inside of a list or map, as a CEL literal."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is bytes:
        return "b" + quote(to_string(value))
    if kind is float:
        if value != value or abs(value) == float("inf"):
            return quote("NaN" if value != value else "+Inf" if value > 0 else "-Inf")
        return f"{value:.6f}"
    if kind is Timestamp:
        return f"timestamp({quote(str(value))})"
    if kind is Duration:
        return f"duration({quote(str(value))})"
    if kind in (list, tuple, dict, int, UInt, bool, type(None), TypeValue):
        return text_of(value)
    raise EvaluationError(f"no formatting function for {type_name(value)}")


def text_of(value: Any) -> str:
    """The ``%s`` form of a value."""
    kind = type(value)
    if kind in (list, tuple):
        return "[" + ", ".join(map(_nested, value)) + "]"
    if kind is dict:
        pairs = sorted((_key(from_key(key)), _nested(item)) for key, item in value.items())
        return "{" + ", ".join(f"{key}:{item}" for key, item in pairs) + "}"
    if kind is type(None):
        return "null"
    if kind is TypeValue:
        return str(value.name)
    if kind in (str, bool, int, UInt, float, bytes, Timestamp, Duration):
        return to_string(value)
    raise complain("s", type_name(value))


def _key(key: Any) -> str:
    if type(key) is str:
        return quote(key)
    if type(key) in (bool, int, UInt):
        return to_string(key)
    raise EvaluationError(f"no formatting function for map key of type {type_name(key)}")


def format_value(verb: str, precision: int, value: Any) -> str:
    """One argument by one clause; raises `FormatError`."""
    kind = type(value)
    if verb == "s":
        return text_of(value)
    if verb in ("f", "e"):
        if kind is not float and not _is_special(value):
            raise complain(verb, type_name(value))
        shown = _fixed if verb == "f" else _scientific
        return shown(value, precision) if precision <= _MAX_PRECISION else f"%!(BADPREC){shown(value, 6)}"
    if verb == "b" and kind is bool:
        return "1" if value else "0"
    if verb in ("x", "X") and kind in (str, bytes):
        return _hex(value, verb)
    if kind not in (int, UInt):
        raise complain(verb, type_name(value))
    return _hex(value, verb) if verb in ("x", "X") else format(int(value), verb)


def format_string(template: str, arguments: Any) -> str:
    """``template.format(arguments)``; raises `EvaluationError`."""
    return interpolate(template, arguments, format_value)[0]


def interpolate(template: str, arguments: Any, clause: Clauses) -> tuple[str, int]:
    """The text, and how many arguments were used; raises `EvaluationError`."""
    parts: list[str] = []
    used, position = 0, 0
    while position < len(template):
        if template[position] != "%":
            parts.append(template[position])
            position += 1
            continue
        if template[position + 1 : position + 2] == "%":
            parts.append("%")
            position += 2
            continue
        if used >= len(arguments):
            raise EvaluationError(f"index {used} out of range")
        if position + 1 >= len(template):
            raise EvaluationError("unexpected end of string")
        position, verb, precision = _clause(template, position + 1)
        try:
            parts.append(clause(verb, precision, arguments[used]))
        except FormatError as error:
            raise FormatError(f"error during formatting: {error.message}", error.culprit) from None
        except EvaluationError as error:
            raise EvaluationError(f"error during formatting: {error.message}") from None
        used += 1
    return "".join(parts), used


def _clause(template: str, position: int) -> tuple[int, str, int]:
    prefix = "could not parse formatting clause: "
    precision = 6
    if template[position] == ".":
        end = position + 1
        while end < len(template) and template[end].isascii() and template[end].isdigit():
            end += 1
        if end >= len(template):
            raise EvaluationError(f"{prefix}error while parsing precision: could not find end of precision specifier")
        digits = template[position + 1 : end]
        if not digits:
            words = 'error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax'
            raise EvaluationError(f"{prefix}error while parsing precision: {words}")
        precision, position = int(digits), end
    verb = template[position]
    if verb not in COMPLAINTS:
        raise EvaluationError(f'{prefix}unrecognized formatting clause "{verb}"')
    return position + 1, verb, precision
