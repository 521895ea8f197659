"""Kubernetes' protobuf form of an object -> its JSON form. Typed clients, kubectl's ``create`` among them, send it.

The envelope is ``k8s\\0`` and a ``runtime.Unknown`` that names the kind; inside, messages with the field numbers of
``data/protobuf.json``. Scalars are all sent, also empty ones; which of them JSON leaves out is the schema's business.
Source: apimachinery ``runtime/serializer/protobuf``; https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import orjson

from kubegate.api.duration import format_duration
from kubegate.api.names import Object, split_api_version
from kubegate.errors import InvalidInput

MAGIC = b"k8s\x00"
MAX_DEPTH = 64
"""Messages inside messages; more is an attack."""

_Fields: TypeAlias = dict[int, tuple[str, str]]
_GROUPS = {
    "": "core",
    "rbac.authorization.k8s.io": "rbac",
    "flowcontrol.apiserver.k8s.io": "flowcontrol",
}
_META_KINDS = frozenset({"DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions", "Status"})


class ProtobufError(InvalidInput):
    """The bytes are not what they say they are."""

    code = "protobuf"


def decode(body: bytes) -> Object:
    """The object of an envelope as plain JSON values. Raises `ProtobufError`."""
    if not body.startswith(MAGIC):
        raise ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    envelope = _message(memoryview(body)[len(MAGIC) :], "runtime.Unknown", 0)
    about = envelope.get("typeMeta") or {}
    api_version, kind = about.get("apiVersion") or "", about.get("kind") or ""
    raw = base64.b64decode(envelope.get("raw") or "")
    if envelope.get("contentType") == "application/json":
        return _json_object(raw)
    obj = _message(memoryview(raw), message_name(api_version, kind), 0)
    return {"apiVersion": api_version, "kind": kind, **obj}


def message_name(api_version: str, kind: str) -> str:
    """``apps/v1``, ``Deployment`` -> ``apps.v1.Deployment``. Raises `ProtobufError` for kinds that have no protobuf form."""
    group, version = split_api_version(api_version)
    folder = _GROUPS.get(group) or group.removesuffix(".k8s.io")
    name = f"meta.v1.{kind}" if kind in _META_KINDS else f"{folder}.{version}.{kind}"
    if name not in _table():
        raise ProtobufError(f'no kind "{kind}" is registered for version "{api_version}" in protobuf form')
    return name


def _json_object(raw: bytes) -> Object:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ProtobufError("proto: embedded JSON cannot be read") from error
    if not isinstance(found, dict):
        raise ProtobufError("proto: embedded JSON is no object")
    return found


@cache
def _table() -> dict[str, list[list[Any]]]:
    data: dict[str, list[list[Any]]] = orjson.loads(files("kubegate.api").joinpath("data/protobuf.json").read_bytes())
    return data


@cache
def _fields(message: str) -> _Fields:
    return {number: (name, kind) for number, name, kind in _table()[message]}


def _message(data: memoryview, message: str, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise ProtobufError("proto: messages are nested too deeply")
    fields = _fields(message)
    found: dict[str, Any] = {}
    for number, value in _records(data):
        if number not in fields:
            continue  # a field of a newer version: dropped, as the server drops what it does not know
        name, kind = fields[number]
        if kind[0] == "*":
            found.setdefault(name, []).append(_value(value, kind[1:], depth))
        elif kind[0] == "%":
            key, item = _entry(value, kind[1:], depth)
            found.setdefault(name, {})[key] = item
        elif kind[0] == "^":
            found.update(_value(value, kind[1:], depth))
        else:
            found[name] = _value(value, kind, depth)
    return found


def _entry(data: Any, kind: str, depth: int) -> tuple[str, Any]:
    key, item = "", None
    for number, value in _records(_bytes(data)):
        if number == 1:
            key = _value(value, "s", depth)
        else:
            item = _value(value, kind, depth)
    return key, item if item is not None else _value(_zero(kind), kind, depth)


def _zero(kind: str) -> Any:
    return 0 if kind in ("i", "?") else memoryview(b"")


def _value(value: Any, kind: str, depth: int) -> Any:
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(_bytes(value))
    if len(kind) > 1:
        return _message(_bytes(value), kind, depth + 1)
    return _SCALARS[kind](value)


def _bytes(value: Any) -> memoryview:
    if not isinstance(value, memoryview):
        raise ProtobufError("proto: wrong wireType for a length-delimited field")
    return value


def _text(value: Any) -> str:
    try:
        return str(_bytes(value), "utf-8")
    except UnicodeDecodeError as error:
        raise ProtobufError("proto: a string holds invalid UTF-8") from error


def _integer(value: Any) -> int:
    if not isinstance(value, int):
        raise ProtobufError("proto: wrong wireType for an integer")
    return value - (1 << 64) if value >= 1 << 63 else value


def _double(value: Any) -> float:
    return float(struct.unpack("<d", _integer(value).to_bytes(8, "little", signed=True))[0])


def _plain(message: str) -> Callable[[memoryview], dict[str, Any]]:
    return lambda data: _message(data, message, 0)


def _time(layout: str) -> Callable[[memoryview], str | None]:
    """A moment; the zero one (an empty message) is null."""

    def read(data: memoryview) -> str | None:
        parts = _message(data, "meta.v1.Timestamp", 0)
        seconds, nanos = parts.get("seconds", 0), parts.get("nanos", 0)
        if not len(data):
            return None
        try:
            moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanos // 1000)
        except (ValueError, OverflowError, OSError) as error:
            raise ProtobufError("proto: a time is out of range") from error
        return moment.strftime(layout)

    return read


def _quantity(data: memoryview) -> str:
    return str(_message(data, "api.resource.Quantity", 0).get("string") or "0")


def _int_or_string(data: memoryview) -> int | str:
    parts = _message(data, "util.intstr.IntOrString", 0)
    text: str = parts.get("strVal") or ""
    return text if parts.get("type") == 1 else int(parts.get("intVal") or 0)


def _raw_json(message: str, field: str) -> Callable[[memoryview], Any]:
    def read(data: memoryview) -> Any:
        raw = base64.b64decode(_message(data, message, 0).get(field) or "")
        try:
            return orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError as error:
            raise ProtobufError("proto: embedded JSON cannot be read") from error

    return read


def _items(message: str) -> Callable[[memoryview], list[Any]]:
    return lambda data: _message(data, message, 0).get("items") or []


def _go_duration(data: memoryview) -> str:
    return format_duration(_message(data, "meta.v1.Duration", 0).get("duration") or 0)


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "s": _text,
    "b": lambda value: base64.b64encode(_bytes(value)).decode(),
    "i": _integer,
    "?": lambda value: bool(_integer(value)),
    "d": _double,
}
_SPECIAL: dict[str, Callable[[memoryview], Any]] = {
    "meta.v1.Time": _time("%Y-%m-%dT%H:%M:%SZ"),
    "meta.v1.MicroTime": _time("%Y-%m-%dT%H:%M:%S.%fZ"),
    "meta.v1.Duration": _go_duration,
    "meta.v1.FieldsV1": _raw_json("meta.v1.FieldsV1", "Raw"),
    "runtime.RawExtension": _raw_json("runtime.RawExtension", "raw"),
    "api.resource.Quantity": _quantity,
    "util.intstr.IntOrString": _int_or_string,
    **{
        f"{group}.ExtraValue": _items(f"{group}.ExtraValue")
        for group in ("authentication.v1", "authorization.v1", "authorization.v1beta1", "certificates.v1")
    },
}


def _records(data: memoryview) -> Iterator[tuple[int, Any]]:
    """The (field number, value) pairs of a message: an int for varints and fixed sizes, a view for what has a length."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise ProtobufError("proto: illegal tag 0")
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ProtobufError(f"proto: illegal wireType {wire}")
        if at + size > end:
            raise ProtobufError("unexpected EOF")
        chunk = data[at : at + size]
        yield number, chunk if wire == 2 else int.from_bytes(chunk, "little")
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise ProtobufError("unexpected EOF")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
        if shift > 63:
            raise ProtobufError("proto: integer overflow")
