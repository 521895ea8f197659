"""The ``Warning`` headers of a response.

Source: apimachinery ``pkg/util/net.NewWarningHeader`` and k8s.io/apiserver ``endpoints/filters/warning`` (limits).
"""

from __future__ import annotations

from collections.abc import Sequence

_TOTAL = 4 * 1024
_EACH = 256


def warning_headers(texts: Sequence[str]) -> list[tuple[str, str]]:
    """``299 - "text"`` a warning; above 4 KiB in all, each is cut to 256 characters."""
    if sum(map(len, texts)) > _TOTAL:
        texts = [text[:_EACH] for text in texts]
    return [("Warning", f"299 - {_quoted(text)}") for text in texts]


def _quoted(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " if char in "\n\r\t" else "" for char in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'
