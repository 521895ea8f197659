"""Bodies and patched documents read as objects of a custom kind.

Source: apiextensions-apiserver ``pkg/apiserver/customresource_handler.go`` (schemaCoercingDecoder).
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import invalid as invalid_field
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.schema.codecs import Anything, Map, Struct
from kubegate.api.schema.decode import interpret, parse, strict_complaints, warnings_of, with_defaults
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.api.schema.table import builtin
from kubegate.api.status import StatusError, bad_request, invalid
from kubegate.registry.custom.kind import CustomKind
from kubegate.registry.custom.structural import prune

_DOCUMENT = Map(Anything(), "map[string]interface {}")


def decode_custom(body: bytes, content_type: str, kind: CustomKind, field_validation: str = "") -> tuple[Object, list[str]]:
    """The body of a create or update, and the warnings; raises `StatusError` (400; 422 for another kind)."""
    actual = GroupVersionKind("", "", "")
    try:
        parsed = parse(body, yaml=content_type == "application/yaml")
        actual = with_defaults(interpret(parsed.value), kind.gvk)
        obj, unknown = read_custom(parsed.value, kind, actual)
        complaints = strict_complaints(parsed.duplicates, unknown)
        if field_validation == "Strict" and complaints:
            raise DecodeError(f"strict decoding error: {', '.join(complaints)}")
    except DecodeError as error:
        named = actual.kind or kind.gvk.kind
        version = actual.version or kind.gvk.version
        text = f'{named} in version "{version}" cannot be handled as a {kind.gvk.kind}: {error.message}'
        raise StatusError(bad_request(text)) from error
    if (actual.group, actual.version) != (kind.gvk.group, kind.gvk.version):
        wanted = kind.gvk.api_version
        text = f"the API version in the data ({actual.api_version}) does not match the expected API version ({wanted})"
        raise StatusError(bad_request(text))
    if actual.kind != kind.gvk.kind:
        name = str(obj["metadata"].get("name") or "")
        wrong_kind = invalid_field("kind", actual.kind, f"must be {kind.gvk.kind}")
        raise StatusError(invalid(kind.gvk.group, actual.kind, name, [wrong_kind]))
    return obj, [] if field_validation == "Ignore" else warnings_of(complaints)


def read_custom(value: Any, kind: CustomKind, gvk: GroupVersionKind | None = None) -> tuple[Object, list[str]]:
    """A JSON value as an object of the kind, pruned, and what strict reading complains about; raises `DecodeError`."""
    context = Context()
    found = _DOCUMENT.decode(value, context) or {}
    gvk = gvk or with_defaults(interpret(value), kind.gvk)
    obj: Object = {"apiVersion": gvk.api_version, "kind": gvk.kind}
    obj |= {key: item for key, item in found.items() if key not in ("apiVersion", "kind")}
    obj["metadata"] = _metadata(found.get("metadata"), context)
    dropped = prune(obj, kind.schema)
    return obj, [*context.strict, *(f'unknown field "{path}"' for path in dropped)]


def _metadata(value: Any, context: Context) -> Any:
    codec = builtin().codec("meta/v1.ObjectMeta")
    assert isinstance(codec, Struct)
    if value is not None and not isinstance(value, dict):
        raise context.mismatch(value, codec.go, "struct")
    context.path.append("metadata")
    made = codec.decode(value or {}, context)
    context.path.pop()
    return made


def reader(kind: CustomKind) -> Any:
    """How patched documents are read (see `api.patch.apply.Reader`)."""

    def read(value: Any) -> tuple[Object, list[str]]:
        return read_custom(value, kind)

    return read
