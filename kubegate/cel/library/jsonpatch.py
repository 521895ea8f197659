"""``jsonpatch.escapeKey``. Source: apiserver ``pkg/cel/library/jsonpatch.go``."""

from __future__ import annotations

from kubegate.cel.declarations import Function, Library, overload
from kubegate.cel.library import costs
from kubegate.cel.types import STRING

LIBRARY = Library(
    (
        Function(
            "jsonpatch.escapeKey",
            (
                overload(
                    "string_jsonpatch_escapeKey_string",
                    (STRING,),
                    STRING,
                    lambda text: text.replace("~", "~0").replace("/", "~1"),
                ),
            ),
            costs.once,
        ),
    )
)
