"""Errors of decoding, in the words of Go's JSON decoder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubegate.api.go_json import kind_name
from kubegate.errors import KubegateError


class DecodeError(KubegateError):
    """The body cannot be read as the kind that it should be; ``message`` is the decoder's own."""

    code = "decode"


class MapKey(str):
    """A step of a path that goes through a map's key: the decoder's type errors leave it out."""

    __slots__ = ()


class Context:
    """Where the decoder is, and what strict decoding would complain about (unknown and duplicate fields, in order).

    ``stored``: empty lists become null, as in the store's encoding, which does not know them.
    ``sent``: empty maps stay, as Go has them while a request is on its way: rules that ask whether a map was given, and the
    messages that show it, tell them from absent ones.
    """

    __slots__ = ("path", "sent", "stored", "strict", "struct")

    def __init__(self, *, stored: bool = False, sent: bool = False) -> None:
        self.stored = stored
        self.sent = sent
        self.path: list[str | int] = []
        self.struct = ""
        self.strict: list[str] = []

    def mismatch(self, value: Any, target: str, kind: str = "") -> DecodeError:
        """A value of the wrong JSON type (``target`` is Go's name of the wanted type, ``kind`` its reflection kind)."""
        text = kind_name(value)
        if text == "number" and kind == "int":
            text = f"number {value}"
        fields = ".".join(step for step in self.path if isinstance(step, str) and not isinstance(step, MapKey))
        place = f"Go struct field {self.struct}.{fields}" if self.struct or fields else "Go value"
        return DecodeError(f"json: cannot unmarshal {text} into {place} of type {target}")

    def integer(self, value: Any, target: str, low: int, high: int) -> int:
        """A value that is no integer literal within the range."""
        raise self.mismatch(value, target, "int")

    def unknown(self, key: str) -> None:
        """A field that the type does not have."""
        self._complain(f'unknown field "{self._strict_path(key)}"')

    def duplicate(self, key: str) -> None:
        """A key that stands twice in one object."""
        self._complain(f'duplicate field "{self._strict_path(key)}"')

    def _complain(self, text: str) -> None:
        if text not in self.strict:
            self.strict.append(text)

    def _strict_path(self, key: str) -> str:
        return join_path([*self.path, key])


class ConverterContext(Context):
    """The same for patched documents of strategic merge patches, which a converter with errors of its own reads.

    Source: apimachinery ``runtime.DefaultUnstructuredConverter``."""

    __slots__ = ()

    def mismatch(self, value: Any, target: str, kind: str = "") -> DecodeError:
        """A value of the wrong JSON type."""
        source = _go_kind(value)
        if kind in ("slice", "map"):
            return DecodeError(f"cannot restore {kind} from {source}")
        if kind == "struct":
            return DecodeError(f"cannot restore struct from: {source}")
        if kind == "string" and source == "int64":
            return DecodeError(f"cannot convert int64 to {target}")
        return DecodeError(f"unrecognized type: {target if kind == 'int' else kind or target}")

    def integer(self, value: Any, target: str, low: int, high: int) -> int:
        """Whole floats become integers, and integers out of range wrap around."""
        if isinstance(value, float) and not value.is_integer():
            raise DecodeError(f"cannot convert float64 to {target}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.mismatch(value, target, "int")
        return (int(value) - low) % (high - low + 1) + low


def _go_kind(value: Any) -> str:
    kinds = ((bool, "bool"), (int, "int64"), (float, "float64"), (str, "string"), (list, "slice"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "map")


def join_path(steps: Iterable[str | int]) -> str:
    """``spec.containers[0].name``."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
