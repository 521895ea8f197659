"""Documents as the server's patch library keeps them: objects that a patch looked into are printed with sorted keys,
the others as they were. Error messages quote the patched document, so the difference shows.

Source: evanphx/json-patch v4 (``lazyNode``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kubegate.api.schema.gojson import Duplicated


class Touched(dict[str, Any]):
    """An object that the patch looked into."""


def touch(value: dict[str, Any]) -> Touched:
    """The object as one that was looked into."""
    return value if isinstance(value, Touched) else Touched(value)


def dump(value: Any) -> str:
    """Compact JSON as Go writes it: sorted where touched, ``<``, ``>`` and ``&`` escaped."""
    text = _text(value)
    for char in "<>&\u2028\u2029":
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _text(value: Any) -> str:
    if isinstance(value, dict):
        pairs: Iterable[tuple[str, Any]] = value.pairs if isinstance(value, Duplicated) else value.items()
        if isinstance(value, Touched):
            pairs = sorted(value.items())
        return "{" + ",".join(f"{_scalar(key)}:{_text(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
