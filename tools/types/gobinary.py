"""Reads the types compiled into a Go binary (ELF, x86-64): names, fields, tags.

What `encoding/json` does with a type depends on facts that no OpenAPI document holds: pointer or value, omitempty, the
order of the fields. Every Go binary carries them for reflection; kubectl holds all types of k8s.io/api.
Layout: Go's internal/abi (`Type`, `StructType`, `Name`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

KINDS = (
    *("invalid", "bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr"),
    *(
        "float32",
        "float64",
        "complex64",
        "complex128",
        "array",
        "chan",
        "func",
        "interface",
        "map",
        "ptr",
        "slice",
        "string",
    ),
    *("struct", "unsafe"),
)
_UNCOMMON_AT = {"struct": 80, "ptr": 56, "slice": 56, "array": 72, "map": 112, "interface": 80, "func": 56, "chan": 64}
_NOBITS = 8


class GoField(NamedTuple):
    """A struct's field; ``type`` is printed with full package paths (``*k8s.io/api/core/v1.Probe``)."""

    name: str
    tag: str
    embedded: bool
    type: str


@dataclass
class GoType:
    """A named type: its kind, how Go prints it (``v1.Pod``), what it is made of."""

    kind: str
    name: str
    package: str
    named: bool
    element: int = 0
    key: int = 0
    raw_fields: list[tuple[str, str, bool, int]] = field(default_factory=list)


class GoBinary:
    """The types reachable from a binary's typelinks."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self._types: dict[int, GoType] = {}
        sections = self._sections()
        loaded = [row for row in sections.values() if row[0] and row[3] != _NOBITS]
        self._ranges = [(addr, addr + size, offset) for addr, offset, size, _ in loaded]
        self._base = sections[".rodata"][0]
        _, offset, size, _ = sections[".typelink"]
        for at in range(offset, offset + size, 4):
            self._type(self._base + struct.unpack_from("<i", self._data, at)[0])

    def _sections(self) -> dict[str, tuple[int, int, int, int]]:
        table = struct.unpack_from("<Q", self._data, 0x28)[0]
        size, count, names = struct.unpack_from("<HHH", self._data, 0x3A)
        rows = [struct.unpack_from("<IIQQQQ", self._data, table + i * size) for i in range(count)]
        strings = rows[names][4]
        found = {}
        for name, kind, _, addr, offset, length in rows:
            end = self._data.index(b"\0", strings + name)
            found[self._data[strings + name : end].decode()] = (addr, offset, length, kind)
        return found

    def _offset(self, address: int) -> int:
        for low, high, offset in self._ranges:
            if low <= address < high:
                return offset + address - low
        raise ValueError(f"address {address:#x} is in no section")

    def _varint(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = self._data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value, at

    def _name(self, address: int) -> tuple[str, str, bool]:
        at = self._offset(address)
        flags = self._data[at]
        length, at = self._varint(at + 1)
        name, tag = self._data[at : at + length].decode(), ""
        if flags & 2:
            size, start = self._varint(at + length)
            tag = self._data[start : start + size].decode()
        return name, tag, bool(flags & 8)

    def _type(self, address: int) -> GoType:
        if address in self._types:
            return self._types[address]
        at = self._offset(address)
        _, _, _, tflag, _, _, kind_byte, _, _, text, _ = struct.unpack_from("<QQIBBBBQQii", self._data, at)
        kind = KINDS[kind_byte & 31]
        name = self._name(self._base + text)[0]
        if tflag & 2 and name.startswith("*"):
            name = name[1:]
        made = self._types[address] = GoType(kind, name, "", bool(tflag & 4))
        if tflag & 1:
            package = struct.unpack_from("<i", self._data, at + _UNCOMMON_AT.get(kind, 48))[0]
            made.package = self._name(self._base + package)[0] if package else ""
        if kind in ("ptr", "slice", "array"):
            made.element = struct.unpack_from("<Q", self._data, at + 48)[0]
            self._type(made.element)
        elif kind == "map":
            made.key, made.element = struct.unpack_from("<QQ", self._data, at + 48)
            self._type(made.key)
            self._type(made.element)
        elif kind == "struct":
            self._fields(made, at)
        return made

    def _fields(self, made: GoType, at: int) -> None:
        _, fields, count, _ = struct.unpack_from("<QQQQ", self._data, at + 48)
        for i in range(count):
            name, type_address, _ = struct.unpack_from("<QQQ", self._data, self._offset(fields) + 24 * i)
            made.raw_fields.append((*self._name(name), type_address))
        if "k8s.io" in made.package or not made.package:
            for raw in made.raw_fields:
                self._type(raw[3])

    def _text(self, address: int) -> str:
        found = self._types[address]
        if found.named:
            return f"{found.package}.{found.name.rpartition('.')[2]}" if found.package else found.name
        if found.kind == "ptr":
            return "*" + self._text(found.element)
        if found.kind in ("slice", "array"):
            return "[]" + self._text(found.element)
        if found.kind == "map":
            return f"map[{self._text(found.key)}]{self._text(found.element)}"
        return found.name

    def named_types(self) -> dict[str, tuple[str, str, list[GoField]]]:
        """Full name -> (kind, element type or "", fields) of every named type."""
        found = {}
        for address, made in self._types.items():
            if not (made.named and made.package):
                continue
            fields = [GoField(n, tag, emb, self._text(t)) for n, tag, emb, t in made.raw_fields if t in self._types]
            element = self._text(made.element) if made.element else ""
            found[self._text(address)] = (made.kind, element, fields)
        return found
