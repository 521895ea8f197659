"""YAML as Kubernetes tools read it: YAML 1.1 (``yes`` is true, ``017`` is 15), several documents, every node with its place.

Deviations, where most YAML libraries write a text without quotes (and the author of a name or label meant one): a lone
``y`` or ``n``, ``08`` and other digits after a zero that are not octal, ``0o17``, and an exponent without a point (``1e3``)
are texts.

Documents are composed in C and turned into plain values here, several times faster than the library's own constructor.
Source: the behaviour of sigs.k8s.io/yaml (go-yaml v2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave it out

from kubegate.api.schema.gojson import MAX_DEPTH
from kubegate.api.yaml_depth import too_deep
from kubegate.errors import InvalidInput, Location

_PLAIN = "plain"  # the tag of scalars without quotes and without a tag: their text decides what they are
_STRING = "tag:yaml.org,2002:str"
_MERGE = "<<"

_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_NUMERIC_STARTS = frozenset("+-.0123456789")
MAX_EXPANDED = 1_000_000
"""Values that a document with aliases may stand for: few bytes of them can mean billions (CVE-2019-11253)."""


class _Composer(CParser):
    """Composes nodes without looking at the text of scalars."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        # Of collections, ``implicit`` is a truth value; of scalars, whether the text is plain and whether it is quoted.
        return _PLAIN if kind is yaml.ScalarNode and implicit[0] else _STRING

    def descend_resolver(self, parent: Any, index: Any) -> None:
        """Part of the composer's interface; nothing here depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """Part of the composer's interface."""


def compose(text: str | bytes, file: str = "") -> Iterator[yaml.Node]:
    """The documents as nodes; empty documents are left out. Raises `InvalidInput` with line and column."""
    if line := too_deep(text):
        raise InvalidInput(f"this nests more than {MAX_DEPTH} deep", location=Location(file, line))
    try:
        composer = _Composer(text)
        while composer.check_node():
            node = composer.get_node()
            empty = isinstance(node, yaml.ScalarNode) and node.tag == _PLAIN and _WORDS.get(node.value, "") is None
            if node is not None and not empty:
                yield node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        what = ": ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"this is not YAML: {what}", location=place) from error
    except yaml.reader.ReaderError as error:
        raise InvalidInput(f"this is not YAML: {error.reason}", location=_reached(text, error.position, file)) from error
    except yaml.YAMLError as error:
        raise InvalidInput(f"this is not YAML: {error}", location=Location(file)) from error


def _reached(text: str | bytes, position: int, file: str) -> Location:
    """The place of a byte of the text."""
    before = (text.encode() if isinstance(text, str) else text)[:position]
    return Location(file, before.count(b"\n") + 1, position - before.rfind(b"\n"))


def value_of(node: yaml.Node) -> Any:
    """The plain JSON-like value of a node. What an alias repeats is shared, not copied; raises `InvalidInput` if it contains
    itself, stands for more than `MAX_EXPANDED` values, or has a key twice."""
    constructor = _Constructor()
    value = constructor.value(node)
    if constructor.aliases and _expanded(node, {}) > MAX_EXPANDED:
        mark = node.start_mark
        raise InvalidInput("the aliases stand for too many values", location=Location("", mark.line + 1, mark.column + 1))
    return value


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values there were if each alias were written out."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        parts = (part for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
        known[id(node)] = 1 + sum(_expanded(part, known) for part in parts)
    return known[id(node)]


class _Constructor:
    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self.aliases = 0

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return scalar(node.value) if node.tag == _PLAIN else _tagged(node)
        key = id(node)
        if key in self._made:
            made = self._made[key]
            if made is None:
                mark = node.start_mark
                raise InvalidInput("an alias contains itself", location=Location("", mark.line + 1, mark.column + 1))
            self.aliases += 1
            return made
        self._made[key] = None
        made = self._mapping(node) if isinstance(node, yaml.MappingNode) else [self.value(item) for item in node.value]
        self._made[key] = made
        return made

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN:
                text = key_node.value
                if text == _MERGE:
                    source = self.value(value_node)
                    merged += source if isinstance(source, list) else [source]
                    continue
                if text in _WORDS or text[:1] in _NUMERIC_STARTS:
                    text = _key(scalar(text))
            else:
                text = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(self.value(key_node))
            if text in found:
                _twice(text, key_node)
            found[text] = self.value(value_node)
        for source in merged:
            for key, value in source.items():
                found.setdefault(key, value)
        return found


def _twice(key: str, node: yaml.Node) -> NoReturn:
    place = Location("", node.start_mark.line + 1, node.start_mark.column + 1)
    hint = "the later one would silently replace the earlier one: put both into one"
    raise InvalidInput(f"{key} stands twice in one object", location=place, hint=hint)


def _key(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _tagged(node: yaml.ScalarNode) -> Any:
    name = node.tag.rpartition(":")[2]
    if name in ("int", "float", "bool", "null"):
        return scalar(node.value)
    return node.value


def scalar(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_STARTS:
        return text
    plain = text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        number = _integer(plain)
        return number if -(2**63) <= number < 2**64 else float(number)
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return text


def _integer(text: str) -> int:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in "xXbB":
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def find(node: yaml.Node, path: list[str | int]) -> yaml.Node:
    """The node at a path, or the deepest one on the way to it."""
    for step in path:
        found: yaml.Node | None = None
        if isinstance(step, int) and isinstance(node, yaml.SequenceNode) and step < len(node.value):
            found = node.value[step]
        elif isinstance(step, str) and isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == step), None)
        if found is None:
            return node
        node = found
    return node
