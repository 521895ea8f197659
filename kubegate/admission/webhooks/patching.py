"""The patches that mutating webhooks answer with.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/mutating/dispatcher.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.webhooks.answers import Response
from kubegate.admission.webhooks.errors import CallFailed, Refused
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.errors import PatchDoesNotApply
from kubegate.api.patch.json_patch import apply_json_patch
from kubegate.api.schema import gojson
from kubegate.api.schema.decode import interpret, to_object, with_defaults
from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.table import builtin
from kubegate.api.status import Status, internal


def operations_of(name: str, response: Response) -> list[dict[str, Any]]:
    """The operations of a patch; raises `CallFailed`."""
    try:
        operations = gojson.plain(gojson.parse(response.patch))
    except DecodeError as error:
        raise CallFailed(name, f"received undecodable patch in webhook response: {error.message}") from error
    if operations is None:
        return []
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        kind = "object" if isinstance(operations, dict) else "value"
        why = f"json: cannot unmarshal {kind} into Go value of type jsonpatch.Patch"
        raise CallFailed(name, f"received undecodable patch in webhook response: {why}")
    return operations


def apply_patch(
    name: str, response: Response, operations: list[dict[str, Any]], obj: Object, kind: GroupVersionKind
) -> Object:
    """The patched object; raises `CallFailed` or `Refused`."""
    if response.patch_type != "JSONPatch":
        raise CallFailed(name, f'unsupported patch type "{response.patch_type}"')
    try:
        patched: Object = apply_json_patch(obj, operations)
        found = with_defaults(interpret(patched), kind)
        made = patched if builtin().kind(kind) is None else to_object(patched, found)[0]
    except (PatchDoesNotApply, DecodeError) as error:
        raise Refused(internal(error.message)) from error
    if found != kind:
        package = kind.group.partition(".")[0] or "core"
        why = f"converting ({found.version}.{found.kind}) to ({package}.{kind.kind}): unknown conversion"
        raise Refused(Status(500, "", why))
    return made
