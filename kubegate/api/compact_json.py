"""JSON as Go's ``json.Marshal`` writes it: compact, with ``<``, ``>``, ``&`` and the line separators escaped."""

from __future__ import annotations

import json
from typing import Any

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", chr(0x2028): "\\u2028", chr(0x2029): "\\u2029"})


def compact(value: Any) -> str:
    """The text; keys keep their order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
