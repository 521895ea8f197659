"""Whether a CustomResourceDefinition is valid.

What all versions have alike - schema, subresources, columns, fields to select by - the server keeps once, at the top: hence
paths such as ``spec.validation``. Source: apiextensions-apiserver ``pkg/apis/apiextensions/validation``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.field_errors import FieldError, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.custom import internal_print
from kubegate.registry.custom.conversion_checks import check_bundle, check_conversion
from kubegate.registry.custom.schema_checks import check_schema, check_status_root
from kubegate.registry.custom.selectable_checks import check_selectable
from kubegate.registry.custom.structural import has_defaults
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.names import dns1035_label, dns1123_subdomain

_PARTS = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_FORMATS = "byte,date,date-time,double,float,int32,int64,password"
_APPROVAL = "api-approved.kubernetes.io"
_MORE = "see https://github.com/kubernetes/enhancements/pull/1111"
_WARNING_LIMIT = 256


def check_definition(obj: Object) -> list[FieldError]:
    """What is wrong with a definition, besides its metadata."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    errors = _spec(spec)
    errors += check_names(status.get("acceptedNames") or {}, "status.acceptedNames")
    errors += _stored_versions(status.get("storedVersions"), spec.get("versions") or [])
    errors += _approval(obj)
    if spec.get("preserveUnknownFields"):
        text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        errors.append(invalid("spec.preserveUnknownFields", True, text))
    return errors


def check_definition_update(obj: Object, old: Object) -> list[FieldError]:
    """What may not change: parts of the name, and what is in force once the definition is established."""
    errors = check_definition(obj)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    conditions = (old.get("status") or {}).get("conditions") or ()
    established = any(c.get("type") == "Established" and c.get("status") == "True" for c in conditions)
    if established:
        errors += check_bundle(spec.get("conversion") or {}, before.get("conversion") or {}, "spec.conversion")
    for path in (*(("scope", "names.kind") if established else ()), "group", "names.plural"):
        new, was = _at(spec, path), _at(before, path)
        if new != was:
            errors.append(invalid(f"spec.{path}", new, IMMUTABLE))
    return errors


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = (value or {}).get(key)
    return value


def _spec(spec: Object) -> list[FieldError]:
    errors = _group(spec.get("group") or "")
    scope = spec.get("scope") or ""
    if not scope:
        errors.append(required("spec.scope"))
    elif scope not in ("Cluster", "Namespaced"):
        errors.append(not_supported("spec.scope", scope, ("Cluster", "Namespaced")))
    versions = spec.get("versions") or []
    schemas = [(v.get("schema") or {}).get("openAPIV3Schema") for v in versions]
    errors += [
        required(f"spec.versions[{index}].schema.openAPIV3Schema") for index, schema in enumerate(schemas) if schema is None
    ]
    if spec.get("preserveUnknownFields") and any(map(has_defaults, schemas)):
        errors.append(invalid("spec.preserveUnknownFields", True, "must be false in order to use defaults in the schema"))
    alike = {part for part in _PARTS if versions and all(v.get(part) == versions[0].get(part) for v in versions)}
    errors += _versions(versions, alike)
    names = spec.get("names") or {}
    errors += [required(f"spec.names.{key}") for key in ("plural", "singular", "kind", "listKind") if not names.get(key)]
    errors += check_names(names, "spec.names")
    if versions:
        status = any("status" in (version.get("subresources") or {}) for version in versions)
        errors += _version_parts(versions[0], alike, "spec", "spec.validation.openAPIV3Schema", status=status)
    conversion = spec.get("conversion") or {}
    if spec.get("preserveUnknownFields") and conversion and conversion.get("strategy") != "None":
        text = "must be None if spec.preserveUnknownFields is true"
        errors.append(invalid("spec.conversion.strategy", conversion.get("strategy") or "", text))
    return errors + check_conversion(conversion, "spec.conversion")


def _group(group: str) -> list[FieldError]:
    if not group:
        return [required("spec.group")]
    if problems := dns1123_subdomain(group):
        return [invalid("spec.group", group, ",".join(problems))]
    if "." not in group:
        return [invalid("spec.group", group, "should be a domain with at least one dot")]
    return []


def _versions(versions: list[Object], alike: set[str]) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, version in enumerate(versions):
        path, name = f"spec.versions[{index}]", version.get("name") or ""
        if problems := dns1035_label(name):
            errors.append(invalid(f"{path}.name", name, ",".join(problems)))
        if (warning := version.get("deprecationWarning")) is not None:
            problems = _warning(warning, deprecated=bool(version.get("deprecated")))
            errors += [invalid(f"{path}.deprecationWarning", warning, text) for text in problems]
        status, own = "status" in (version.get("subresources") or {}), set(_PARTS) - alike
        errors += _version_parts(version, own, path, f"{path}.schema.openAPIV3Schema", status=status)
    names = [version.get("name") for version in versions]
    shown = [internal_print.version({k: v for k, v in version.items() if k not in alike}) for version in versions]
    if len(set(names)) != len(names):
        errors.append(invalid("spec.versions", shown, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        errors.append(invalid("spec.versions", shown, "must have exactly one version marked as storage version"))
    return errors


def _warning(text: str, *, deprecated: bool) -> list[str]:
    if not deprecated:
        return ["can only be set for deprecated versions"]
    problems = []
    if len(text.encode()) > _WARNING_LIMIT:
        problems.append(f"must be <= {_WARNING_LIMIT} characters long")
    if not text:
        problems.append("must not be an empty string")
    index = next((index for index, char in enumerate(text) if not char.isprintable()), None)
    if index is not None:
        place = len(text[:index].encode())
        problems.append(f"must only contain printable UTF-8 characters; non-printable character found at index {place}")
    return problems


def _version_parts(version: Object, parts: set[str], path: str, schema_path: str, *, status: bool) -> list[FieldError]:
    """What is wrong with some parts of a version. ``status``: objects have a status of their own."""
    errors: list[FieldError] = []
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if "schema" in parts and schema is not None:
        if status:
            errors += check_status_root(schema, schema_path)
        errors += check_schema(schema, schema_path)
    if "subresources" in parts and (scale := (version.get("subresources") or {}).get("scale")):
        errors += _scale(scale, f"{path}.subresources.scale")
    if "additionalPrinterColumns" in parts:
        for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
            errors += _column(column, f"{path}.additionalPrinterColumns[{index}]")
    selectable = version.get("selectableFields") or []
    if "selectableFields" in parts and selectable and schema is None:
        text = "validations.schema is included" if path == "spec" else "version.schema.openAPIV3Schema is not included"
        errors.append(invalid(f"{path}.selectableFields", "", f"selectableFields may only be set when {text}"))
    elif "selectableFields" in parts:
        errors += check_selectable(selectable, schema or {}, f"{path}.selectableFields")
    return errors


def _scale(scale: Object, path: str) -> list[FieldError]:
    errors = []
    for key, roots in (("specReplicasPath", (".spec.",)), ("statusReplicasPath", (".status.",))):
        value = scale.get(key) or ""
        if not value:
            errors.append(required(f"{path}.{key}"))
        elif not value.startswith("."):
            errors.append(invalid(f"{path}.{key}", value, "must be a simple json path starting with ."))
        elif not value.startswith(roots):
            errors.append(invalid(f"{path}.{key}", value, f"should be a json path under {roots[0].rstrip('.')}"))
    value = scale.get("labelSelectorPath") or ""
    if value and not value.startswith("."):
        errors.append(invalid(f"{path}.labelSelectorPath", value, "must be a simple json path starting with ."))
    elif value and not value.startswith((".spec.", ".status.")):
        text = "should be a json path under either .spec or .status"
        errors.append(invalid(f"{path}.labelSelectorPath", value, text))
    return errors


def _column(column: Object, path: str) -> list[FieldError]:
    errors = []
    if not column.get("name"):
        errors.append(required(f"{path}.name"))
    kind, choices = column.get("type") or "", ",".join(_COLUMN_TYPES)
    if not kind:
        errors.append(required(f"{path}.type", f"must be one of {choices}"))
    elif kind not in _COLUMN_TYPES:
        errors.append(invalid(f"{path}.type", kind, f"must be one of {choices}"))
    form = column.get("format") or ""
    if form and form not in _FORMATS.split(","):
        errors.append(invalid(f"{path}.format", form, f"must be one of {_FORMATS}"))
    if not column.get("jsonPath"):
        errors.append(required(f"{path}.JSONPath"))
    elif not column["jsonPath"].startswith("."):
        errors.append(invalid(f"{path}.JSONPath", column["jsonPath"], "must be a simple json path starting with ."))
    return errors


def check_names(names: Object, path: str) -> list[FieldError]:
    """The names of a kind."""
    errors: list[FieldError] = []

    def label(place: str, value: str, *, lower: bool = False) -> None:
        problems = dns1035_label(value.lower() if lower else value) if value else []
        if problems:
            text = ",".join(problems)
            text = f"may have mixed case, but should otherwise match: {text}" if lower else text
            errors.append(invalid(f"{path}.{place}", value, text))

    label("plural", names.get("plural") or "")
    label("singular", names.get("singular") or "")
    label("kind", names.get("kind") or "", lower=True)
    label("listKind", names.get("listKind") or "", lower=True)
    for index, name in enumerate(names.get("shortNames") or ()):
        label(f"shortNames[{index}]", name)
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        errors.append(invalid(f"{path}.listKind", names["listKind"], "kind and listKind may not be the same"))
    for index, name in enumerate(names.get("categories") or ()):
        label(f"categories[{index}]", name)
    return errors


def _stored_versions(stored: Any, versions: list[Object]) -> list[FieldError]:
    path = "status.storedVersions"
    if not stored:
        return [invalid(path, stored, "must have at least one stored version")]
    names = [version.get("name") for version in versions]
    storage = (version.get("name") for version in versions if version.get("storage") and version.get("name") not in stored)
    errors = [invalid(path, stored, f"must have the storage version {name}") for name in storage]
    for index, name in enumerate(stored):
        if name not in names and name not in stored[index + 1 :]:
            kept = f"{name} was previously a storage version, and must remain in spec.versions until"
            until = f"a storage migration ensures no data remains persisted in {name} and removes {name} from {path}"
            errors.append(invalid(f"{path}[{index}]", name, f"missing from spec.versions; {kept} {until}"))
    return errors


def _approval(obj: Object) -> list[FieldError]:
    group = (obj.get("spec") or {}).get("group") or ""
    if not (group in ("k8s.io", "kubernetes.io") or group.endswith((".k8s.io", ".kubernetes.io"))):
        return []
    value = ((obj.get("metadata") or {}).get("annotations") or {}).get(_APPROVAL) or ""
    path = f"metadata.annotations[{_APPROVAL}]"
    if not value:
        return [required(path, f'protected groups must have approval annotation "{_APPROVAL}", {_MORE}')]
    if value.startswith("unapproved") or "://" in value:
        return []
    wanted = 'with either a URL or a reason starting with "unapproved"'
    text = f'protected groups must have approval annotation "{_APPROVAL}" {wanted}, {_MORE}'
    return [invalid(path, value, text)]
