"""How the values of mutation expressions change an object: as JSON patches, or by structured merge.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/mutating/patch/{json_patch,smd}.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.patched import read_patched
from kubegate.admission.policies.mutating.structs import to_json, type_problems
from kubegate.api.apply.merge import merge
from kubegate.api.apply.shape import ListShape, MapShape, Shape, builtin_shape
from kubegate.api.apply.validate import validate
from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.patch.errors import PatchDoesNotApply, TestFailed
from kubegate.api.patch.json_patch import apply_json_patch
from kubegate.api.schema.decode import strict_complaints
from kubegate.api.status import StatusError, internal
from kubegate.cel.values import type_name
from kubegate.errors import KubegateError


class MutationError(KubegateError):
    """The mutation does not apply; the message is the server's. It is for the failure policy."""

    code = "mutation"

    def __init__(self, message: str, steps: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.steps = steps
        """To what does not apply, in the policy."""


def json_patch(value: list[Any], obj: Object, kind: GroupVersionKind) -> Object:
    """The patched object; a ``test`` that fails leaves it as it is.

    Raises `MutationError`, or `StatusError` if the outcome is no object of its kind."""
    operations = [_operation(item) for item in value]
    try:
        patched: Object = apply_json_patch(obj, operations)
    except TestFailed:
        return obj
    except PatchDoesNotApply as error:
        raise MutationError(f"JSON Patch: {error.message}") from error
    return _decoded(patched, kind)


def _operation(item: Any) -> dict[str, Any]:
    problems = type_problems(getattr(item, "fields", {}).get("value"))
    if problems:
        raise MutationError(f"type mismatch: {problems}")
    operation: dict[str, Any] = to_json(item)
    return operation


def _decoded(patched: Object, kind: GroupVersionKind) -> Object:
    made, unknown = read_patched(patched, kind)
    if unknown:
        complaints = ", ".join(strict_complaints((), unknown))
        raise StatusError(internal(f"strict decoding error: {complaints}"))
    return made


def apply_configuration(value: Any, obj: Object, kind: GroupVersionKind) -> Object:
    """The object with the configuration merged in; raises `MutationError`."""
    problems = type_problems(value)
    if problems:
        raise MutationError(f"type mismatch: {problems}")
    if not hasattr(value, "fields"):
        raise MutationError(f"unsupported return type from ApplyConfiguration expression: {type_name(value)}")
    patch = {**to_json(value), "apiVersion": kind.api_version, "kind": kind.kind}
    shape = builtin_shape(kind)
    complaint = validate(shape, patch)
    if complaint:
        raise MutationError(f"error applying patch: failed to convert patch object to typed object: {complaint}")
    atomics = ", ".join(_atomics(shape, patch, ""))
    if atomics:
        what = f"may not mutate atomic arrays, maps or structs: {atomics}"
        raise MutationError(f"error applying patch: invalid ApplyConfiguration: {what}")
    merged: Object = merge(shape, obj, patch)
    return merged


def _atomics(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """The paths of what a patch may only replace as a whole."""
    if isinstance(shape, MapShape) and isinstance(value, dict):
        if shape.atomic:
            yield path
        for name, item in value.items():
            if name in shape.fields:
                yield from _atomics(shape.fields[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        if shape.relation == "atomic":
            yield path
        for index, item in enumerate(value):
            yield from _atomics(shape.item, item, f"{path}[{index}]")
