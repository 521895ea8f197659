"""A suite's file as a plain value: YAML as Kubernetes tools read it, one document, no key twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from kubegate.bundle.yaml_text import compose, value_of
from kubegate.errors import InvalidInput, Location
from kubegate.testing.suites.places import Places

_MERGE = "<<"


def read_document(path: Path) -> tuple[Any, Places]:
    """The document (None: there is none) and the places of its parts. Raises `InvalidInput` with its place for what cannot
    be read: of a key that stands twice one value would be lost, and its cases with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"this is not YAML: {error}", location=Location(str(path))) from error
    documents = list(compose(text, str(path)))
    if not documents:
        return None, Places(text)
    if len(documents) > 1:
        hint = "write each suite into a file of its own"
        raise InvalidInput("a suite is one document", location=_place(path, documents[1].start_mark), hint=hint)
    _each_key_once(path, documents[0])
    try:
        return value_of(documents[0]), Places(text, documents[0])
    except InvalidInput as error:
        place = replace(error.location, file=str(path)) if error.location else Location(str(path))
        raise InvalidInput(error.message, location=place, hint=error.hint) from error


def _each_key_once(path: Path, root: yaml.Node) -> None:
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if isinstance(node, yaml.ScalarNode) or id(node) in seen:
            continue
        seen.add(id(node))  # what aliases repeat is looked at once
        if not isinstance(node, yaml.MappingNode):
            left += node.value
            continue
        known: dict[str, int] = {}
        for key, value in node.value:
            left.append(value)
            if isinstance(key, yaml.ScalarNode) and key.value != _MERGE:
                if key.value in known:
                    raise InvalidInput(
                        f"key {key.value!r} stands here again, after line {known[key.value] + 1}",
                        location=_place(path, key.start_mark),
                    )
                known[key.value] = key.start_mark.line


def _place(path: Path, mark: yaml.Mark) -> Location:
    return Location(str(path), mark.line + 1, mark.column + 1)
