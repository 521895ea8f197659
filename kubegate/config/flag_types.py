"""Types of flag values beyond bool, int and str, as kube-apiserver's flags write them.

Models take what the command line or a configuration file gives: a repeated flag arrives as a list of texts.
"""

from __future__ import annotations

import csv
from typing import Annotated, Any

from pydantic import BeforeValidator

from kubegate.api.duration import SECOND, parse_duration
from kubegate.errors import InvalidInput


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value) / SECOND
    except InvalidInput as error:
        raise ValueError(error.message) from error


def _comma_list(value: Any) -> Any:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        return value
    return [item for text in texts for item in (next(csv.reader([text]), []) if text else [])]


def _key_values(value: Any) -> Any:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        return value
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, what = str(text).partition("=")
        if not equals:
            raise ValueError(f"malformed pair, expect string=string: {text}")
        pairs[key.strip()] = what.strip()
    return pairs


Duration = Annotated[float, BeforeValidator(_seconds)]
"""Seconds; written ``1h30m`` or as a number of seconds."""

CommaList = Annotated[list[str], BeforeValidator(_comma_list)]
"""Texts, comma-separated in one value (CSV quoting) or the flag repeated."""

KeyValues = Annotated[dict[str, str], BeforeValidator(_key_values)]
"""``key=value`` pairs, one a flag."""
