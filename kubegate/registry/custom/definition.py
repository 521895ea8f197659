"""The kind CustomResourceDefinition itself: defaults, preparation, validation.

Source: apiextensions-apiserver ``pkg/registry/customresourcedefinition/strategy.go``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.go import quote
from kubegate.api.names import Object, name_of
from kubegate.registry.custom.definition_checks import check_definition, check_definition_update, check_names
from kubegate.registry.custom.formats import kept_format
from kubegate.registry.custom.structural import parts
from kubegate.registry.interface import Strategy, Subresource, WriteContext

RESOURCE = "customresourcedefinitions.apiextensions.k8s.io"


def default(obj: Object) -> None:
    """Fill in names, scope and conversion."""
    spec = obj.setdefault("spec", {})
    names = spec.get("names")
    if isinstance(names, dict):
        if not names.get("singular"):
            names["singular"] = (names.get("kind") or "").lower()
        if not names.get("listKind") and names.get("kind"):
            names["listKind"] = f"{names['kind']}List"
        for key in ("singular", "listKind"):
            if not names.get(key):
                names.pop(key, None)
    if not spec.get("conversion"):
        spec["conversion"] = {"strategy": "None"}
    webhook = spec["conversion"].get("webhook") or {}
    service = (webhook.get("clientConfig") or {}).get("service")
    if service and service.get("port") is None:
        service["port"] = 443


def _empty_status() -> Object:
    return {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": None}


def _store_version(obj: Object) -> None:
    status = obj.setdefault("status", _empty_status())
    for version in (obj.get("spec") or {}).get("versions") or ():
        if version.get("storage"):
            stored = status.get("storedVersions") or []
            if version.get("name") not in stored:
                status["storedVersions"] = [*stored, version.get("name")]
            break


def _prepare(obj: Object, context: WriteContext) -> None:
    _store_version(obj)


def _prepare_update(obj: Object, old: Object, context: WriteContext) -> None:
    obj["status"] = {**(obj.get("status") or _empty_status())}
    _store_version(obj)


def _check_name(obj: Object) -> list[FieldError]:
    spec = obj.get("spec") or {}
    wanted = f"{(spec.get('names') or {}).get('plural') or ''}.{spec.get('group') or ''}"
    name = name_of(obj)
    return [] if name == wanted or not name else [invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    return [*_check_name(obj), *check_definition(obj)]


def _validate_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return check_definition_update(obj, old)


def _validate_status(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    return check_names((obj.get("status") or {}).get("acceptedNames") or {}, "status.acceptedNames")


def _unrecognized(obj: Object) -> list[str]:
    versions = (obj.get("spec") or {}).get("versions") or ()
    schemas = [(version.get("schema") or {}).get("openAPIV3Schema") or {} for version in versions]
    found = (each for schema in schemas for each in parts(schema) if each.get("format") and not kept_format(each))
    return list(dict.fromkeys(each["format"] for each in found))


def _warnings(obj: Object, old: Object | None) -> list[str]:
    before = [] if old is None else _unrecognized(old)
    return [f"unrecognized format {quote(name)}" for name in _unrecognized(obj) if name not in before]


DEFINITION = Strategy(
    resource=RESOURCE,
    namespaced=False,
    has_status=True,
    initial_status=_empty_status,
    generation=("spec",),
    default=default,
    prepare=_prepare,
    validate=_validate,
    prepare_update=_prepare_update,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(metadata=("managedFields", "finalizers"), validate=_validate_status)},
)
