"""Field numbers of Kubernetes' protobuf messages, from the descriptors that a kubectl binary carries.

``python tools/types/protobuf_numbers.py KUBECTL > kubegate/api/data/protobuf.json`` (needs the ``protobuf`` package; a
kubectl up to 1.34 still carries descriptors). A message is a list of ``[number, name, type]``; the type is a letter for a
scalar (``s`` string, ``b`` bytes, ``i`` integer, ``?`` bool, ``d`` double) or a message's name, after ``*`` if repeated,
``%`` if a map from strings, ``^`` if its fields stand among those of the enclosing message in JSON.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto

GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
SCALARS = {Field.TYPE_STRING: "s", Field.TYPE_BYTES: "b", Field.TYPE_BOOL: "?", Field.TYPE_DOUBLE: "d"}
ELSEWHERE = (
    "metrics",
    "extensions",
    "apps.v1beta",
    "admission.v1",
    "apidiscovery",
    "imagepolicy",
    "autoscaling.v2beta",
    "policy.v1beta1",
)
"""Messages of kinds that an API server does not store."""
INTEGERS = {Field.TYPE_INT32, Field.TYPE_INT64, Field.TYPE_UINT32, Field.TYPE_UINT64}


def files(binary: bytes) -> Iterator[FileDescriptorProto]:
    """The file descriptors in a Go binary: gzipped, one after the other somewhere in it."""
    for place in re.finditer(re.escape(GZIP), binary):
        try:
            content = zlib.decompressobj(31).decompress(binary[place.start() : place.start() + 4_000_000])
        except zlib.error:
            continue
        if content[:1] == b"\n" and b".proto" in content[:200]:
            yield FileDescriptorProto.FromString(content)


def short(name: str) -> str:
    """``.k8s.io.api.core.v1.Pod`` -> ``core.v1.Pod``."""
    for prefix in (".k8s.io.api.", ".k8s.io.apimachinery.pkg.apis.", ".k8s.io.apimachinery.pkg."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name.lstrip(".")


def schemas() -> dict[str, set[str]]:
    """Message name -> the fields that its JSON has."""
    spec = find_spec("kubernetes_validate")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "kubernetes-json-schema" / "v1.36.0-local" / "_definitions.json"
    definitions = json.loads(path.read_bytes())["$defs"]
    known = {}
    for name, schema in definitions.items():
        known[short("." + name.replace("io.k8s.", "k8s.io.", 1))] = set(schema.get("properties") or ())
    return known


def row(field: Any, nested: dict[str, Any], fields: set[str] | None) -> list[Any]:
    if field.type_name in nested:  # a map entry: key and value
        return [field.number, field.name, "%" + kind(nested[field.type_name].field[1])]
    letter = kind(field)
    if field.label == Field.LABEL_REPEATED:
        return [field.number, field.name, "*" + letter]
    if field.type == Field.TYPE_MESSAGE and fields and field.name not in fields:
        return [field.number, field.name, "^" + letter]
    return [field.number, field.name, letter]


def kind(field: Any) -> str:
    if field.type == Field.TYPE_MESSAGE:
        return short(field.type_name)
    return "i" if field.type in INTEGERS else SCALARS[field.type]


def main() -> None:
    """Print the table."""
    json_fields = schemas()
    messages: dict[str, Any] = {}
    for file in files(Path(sys.argv[1]).read_bytes()):
        for message in file.message_type:
            name = f".{file.package}.{message.name}"
            nested = {f"{name}.{inner.name}": inner for inner in message.nested_type}
            fields = json_fields.get(short(name))
            if not short(name).startswith(ELSEWHERE) and not name.endswith("List"):
                messages[short(name)] = [row(field, nested, fields) for field in message.field]
    rows = [f'"{name}":{json.dumps(messages[name], separators=(",", ":"))}' for name in sorted(messages)]
    print("{" + ",\n".join(rows) + "}")


if __name__ == "__main__":
    main()
