"""The JSON Schema of suites, made from the models: ``suite.schema.json`` beside this file is for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from kubegate.testing.suites.suite import PATTERN, Suite

FILE = Path(__file__).with_name("suite.schema.json")


def schema() -> dict[str, Any]:
    """The schema as the models have it."""
    found = Suite.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://kubegate.dev/schemas/suite.schema.json",
        "title": f"kubegate PolicySuite ({PATTERN})",
        **{key: value for key, value in _untitled(found).items() if key != "title"},
    }


def _untitled(part: Any) -> Any:
    """Without the titles that are made of field names, and with descriptions on one line."""
    if isinstance(part, list):
        return [_untitled(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {}
    for key, value in part.items():
        if key == "title" and isinstance(value, str):
            continue
        made[key] = " ".join(value.split()) if key == "description" and isinstance(value, str) else _untitled(value)
    return made


def written() -> bytes:
    """The text of the file."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    FILE.write_bytes(written())
