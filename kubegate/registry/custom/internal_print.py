"""CustomResourceDefinitions as error messages quote them: the server's internal structs, with Go's field names."""

from __future__ import annotations

from typing import Any

_TEXT, _NULL, _FALSE = "", None, False
_PROPS: tuple[tuple[str, str, Any], ...] = (
    ("ID", "id", _TEXT),
    ("Schema", "$schema", _TEXT),
    ("Ref", "$ref", _NULL),
    ("Description", "description", _TEXT),
    ("Type", "type", _TEXT),
    ("Nullable", "nullable", _FALSE),
    ("Format", "format", _TEXT),
    ("Title", "title", _TEXT),
    ("Default", "default", _NULL),
    ("Maximum", "maximum", _NULL),
    ("ExclusiveMaximum", "exclusiveMaximum", _FALSE),
    ("Minimum", "minimum", _NULL),
    ("ExclusiveMinimum", "exclusiveMinimum", _FALSE),
    ("MaxLength", "maxLength", _NULL),
    ("MinLength", "minLength", _NULL),
    ("Pattern", "pattern", _TEXT),
    ("MaxItems", "maxItems", _NULL),
    ("MinItems", "minItems", _NULL),
    ("UniqueItems", "uniqueItems", _FALSE),
    ("MultipleOf", "multipleOf", _NULL),
    ("Enum", "enum", _NULL),
    ("MaxProperties", "maxProperties", _NULL),
    ("MinProperties", "minProperties", _NULL),
    ("Required", "required", _NULL),
    ("Items", "items", _NULL),
    ("AllOf", "allOf", _NULL),
    ("OneOf", "oneOf", _NULL),
    ("AnyOf", "anyOf", _NULL),
    ("Not", "not", _NULL),
    ("Properties", "properties", _NULL),
    ("AdditionalProperties", "additionalProperties", _NULL),
    ("PatternProperties", "patternProperties", _NULL),
    ("Dependencies", "dependencies", _NULL),
    ("AdditionalItems", "additionalItems", _NULL),
    ("Definitions", "definitions", _NULL),
    ("ExternalDocs", "externalDocs", _NULL),
    ("Example", "example", _NULL),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", _NULL),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", _FALSE),
    ("XIntOrString", "x-kubernetes-int-or-string", _FALSE),
    ("XListMapKeys", "x-kubernetes-list-map-keys", _NULL),
    ("XListType", "x-kubernetes-list-type", _NULL),
    ("XMapType", "x-kubernetes-map-type", _NULL),
    ("XValidations", "x-kubernetes-validations", _NULL),
)


def rule(value: dict[str, Any]) -> dict[str, Any]:
    """A validation rule."""
    return {
        "Rule": value.get("rule", ""),
        "Message": value.get("message", ""),
        "MessageExpression": value.get("messageExpression", ""),
        "Reason": value.get("reason"),
        "FieldPath": value.get("fieldPath", ""),
        "OptionalOldSelf": value.get("optionalOldSelf"),
    }


def schema(value: dict[str, Any]) -> dict[str, Any]:
    """A JSONSchemaProps."""
    return {go: _part(name, value.get(name, absent)) for go, name, absent in _PROPS}


def _part(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("properties", "patternProperties", "definitions"):
        return {key: schema(below) for key, below in sorted(value.items())}
    if name in ("allOf", "oneOf", "anyOf"):
        return [schema(below) for below in value]
    if name == "not":
        return schema(value)
    if name == "items":
        many = [schema(below) for below in value] if isinstance(value, list) else None
        return {"Schema": schema(value) if many is None else None, "JSONSchemas": many}
    if name in ("additionalProperties", "additionalItems"):
        return {"Allows": value is not False, "Schema": schema(value) if isinstance(value, dict) else None}
    if name == "x-kubernetes-validations":
        return [rule(below) for below in value]
    return value


def version(value: dict[str, Any]) -> dict[str, Any]:
    """A CustomResourceDefinitionVersion."""
    columns, fields = value.get("additionalPrinterColumns"), value.get("selectableFields")
    found = (value.get("schema") or {}).get("openAPIV3Schema")
    return {
        "Name": value.get("name", ""),
        "Served": value.get("served", False),
        "Storage": value.get("storage", False),
        "Deprecated": value.get("deprecated", False),
        "DeprecationWarning": value.get("deprecationWarning"),
        "Schema": {"OpenAPIV3Schema": schema(found) if found else None} if "schema" in value else None,
        "Subresources": _subresources(value.get("subresources")),
        "AdditionalPrinterColumns": [_column(column) for column in columns] if columns else None,
        "SelectableFields": [{"JSONPath": field.get("jsonPath", "")} for field in fields] if fields else None,
    }


def _subresources(value: dict[str, Any] | None) -> dict[str, Any] | None:
    if value is None:
        return None
    scale = value.get("scale")
    return {
        "Status": {} if "status" in value else None,
        "Scale": scale
        and {
            "SpecReplicasPath": scale.get("specReplicasPath", ""),
            "StatusReplicasPath": scale.get("statusReplicasPath", ""),
            "LabelSelectorPath": scale.get("labelSelectorPath"),
        },
    }


def _column(value: dict[str, Any]) -> dict[str, Any]:
    names = (("Name", "name"), ("Type", "type"), ("Format", "format"), ("Description", "description"))
    column: dict[str, Any] = {go: value.get(name, "") for go, name in names}
    return {**column, "Priority": value.get("priority", 0), "JSONPath": value.get("jsonPath", "")}
