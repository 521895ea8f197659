"""Reading a policy file: line by line, strict about what cannot be read, lenient where the real server is.

A comment (``#``), a blank line, a byte-order mark, CRLF and one line of YAML are accepted; a line of 64 KiB or more is not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import yaml

from kubegate.api.go_json import syntax_error
from kubegate.authz.abac.policy import Policy, PolicyLineError, policy_from
from kubegate.errors import ConfigurationError, Location

MAX_LINE = 64 * 1024
"""Bytes: the limit of Go's line scanner."""

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_policy_file(path: str) -> tuple[Policy, ...]:
    """All policies of a file, in order.

    Raises `ConfigurationError`, naming path, line number and content of the first line that cannot be read."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"open {path}: {(error.strerror or 'unreadable').lower()}") from error
    policies = []
    for number, raw in enumerate(content.split(b"\n"), 1):
        line = raw.removesuffix(b"\r")
        if len(raw) >= MAX_LINE:
            raise ConfigurationError(f"error reading policy file {path}: bufio.Scanner: token too long")
        text = line.decode("utf-8", "surrogateescape")
        stripped = text.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            policies.append(policy_from(_decode(line), Location(path, number)))
        except PolicyLineError as error:
            raise ConfigurationError(f"error reading policy file {path}, line {number}: {text}: {error}") from error
    return tuple(policies)


def _decode(line: bytes) -> Any:
    """The value of one line: JSON if it begins like an object (bytes that are no UTF-8 are replaced), else YAML. What begins
    with a byte-order mark is never taken for JSON."""
    text = line.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        return _decode_json(text)
    try:
        return yaml.load(line.decode("utf-8-sig"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyLineError(f"couldn't get version/kind; json parse error: {syntax_error(text)}") from error


def _decode_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        problem = syntax_error(text)
        if not problem:  # lone surrogates and numbers out of range are errors to some readers only
            return json.loads(text, object_pairs_hook=_whole_characters)
    except RecursionError:
        problem = "exceeded max depth"
    except ValueError as error:
        problem = str(error)
    raise PolicyLineError(f"couldn't get version/kind; json parse error: {problem}")


def _whole_characters(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which what is half a character is replaced, as Go does it."""
    return {
        key: value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value
        for key, value in pairs
    }
