"""What a conversion webhook may change of an object: everything but what it is; of the metadata, labels and annotations.

Source: apiextensions-apiserver ``pkg/apiserver/conversion/webhook_converter.go``.
"""

from __future__ import annotations

import copy
from typing import Any

from kubegate.api.field_errors import FieldError, aggregate
from kubegate.api.names import Object
from kubegate.registry.metadata import validate_annotations, validate_labels

_SAME = (("name", "name"), ("namespace", "namespace"), ("uid", "UID"))


class Unfaithful(Exception):
    """The answer is not the object; ``part`` is ``object`` or ``metadata``."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(text)
        self.part = part


def restored(obj: Object, made: Any, api_version: str) -> Object:
    """The converted object with the original's metadata but its own labels and annotations. Raises `Unfaithful`."""
    if not isinstance(made, dict):
        raise Unfaithful("object", "invalid type, expected an object")
    if (given := made.get("apiVersion") or "") != api_version:
        raise Unfaithful("object", f"invalid groupVersion (expected {api_version}, received {given})")
    if (kind := made.get("kind") or "") != obj.get("kind"):
        raise Unfaithful("object", f"invalid kind (expected {obj.get('kind')}, received {kind})")
    original, meta = obj.get("metadata") or {}, made.get("metadata")
    for key, shown in _SAME:
        before, after = original.get(key) or "", (meta.get(key) if isinstance(meta, dict) else "") or ""
        if before != after:
            raise Unfaithful("object", f"must have the same {shown}: {before} != {after}")
    if "metadata" not in made:
        raise Unfaithful("metadata", "missing metadata in converted object")
    if not isinstance(meta, dict):
        raise Unfaithful("metadata", f"invalid metadata of type {_go_type(meta)} in converted object")
    return {**made, "metadata": _metadata(original, meta)}


def _metadata(original: Object, meta: Object) -> Object:
    kept: Object = copy.deepcopy(original)
    for key in ("labels", "annotations"):
        found = meta.get(key)
        if found is None:
            kept.pop(key, None)
            continue
        if not isinstance(found, dict):
            raise Unfaithful("metadata", f"invalid metadata.{key} of type {_go_type(found)} in converted object")
        for name, value in found.items():
            if not isinstance(value, str):
                text = f"metadata.{key}[{name}] must be a string, but is {_go_type(value)} in converted object"
                raise Unfaithful("metadata", text)
        if found != original.get(key) and (errors := _complaints(key, found)):
            raise Unfaithful("metadata", aggregate(errors))
        kept[key] = found
    return kept


def _complaints(key: str, found: dict[str, str]) -> list[FieldError]:
    errors: list[FieldError] = []
    if key == "labels":
        validate_labels(found, "metadata.labels", errors)
    else:
        validate_annotations(found, "metadata.annotation", errors)
    return errors


def _go_type(value: Any) -> str:
    names = {
        str: "string",
        bool: "bool",
        int: "int64",
        float: "float64",
        list: "[]interface {}",
        dict: "map[string]interface {}",
    }
    return names.get(type(value), "<nil>")
