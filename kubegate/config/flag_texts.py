"""The values of flags as texts, for a page that shows them."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from kubegate.api.duration import SECOND, format_duration

_CREDENTIALS = re.compile(r"(?<=://)[^/@]+@")


def flag_texts(*models: BaseModel) -> dict[str, str]:
    """Flag -> value, by the flags' names; credentials in URLs are left out."""
    return {
        name.replace("_", "-"): _text(getattr(model, name), seconds=info.annotation is float)
        for model in models
        for name, info in type(model).model_fields.items()
    }


def _text(value: Any, *, seconds: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        value = [f"{key}={what}" for key, what in value.items()]
    if isinstance(value, list):
        return _CREDENTIALS.sub("", f"[{','.join(map(str, value))}]")
    return format_duration(round(value * SECOND)) if seconds else _CREDENTIALS.sub("", str(value))
