"""``--config FILE``: the same flags in a YAML file.

::

    apiVersion: kubegate.io/v1
    kind: ServeConfiguration
    secure-port: 6443
    authorization-mode: [Node, RBAC]
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from kubegate.errors import InvalidInput, Location

API_VERSION = "kubegate.io/v1"


def load_flags(path: str, kind: str, known: Collection[str]) -> dict[str, Any]:
    """Flag name (with dashes) -> value. Raises `InvalidInput` that names file, line and the likely flag."""
    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", location=Location(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _not_yaml(path, error) from error
    if not isinstance(root, yaml.MappingNode):
        raise InvalidInput("must be a mapping of flags to values", location=Location(path))
    values: dict[str, Any] = {}
    for key_node, value_node in root.value:
        name = str(key_node.value)
        if name not in known and name not in ("apiVersion", "kind"):
            near = difflib.get_close_matches(name, known, n=1)
            place = Location(path, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            raise InvalidInput(f"unknown flag {name!r}", location=place, hint=f"did you mean {near[0]!r}?" if near else "")
        try:
            values[name] = yaml.SafeLoader("").construct_object(value_node, deep=True)
        except yaml.YAMLError as error:
            raise _not_yaml(path, error) from error
    if (values.pop("apiVersion", None), values.pop("kind", None)) != (API_VERSION, kind):
        raise InvalidInput(f"must begin with apiVersion: {API_VERSION} and kind: {kind}", location=Location(path))
    return values


def _not_yaml(path: str, error: yaml.YAMLError | UnicodeDecodeError) -> InvalidInput:
    mark = getattr(error, "problem_mark", None)
    place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
    return InvalidInput(getattr(error, "problem", None) or "not YAML", location=place)
