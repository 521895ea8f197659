"""The patches that mutating webhooks answer with.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/mutating/dispatcher.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.patched import read_patched
from kubegate.admission.webhooks.answers import Response
from kubegate.admission.webhooks.errors import CallFailed, Refused
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.errors import PatchDoesNotApply
from kubegate.api.patch.json_patch import apply_json_patch
from kubegate.api.schema import gojson
from kubegate.api.schema.errors import DecodeError
from kubegate.api.status import StatusError, internal


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
        return read_patched(apply_json_patch(obj, operations), kind)[0]
    except PatchDoesNotApply as error:
        raise Refused(internal(error.message)) from error
    except StatusError as error:
        raise Refused(error.status) from error
