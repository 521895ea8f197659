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
    """Where the decoder is, and what strict decoding would complain about (unknown and duplicate fields, in order)."""

    __slots__ = ("path", "strict", "struct")

    def __init__(self) -> None:
        self.path: list[str | int] = []
        self.struct = ""
        self.strict: list[str] = []

    def mismatch(self, value: Any, target: str) -> DecodeError:
        """A value of the wrong JSON type (``target`` is Go's name of the wanted type)."""
        text = f"number {value}" if target[:3] in ("int", "uin") and isinstance(value, int | float) else kind_name(value)
        if isinstance(value, bool):
            text = "bool"
        fields = ".".join(step for step in self.path if isinstance(step, str) and not isinstance(step, MapKey))
        place = f"Go struct field {self.struct}.{fields}" if self.struct or fields else "Go value"
        return DecodeError(f"json: cannot unmarshal {text} into {place} of type {target}")

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


def join_path(steps: Iterable[str | int]) -> str:
    """``spec.containers[0].name``."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
