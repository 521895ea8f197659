"""What the registry does with objects of custom kinds.

Source: apiextensions-apiserver ``pkg/registry/customresource``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import GroupVersionResource, Object, metadata
from kubegate.registry.custom.conversion import Converter, Renaming
from kubegate.registry.custom.embedded import check_embedded
from kubegate.registry.custom.kind import CustomKind
from kubegate.registry.custom.rule_evaluation import evaluate
from kubegate.registry.custom.rules import RuleTree
from kubegate.registry.custom.structural import Schema, default, drop_nulls, prune
from kubegate.registry.custom.value_types import ROOT
from kubegate.registry.custom.values import ABSENT, validate, validate_lists
from kubegate.registry.interface import WriteContext
from kubegate.registry.metadata import validate_metadata, validate_metadata_update
from kubegate.registry.validation.names import dns_subdomain_name

_BLOCKING = frozenset(
    ("FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid")
)
_BLOCKED = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)
_MAX_INT32 = 2**31 - 1


class CustomRegistry:
    """Has the methods of `registry.Registry` for the kinds that ``kinds`` knows."""

    def __init__(
        self, kinds: Callable[[GroupVersionResource], CustomKind | None], converter: Converter | None = None
    ) -> None:
        self._kinds = kinds
        self._converter = converter or Renaming()

    def _kind(self, resource: GroupVersionResource) -> CustomKind:
        found = self._kinds(resource)
        if found is None:
            raise LookupError(f"no custom resource {resource}")
        return found

    def rule_tree(self, resource: GroupVersionResource) -> RuleTree:
        """The compiled rules of a kind."""
        return self._kind(resource).rules

    def default(self, resource: GroupVersionResource, obj: Object) -> None:
        """Drop nulls that may not be, fill in the schema's defaults, in place."""
        schema = self._kind(resource).schema
        drop_nulls(obj, schema)
        default(obj, schema)

    def to_storage(self, resource: GroupVersionResource, obj: Object) -> Object:
        """The object in the storage version. Raises `StatusError` if it cannot be converted."""
        kind = self._kind(resource)
        return self._converted([obj], kind, kind.stored_as.api_version, kind.stored_schema)[0]

    def from_storage(self, resource: GroupVersionResource, obj: Object) -> Object:
        """A stored object in the version asked for. Raises `StatusError` if it cannot be converted."""
        return self.all_from_storage(resource, [obj])[0]

    def all_from_storage(self, resource: GroupVersionResource, objects: Sequence[Object]) -> list[Object]:
        """`from_storage` of several, which are converted at once."""
        kind = self._kind(resource)
        return self._converted(objects, kind, kind.gvk.api_version, kind.schema)

    def _converted(self, objects: Sequence[Object], kind: CustomKind, api_version: str, schema: Schema) -> list[Object]:
        """What the version's schema does not know goes, and what it fills in is filled in."""
        if all(obj.get("apiVersion") == api_version for obj in objects):
            return list(objects)
        made = self._converter.convert(kind.conversion, objects, api_version)
        for obj, before in zip(made, objects, strict=True):
            if obj is not before:
                prune(obj, schema)
                drop_nulls(obj, schema)
                default(obj, schema)
        return made

    def prepare_create(self, resource: GroupVersionResource, obj: Object, context: WriteContext) -> None:
        """Drop the status, set the generation, in place."""
        if self._kind(resource).has_status:
            obj.pop("status", None)
        metadata(obj)["generation"] = 1

    def validate_create(self, resource: GroupVersionResource, obj: Object, context: WriteContext) -> list[FieldError]:
        """Everything wrong with a new object."""
        kind = self._kind(resource)
        if errors := _type_errors(obj, kind):
            return errors
        errors = validate_metadata(metadata(obj), kind.namespaced, dns_subdomain_name)
        return errors + _content_errors(obj, ABSENT, kind, context)

    def prepare_update(
        self, resource: GroupVersionResource, subresource: str, obj: Object, old: Object, context: WriteContext
    ) -> None:
        """Keep what this endpoint does not write, raise the generation, in place."""
        kind = self._kind(resource)
        if subresource == "status":
            _keep_all_but_status(obj, old)
        elif kind.has_status:
            _copy_key("status", old, obj)
        before = metadata(old).get("generation") or 0
        hidden = ("metadata", "status") if kind.has_status else ("metadata",)
        changed = _without(obj, hidden) != _without(old, hidden)
        metadata(obj)["generation"] = before + 1 if changed else before

    def validate_update(
        self, resource: GroupVersionResource, subresource: str, obj: Object, old: Object, context: WriteContext
    ) -> list[FieldError]:
        """Everything wrong with a changed object; what did not change is not complained about."""
        kind = self._kind(resource)
        if errors := _type_errors(obj, kind):
            return errors
        errors = validate_metadata_update(metadata(obj), metadata(old))
        return errors + _content_errors(obj, old, kind, context)

    def warnings(self, resource: GroupVersionResource, obj: Object, old: Object | None) -> list[str]:
        """Nothing: the deprecation of a version is said of every request, not of objects."""
        return []


def _without(obj: Object, keys: tuple[str, ...]) -> Object:
    return {key: value for key, value in obj.items() if key not in keys}


def _copy_key(key: str, source: Object, target: Object) -> None:
    if key in source:
        target[key] = source[key]
    else:
        target.pop(key, None)


def _keep_all_but_status(obj: Object, old: Object) -> None:
    status, has_status = obj.get("status"), "status" in obj
    fields = metadata(obj).get("managedFields")
    kept = copy.deepcopy(old)
    obj.clear()
    obj.update(kept)
    if has_status:
        obj["status"] = status
    else:
        obj.pop("status", None)
    if fields:
        metadata(obj)["managedFields"] = fields


def _type_errors(obj: Object, kind: CustomKind) -> list[FieldError]:
    errors = []
    if obj.get("kind") != kind.gvk.kind:
        errors.append(invalid("kind", obj.get("kind") or "", f"must be {kind.gvk.kind}"))
    if obj.get("apiVersion") != kind.gvk.api_version:
        errors.append(invalid("apiVersion", obj.get("apiVersion") or "", f"must be {kind.gvk.api_version}"))
    return errors


def _content_errors(obj: Object, old: Any, kind: CustomKind, context: WriteContext) -> list[FieldError]:
    errors = validate(_without(obj, ("apiVersion", "kind", "metadata")), _content_schema(kind), _content(old))
    errors += _scale_errors(obj, kind.scale or {})
    errors += check_embedded(obj, kind.schema)
    errors += validate_lists(obj, kind.schema)
    if not kind.rules:
        return errors
    if any(error.reason in _BLOCKING for error in errors):
        return [*errors, FieldError("FieldValueInvalid", ROOT, _BLOCKED, None)]
    return [*errors, *evaluate(kind.rules, obj, old, warnings=context.notices)]


def _content(old: Any) -> Any:
    return ABSENT if old is ABSENT else _without(old, ("apiVersion", "kind", "metadata"))


def _content_schema(kind: CustomKind) -> dict[str, Any]:
    hidden = ("apiVersion", "kind", "metadata")
    wanted = [key for key in kind.schema.get("required") or () if key not in hidden]
    return {**kind.schema, "required": wanted}


def _scale_errors(obj: Object, scale: Mapping[str, str]) -> list[FieldError]:
    errors = []
    for key in ("specReplicasPath", "statusReplicasPath"):
        path = scale.get(key) or ""
        found = _at(obj, path) if path else None
        if found is None:
            continue
        if isinstance(found, bool) or not isinstance(found, int):
            shown = {str: "string", float: "float64", bool: "bool"}.get(type(found), "map[string]interface {}")
            text = f"{path} accessor error: {found} is of the type {shown}, expected int64"
            errors.append(invalid(path, 0, text))
        elif found < 0:
            errors.append(invalid(path, found, "should be a non-negative integer"))
        elif found > _MAX_INT32:
            errors.append(invalid(path, found, f"should be less than or equal to {_MAX_INT32}"))
    return errors


def _at(obj: Any, path: str) -> Any:
    for key in path.lstrip(".").split("."):
        obj = obj.get(key) if isinstance(obj, dict) else None
    return obj
