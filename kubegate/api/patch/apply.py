"""Patch requests: body and current object in, patched object and warnings out, with the server's errors.

Source: apiserver ``pkg/endpoints/handlers/patch.go``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from kubegate.api.field_errors import invalid as invalid_field
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.errors import BadPatch, PatchDoesNotApply, PatchError
from kubegate.api.patch.go_print import go_print
from kubegate.api.patch.json_patch import apply_json_patch
from kubegate.api.patch.lazy import dump
from kubegate.api.patch.merge_patch import apply_merge_patch
from kubegate.api.patch.strategic import apply_strategic_patch
from kubegate.api.schema import gojson
from kubegate.api.schema.codecs import Anything, Field, Map, Slice, Struct
from kubegate.api.schema.decode import interpret, normalize, to_object, with_defaults
from kubegate.api.schema.errors import Context, ConverterContext, DecodeError
from kubegate.api.schema.scalars import Text
from kubegate.api.schema.table import builtin
from kubegate.api.status import Status, StatusError, bad_request, invalid, too_large

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
MAX_OPERATIONS = 10_000
_NO_DETAILS = "the server rejected our request due to an error in our request"

Reader = Callable[[Any], tuple[Object, list[str]]]
"""Reads a patched JSON value as an object; answers strict complaints too; raises `DecodeError`."""


def builtin_reader(gvk: GroupVersionKind) -> Reader:
    """The reader of a built-in kind: the document must still be of that kind."""

    def read(value: Any) -> tuple[Object, list[str]]:
        actual = with_defaults(interpret(value), gvk)
        obj, complaints = to_object(value, actual)
        if actual != gvk:
            raise DecodeError(f"converting ({actual.version}.{actual.kind}) to ({gvk.kind}): unknown conversion")
        return obj, complaints

    return read


def apply_patch(
    content_type: str,
    body: bytes,
    current: Object,
    gvk: GroupVersionKind,
    field_validation: str = "",
    *,
    reader: Reader | None = None,
) -> tuple[Object, list[str]]:
    """Apply a JSON, merge or strategic merge patch to ``current`` (in the request's version; not changed).

    ``reader`` reads custom resources. Answers the new object and the warnings; raises `StatusError`."""
    if content_type == STRATEGIC_PATCH:
        return _strategic(body, current, gvk, field_validation)
    return _json(content_type, body, current, field_validation, gvk, reader or builtin_reader(gvk))


def _json(
    content_type: str, body: bytes, current: Object, field_validation: str, gvk: GroupVersionKind, reader: Reader
) -> tuple[Object, list[str]]:
    patch, complaints = _read_patch(content_type, body, field_validation)
    document = normalize(gvk, current)
    try:
        if content_type == JSON_PATCH:
            patched = apply_json_patch(document, patch)
        else:
            patched = apply_merge_patch(document, patch)
    except PatchDoesNotApply as error:
        raise StatusError(Status(422, "Invalid", _NO_DETAILS, {})) from error
    try:
        obj, unknown = reader(patched)
    except DecodeError as error:
        raise _invalid_patch(dump(patched), error.message) from error
    return obj, _complain([*complaints, *unknown], field_validation, lambda: dump(patched))


def _read_patch(content_type: str, body: bytes, field_validation: str) -> tuple[Any, list[str]]:
    strict = field_validation != "Ignore"
    context = Context()
    try:
        value = gojson.parse(body)
        if strict:
            codec = _OPERATIONS if content_type == JSON_PATCH else _DOCUMENT
            codec.decode(value, context)
    except DecodeError as error:
        if content_type == MERGE_PATCH and not strict:
            raise StatusError(bad_request("Invalid JSON Patch")) from error
        raise StatusError(bad_request(f"error decoding patch: {error.message}" if strict else error.message)) from error
    if content_type == JSON_PATCH:
        operations = _check_operations(gojson.plain(value, keep_duplicates=True))
        return operations, [f"json patch {text}" for text in context.strict]
    value = gojson.plain(value)
    if value is None or not isinstance(value, dict | list):
        raise StatusError(bad_request("Invalid JSON Patch"))
    return value, context.strict


def _check_operations(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        value = [] if value is None else _refuse(value, "jsonpatch.Patch")
    for item in value:
        if not isinstance(item, dict):
            _refuse(item, "jsonpatch.Operation")
    if len(value) > MAX_OPERATIONS:
        text = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(value)}"
        raise StatusError(too_large(text))
    operations: list[dict[str, Any]] = value
    return operations


def _refuse(value: Any, target: str) -> list[dict[str, Any]]:
    raise StatusError(bad_request(Context().mismatch(value, target).message))


def _strategic(body: bytes, current: Object, gvk: GroupVersionKind, field_validation: str) -> tuple[Object, list[str]]:
    context = Context()
    try:
        patch = _DOCUMENT.decode(gojson.parse(body), context) or {}
    except DecodeError as error:
        raise StatusError(bad_request(error.message)) from error
    codec = builtin().kind(gvk)
    if codec is None:
        raise StatusError(Status(500, "", f'no kind "{gvk.kind}" is registered for version "{gvk.api_version}"'))
    shown = copy.deepcopy(patch)
    try:
        merged = apply_strategic_patch(normalize(gvk, current), patch, codec)
    except BadPatch as error:
        raise StatusError(bad_request(error.message)) from error
    except PatchDoesNotApply as error:
        raise StatusError(Status(422, "Invalid", _NO_DETAILS, {})) from error
    except PatchError as error:
        raise StatusError(Status(500, "", error.message)) from error
    converter = ConverterContext()
    try:
        obj = codec.decode(merged, converter)
    except DecodeError as error:
        raise _invalid_patch(go_print(shown), error.message) from error
    complaints = [*context.strict, *sorted(converter.strict)]
    warnings = _complain(complaints, field_validation, lambda: go_print(shown))
    named = {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
    return {"kind": gvk.kind, "apiVersion": gvk.api_version, **named}, warnings


def _complain(complaints: Sequence[str], field_validation: str, shown: Callable[[], str]) -> list[str]:
    if field_validation == "Strict" and complaints:
        raise _invalid_patch(shown(), f"strict decoding error: {', '.join(complaints)}")
    return [] if field_validation == "Ignore" else list(complaints)


def _invalid_patch(shown: str, problem: str) -> StatusError:
    return StatusError(invalid("", "", "", [invalid_field("patch", shown, problem)]))


def _operation_codec() -> Slice:
    made = Struct("handlers.jsonPatchOp")
    texts = [Field(name, Text("string"), omitempty=False, omitzero=False, extra={}) for name in ("op", "path", "from")]
    made.complete([*texts, Field("value", Anything(), omitempty=False, omitzero=False, extra={})])
    return Slice(made, "[]handlers.jsonPatchOp")


_OPERATIONS = _operation_codec()
_DOCUMENT = Map(Anything(), "map[string]interface {}")
