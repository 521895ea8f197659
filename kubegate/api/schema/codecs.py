"""How each Go type reads JSON and what it prints back: one codec a type.

``decode`` turns a JSON value into what Go would print after reading it: unknown fields gone, omitempty zero values gone,
values without omitempty always there, quantities and timestamps canonical. ``zero`` is what an absent value prints as,
``empty(value)`` tells what omitempty drops (of a decoded value).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kubegate.api.quantity import Quantity, QuantityError
from kubegate.api.schema import timestamps
from kubegate.api.schema.errors import Context, DecodeError, MapKey
from kubegate.api.schema.gojson import Duplicated, Float, plain


class Codec(Protocol):
    """One Go type; ``go`` is how Go prints its name (``v1.PodSpec``, ``[]string``)."""

    go: str

    @property
    def zero(self) -> Any:
        """What an absent value prints as."""
        ...

    def decode(self, value: Any, context: Context) -> Any:
        """Read a JSON value (not null, where a pointer or a container could be null)."""
        ...

    def empty(self, value: Any) -> bool:
        """True if omitempty drops the decoded value."""
        ...


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


class Anything:
    """interface{}: any value as plain JSON, in which keys that stand twice are complained about."""

    zero: Any = None
    go = "interface {}"

    def decode(self, value: Any, context: Context) -> Any:
        """The value as plain JSON."""
        if isinstance(value, dict):
            return _ANY_MAP.decode(value, context)
        if isinstance(value, list):
            return _ANY_LIST.decode(value, context)
        return float(value) if isinstance(value, Float) else value

    def empty(self, value: Any) -> bool:
        """Null."""
        return value is None


class Pointer:
    """*T: null or a T; the zero T is kept."""

    zero: Any = None

    def __init__(self, target: Codec) -> None:
        self.target = target
        self.go = target.go

    def decode(self, value: Any, context: Context) -> Any:
        """Null, or what the target reads."""
        return None if value is None else self.target.decode(value, context)

    def empty(self, value: Any) -> bool:
        """Null."""
        return value is None


class Slice:
    """[]T."""

    zero: Any = None

    def __init__(self, item: Codec, go: str) -> None:
        self.item = item
        self.go = go

    def decode(self, value: Any, context: Context) -> Any:
        """An array or null."""
        if value is None:
            return None
        if type(value) is not list:
            raise context.mismatch(value, self.go, "slice")
        decode, path, made = self.item.decode, context.path, []
        path.append(0)
        for index, item in enumerate(value):
            path[-1] = index
            made.append(decode(item, context))
        path.pop()
        return None if context.stored and not made else made

    def empty(self, value: Any) -> bool:
        """No items."""
        return not value


class Map:
    """map[string]T; printed with sorted keys."""

    zero: Any = None

    def __init__(self, item: Codec, go: str) -> None:
        self.item = item
        self.go = go

    def decode(self, value: Any, context: Context) -> Any:
        """An object or null."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise context.mismatch(value, self.go, "map")
        made: dict[str, Any] = {}
        pairs = value.pairs if isinstance(value, Duplicated) else value.items()
        for key, item in pairs:
            if key in made:
                context.duplicate(key)
            context.path.append(MapKey(key))
            made[key] = self.item.decode(item, context)
            context.path.pop()
        return dict(sorted(made.items())) if len(made) > 1 else made

    def empty(self, value: Any) -> bool:
        """No entries."""
        return not value


class Field:
    """A struct's field: its codec and what happens to its zero value; ``keep`` is printed when the field is absent."""

    __slots__ = ("codec", "drop", "extra", "name")

    def __init__(self, name: str, codec: Codec, *, omitempty: bool, omitzero: bool, extra: Mapping[str, Any]) -> None:
        self.name = name
        self.codec = codec
        self.extra = extra
        self.drop: Callable[[Any], bool] | None = None
        if omitzero:
            self.drop = lambda value: codec.empty(value) or value == codec.zero
        elif omitempty:
            self.drop = codec.empty

    @property
    def always(self) -> bool:
        """True if an absent field is printed."""
        return self.drop is None or not self.drop(self.codec.zero)


class Struct:
    """A Go struct with its inlined fields, in the order in which Go prints them."""

    def __init__(self, go: str) -> None:
        self.go = go
        self._name = go.rpartition(".")[2]
        self.atomic = False
        """Written as a whole: nobody owns a part of it."""
        self.fields: dict[str, Field] = {}
        self._always: list[Field] = []

    def complete(self, fields: list[Field]) -> None:
        """Set the fields (apart from the constructor, for types that contain themselves)."""
        self.fields = {field.name: field for field in fields}

    @property
    def zero(self) -> Any:
        """The struct with nothing set."""
        return self.decode({}, Context())

    def decode(self, value: Any, context: Context) -> Any:
        """An object or null."""
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise context.mismatch(value, self.go, "struct")
        outer, context.struct = context.struct, self._name
        made = self._read(value, context)
        context.struct = outer
        for field in self.always:
            if field.name not in made:
                made[field.name] = field.codec.zero
        return made

    @property
    def always(self) -> list[Field]:
        """The fields that are printed even when absent."""
        if not self._always and self.fields:
            self._always = [field for field in self.fields.values() if field.always]
        return self._always

    def _read(self, value: dict[str, Any], context: Context) -> dict[str, Any]:
        fields, path = self.fields, context.path
        made: dict[str, Any] = {}
        seen: set[str] | None = set() if isinstance(value, Duplicated) else None
        pairs = value.pairs if isinstance(value, Duplicated) else value.items()
        for key, item in pairs:
            field = fields.get(key)
            if seen is not None:
                if key in seen:
                    context.duplicate(key)
                seen.add(key)
            if field is None:
                context.unknown(key)
                continue
            path.append(key)
            decoded = field.codec.decode(item, context)
            path.pop()
            context.struct = self._name
            if seen is not None and isinstance(decoded, dict) and isinstance(made.get(key), dict):
                decoded = _merged(made[key], decoded)
            if field.drop is None or not field.drop(decoded) or (context.sent and _is_empty_map(decoded, field.codec)):
                made[key] = decoded
        return made

    def empty(self, value: Any) -> bool:
        """Never."""
        return False


def _is_empty_map(value: Any, codec: Codec) -> bool:
    return value == {} and isinstance(codec, Map)


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """What is left when an object is read into one that was read before (a field that stands twice)."""
    made = dict(first)
    for key, value in second.items():
        old = made.get(key)
        made[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return made


_ANY_MAP = Map(Anything(), "map[string]interface {}")
_ANY_LIST = Slice(Anything(), "[]interface {}")
