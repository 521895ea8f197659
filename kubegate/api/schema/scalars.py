"""How Go's plain types read JSON and what they print back: texts, numbers, times, quantities; `codecs` has the others."""

from __future__ import annotations

import binascii
import re
from typing import Any

from kubegate.api.quantity import Quantity, QuantityError
from kubegate.api.schema import timestamps
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.api.schema.gojson import Float, plain


class Text:
    """string, and named string types."""

    zero: Any = ""

    def __init__(self, go: str) -> None:
        self.go = go

    def decode(self, value: Any, context: Context) -> Any:
        """A string; null is empty."""
        if type(value) is str:
            return value
        if value is None:
            return ""
        raise context.mismatch(value, self.go, "string")

    def empty(self, value: Any) -> bool:
        """Empty strings."""
        return not value


class Boolean:
    """bool."""

    zero: Any = False

    def __init__(self, go: str) -> None:
        self.go = go

    def decode(self, value: Any, context: Context) -> Any:
        """A boolean; null is false."""
        if type(value) is bool:
            return value
        if value is None:
            return False
        raise context.mismatch(value, self.go, "bool")

    def empty(self, value: Any) -> bool:
        """False."""
        return not value


class Integer:
    """int32, int64 and the like, with their range."""

    zero: Any = 0

    def __init__(self, go: str, bits: int, *, signed: bool = True) -> None:
        self.go = go
        self._low, self._high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def decode(self, value: Any, context: Context) -> Any:
        """An integer literal within range; null is 0."""
        if type(value) is int and self._low <= value <= self._high:
            return value
        if value is None:
            return 0
        return context.integer(value, self.go, self._low, self._high)

    def empty(self, value: Any) -> bool:
        """Zero."""
        return not value


class Number:
    """float64."""

    zero: Any = 0
    go = "float64"

    def decode(self, value: Any, context: Context) -> Any:
        """Any number; whole ones are printed without a fraction."""
        if type(value) is bool or not isinstance(value, int | float):
            if value is None:
                return 0
            raise context.mismatch(value, self.go, "float64")
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 1e21 else number

    def empty(self, value: Any) -> bool:
        """Zero."""
        return not value


class Bytes:
    """[]byte: base64 text."""

    zero: Any = None
    go = "[]uint8"

    def decode(self, value: Any, context: Context) -> Any:
        """Standard base64; line breaks in it are dropped."""
        if value is None:
            return None
        if type(value) is not str:
            raise context.mismatch(value, self.go, "slice")
        text = value.replace("\r", "").replace("\n", "")
        try:
            return binascii.b2a_base64(binascii.a2b_base64(text, strict_mode=True), newline=False).decode()
        except ValueError as error:
            raise DecodeError(f"illegal base64 data at input byte {_bad_base64(value)}") from error

    def empty(self, value: Any) -> bool:
        """No bytes."""
        return not value


_BASE64 = re.compile(r"[A-Za-z0-9+/]", re.ASCII)


def _bad_base64(text: str) -> int:
    """The position that Go's base64 decoder complains about."""
    count = at = 0
    for at, char in enumerate(text):
        if char in "\r\n":
            continue
        if _BASE64.match(char):
            count += 1
            continue
        if char != "=" or count % 4 < 2:
            return at
        wanted = 2 - (count % 4 == 3)
        padding = [i for i in range(at, len(text)) if text[i] not in "\r\n"]
        if any(text[i] != "=" for i in padding[:wanted]):
            return padding[1]
        return len(text) if len(padding) < wanted else padding[wanted] if len(padding) > wanted else at
    return len(text) - count % 4


class Timestamp:
    """metav1.Time and metav1.MicroTime; the zero time prints as null."""

    zero: Any = None

    def __init__(self, go: str, layout: str) -> None:
        self.go = go
        self._layout = layout

    def decode(self, value: Any, context: Context) -> Any:
        """RFC 3339 text or null."""
        if value is None:
            return None
        if type(value) is not str:
            raise Context().mismatch(value, "string")
        return timestamps.normalize(value, self._layout)

    def empty(self, value: Any) -> bool:
        """Never: it is a struct to Go."""
        return False


class QuantityCodec:
    """resource.Quantity, printed canonically."""

    zero: Any = "0"
    go = "resource.Quantity"

    def decode(self, value: Any, context: Context) -> Any:
        """Text or number; null is zero."""
        if isinstance(value, Float):
            value = value.text
        try:
            return str(Quantity.of(value))
        except QuantityError as error:
            raise DecodeError(error.message) from error

    def empty(self, value: Any) -> bool:
        """Never: it is a struct to Go."""
        return False


class IntOrString:
    """intstr.IntOrString."""

    zero: Any = 0
    go = "intstr.IntOrString"

    def decode(self, value: Any, context: Context) -> Any:
        """A string, or an int32."""
        if type(value) is str:
            return value
        return Integer("int32", 32).decode(value, Context())

    def empty(self, value: Any) -> bool:
        """Never: it is a struct to Go."""
        return False


class Raw:
    """runtime.RawExtension, FieldsV1, JSON: any value, untouched."""

    zero: Any = None

    def __init__(self, go: str) -> None:
        self.go = go

    def decode(self, value: Any, context: Context) -> Any:
        """The value as plain JSON."""
        return plain(value)

    def empty(self, value: Any) -> bool:
        """Never: it is a struct to Go."""
        return False
