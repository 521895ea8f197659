"""The unions inside a CustomResourceDefinition's schema: ``items``, ``additionalProperties``, ``dependencies``.

They have decoders of their own in Go, inside which unknown fields are not complained about.
Source: apiextensions-apiserver ``pkg/apis/apiextensions/v1/marshal.go``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.schema.codecs import Struct
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.api.schema.scalars import Text


class _Union:
    zero: Any = None

    def __init__(self, props: Struct) -> None:
        self._props = props

    def _schema(self, value: Any) -> Any:
        return self._props.decode(value, Context())

    def empty(self, value: Any) -> bool:
        """Never: it is a struct to Go."""
        return False


class SchemaOrBool(_Union):
    """A schema, true or false."""

    go = "v1.JSONSchemaPropsOrBool"

    def decode(self, value: Any, context: Context) -> Any:
        """An object is a schema, true allows everything, false nothing."""
        if isinstance(value, bool):
            return value
        if isinstance(value, dict):
            return self._schema(value)
        raise DecodeError("boolean or JSON schema expected")


class SchemaOrArray(_Union):
    """A schema or a list of schemas."""

    go = "v1.JSONSchemaPropsOrArray"

    def decode(self, value: Any, context: Context) -> Any:
        """An object or an array of objects."""
        if isinstance(value, dict):
            return self._schema(value)
        if isinstance(value, list):
            return [self._schema(item) for item in value]
        return None


class SchemaOrStrings(_Union):
    """A schema or a list of property names."""

    go = "v1.JSONSchemaPropsOrStringArray"

    def decode(self, value: Any, context: Context) -> Any:
        """An object or an array of strings."""
        if isinstance(value, dict):
            return self._schema(value)
        if isinstance(value, list):
            return [Text("string").decode(item, Context()) for item in value]
        return None
