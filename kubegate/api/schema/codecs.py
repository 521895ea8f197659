"""How each Go type reads JSON and what it prints back: one codec a type (the plain ones are in `scalars`).

``decode`` turns a JSON value into what Go would print after reading it: unknown fields gone, omitempty zero values gone,
values without omitempty always there, quantities and timestamps canonical. ``zero`` is what an absent value prints as,
``empty(value)`` tells what omitempty drops (of a decoded value).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kubegate.api.schema.errors import Context, MapKey
from kubegate.api.schema.gojson import Duplicated, Float


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
            elif seen is not None and (item is not None or isinstance(field.codec, Pointer | Slice | Map)):
                made.pop(key, None)  # what stood there before is overwritten; null leaves plain values as they are
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
