"""How rules spell the names of properties, and paths to fields. Source: apiserver ``pkg/cel/escaping.go``;
apiextensions-apiserver ``pkg/apiserver/schema/cel/validation.go`` (ValidFieldPath)."""

from __future__ import annotations

import re

from kubegate.registry.custom.structural import Schema, additional

_RESERVED = frozenset(
    (
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"),
        *("let", "loop", "package", "namespace", "return", "var", "void", "while"),
    )
)
_ESCAPES = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\['(?P<key>(?:[^'\\]|\\.)*)'\]")


def escaped(name: str) -> str | None:
    """A property's name as CEL spells it; None if it cannot be spelled."""
    if name in _RESERVED:
        return f"__{name}__"
    for text, escape in _ESCAPES:
        name = name.replace(text, escape)
    return name if _IDENTIFIER.match(name) else None


def field_path(text: str, schema: Schema) -> str | None:
    """A path such as ``.spec.names['a.b']`` as errors show it (``spec.names.a.b``); None if the schema has no such field."""
    shown, position = "", 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return None
        name = step["name"] or re.sub(r"\\(.)", r"\1", step["key"] or "")
        properties, rest = schema.get("properties"), additional(schema)
        if properties:
            if name not in properties:
                return None
            schema, shown = properties[name], f"{shown}.{name}" if shown else name
        elif rest is not None:
            schema, shown = rest, f"{shown}[{name}]"
        else:
            return None
        position = step.end()
    return shown or None
