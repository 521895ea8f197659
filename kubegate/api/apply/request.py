"""Apply requests: the YAML body and the live object in, the new object and warnings out.

Source: apiserver ``pkg/endpoints/handlers/patch.go`` (applyPatcher).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubegate.api.apply.manager import Writer, server_side_apply
from kubegate.api.go_json import type_error
from kubegate.api.names import Object
from kubegate.api.schema import goyaml
from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.gojson import plain
from kubegate.api.status import StatusError, bad_request

APPLY_PATCH = "application/apply-patch+yaml"


def apply_request(
    body: bytes,
    live: Object | None,
    writer: Writer,
    *,
    force: bool,
    field_validation: str = "",
    reader: Callable[[Any], Object] | None = None,
) -> tuple[Object, list[str]]:
    """Carry out a server-side apply (``live`` None creates); the object is not defaulted. Raises `StatusError`."""
    try:
        value, duplicates = goyaml.parse(body)
    except DecodeError as error:
        raise StatusError(bad_request(f"error decoding YAML: error converting YAML to JSON: {error.message}")) from error
    value = plain({} if value is None else value)
    if not isinstance(value, dict):
        problem = type_error(value, "", "map[string]interface {}")
        text = f"error decoding YAML: error unmarshaling JSON: while decoding JSON: {problem}"
        raise StatusError(bad_request(text))
    obj = server_side_apply(live, value, writer, force=force, reader=reader)
    if duplicates and field_validation == "Strict":
        lines = "".join(f"\n  {line}" for line in duplicates)
        text = f"error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:{lines}"
        raise StatusError(bad_request(text))
    return obj, [] if field_validation == "Ignore" else duplicates
