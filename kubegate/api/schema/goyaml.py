"""YAML bodies, read as the server reads them: YAML 1.1 with Go's rules for plain scalars, first document only.

Source: sigs.k8s.io/yaml (its YAML library's ``resolve`` and error texts; keys are turned into strings and sorted).
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from kubegate.api.go import quote
from kubegate.api.schema.errors import DecodeError
from kubegate.api.schema.gojson import MAX_DEPTH, Float
from kubegate.api.yaml_depth import too_deep

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)\Z", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d?-\d\d?([Tt ]\s*\d\d?:\d\d?:\d\d?(\.\d*)?\s*(Z|[-+]\d\d(:\d\d)?)?)?\Z", re.ASCII)
_SMALL, _LARGE = 400_000, 4_000_000
"""Numbers of values read between which the share that aliases may repeat falls from 99 to 10 per cent."""

_MERGE, _STRING, _BINARY = "<<", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary"


def parse(body: bytes) -> tuple[Any, list[str]]:
    """The first document as JSON values with sorted keys, and a complaint for each key that stands twice in a mapping.

    Raises `DecodeError` (``yaml: line 1: did not find expected node content``)."""
    if too_deep(body):
        raise DecodeError(f"yaml: exceeded max depth of {MAX_DEPTH}")
    try:
        loader = yaml.CBaseLoader(body)
        try:
            node = loader.get_node() if loader.check_node() else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise DecodeError(_explain(error)) from error
    reader = _Reader()
    try:
        return (reader.value(node) if node is not None else None), reader.duplicates
    except _ContainsItself as error:
        raise DecodeError(f"yaml: anchor '{_recursive_anchor(body)}' value contains itself") from error
    except RecursionError as error:  # short aliases can stand for deep values
        raise DecodeError(f"yaml: exceeded max depth of {MAX_DEPTH}") from error


def _recursive_anchor(body: bytes) -> str:
    """The first anchor that is referred to within its own value; nodes do not know their anchors, events do."""
    loader, around = yaml.CBaseLoader(body), list[str | None]()
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                around.append(event.anchor)
            elif isinstance(event, yaml.CollectionEndEvent):
                around.pop()
            elif isinstance(event, yaml.AliasEvent) and event.anchor in around:
                return str(event.anchor)
    finally:
        loader.dispose()
    return ""


def _explain(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return f"yaml: {getattr(error, 'reason', '') or 'control characters are not allowed'}"
    line = error.problem_mark.line if error.problem_mark else 0
    if line and isinstance(error, yaml.scanner.ScannerError):
        line += 1
    if not line and error.context_mark:
        line = error.context_mark.line
    where = f"line {line}: " if line else ""
    return f"yaml: {where}{error.problem or 'unknown problem parsing YAML content'}"


class _ContainsItself(Exception):
    """An alias stands within the value of its anchor."""


class _Reader:
    def __init__(self) -> None:
        self.duplicates: list[str] = []
        self._read, self._repeated = 0, 0
        self._seen: set[int] = set()
        self._open: set[int] = set()
        self._aliases = 0
        """How many aliases are around the present node."""

    def value(self, node: yaml.Node) -> Any:
        self._count()
        if isinstance(node, yaml.CollectionNode):
            return self._collection(node)
        assert isinstance(node, yaml.ScalarNode)
        value = _scalar(node)
        if isinstance(value, float) and not math.isfinite(value):
            raise DecodeError(f"json: unsupported value: {_float_text(value)}")
        return value

    def _collection(self, node: yaml.CollectionNode) -> Any:
        """A node that was seen before stands for an alias."""
        identity = id(node)
        if identity in self._open:
            raise _ContainsItself
        repeated = identity in self._seen
        self._seen.add(identity)
        self._open.add(identity)
        self._aliases += repeated
        if isinstance(node, yaml.MappingNode):
            found = self._mapping(node)
            value: Any = {key: found[key] for key in sorted(found)}
        else:
            value = [self.value(item) for item in node.value]
        self._aliases -= repeated
        self._open.discard(identity)
        return value

    def _count(self) -> None:
        """Few bytes of aliases may stand for billions of values (CVE-2019-11253): a limit on how much is repetition."""
        self._read += 1
        if not self._aliases:
            return
        self._repeated += 1
        if self._repeated > 100 and self._read > 1000 and self._repeated / self._read > _allowed_share(self._read):
            raise DecodeError("yaml: document contains excessive aliasing")

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        seen: set[str] = set()
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.value == _MERGE and not key_node.style:
                merged |= {name: item for name, item in self._merge(value_node).items() if name not in merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise DecodeError(f"yaml: invalid map key: {self.value(key_node)!r}")
            key = _scalar(key_node)
            name = _key_text(key)
            if name in seen:
                shown = quote(key) if isinstance(key, str) else name
                self.duplicates.append(f"line {value_node.start_mark.line + 1}: key {shown} already set in map")
            seen.add(name)
            found[name] = self.value(value_node)
        return {**merged, **found}

    def _merge(self, node: yaml.Node) -> dict[str, Any]:
        if isinstance(node, yaml.MappingNode):
            return dict(self.value(node))
        if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.MappingNode) for item in node.value):
            merged: dict[str, Any] = {}
            for item in reversed(node.value):
                merged |= self.value(item)
            return merged
        raise DecodeError("yaml: map merge requires map or sequence of maps as the value")


def _allowed_share(read: int) -> float:
    """How much of the values read may come from aliases, between 0 and 1."""
    over = min(max(read - _SMALL, 0), _LARGE - _SMALL)
    return 0.99 - 0.89 * over / (_LARGE - _SMALL)


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.tag == _BINARY:
        return text
    explicit = node.tag not in (_STRING, "!", "") and node.tag.startswith("tag:")
    if node.style in ("'", '"', "|", ">") and not explicit:
        return text
    if node.tag == "!":
        return text
    return _plain(text)


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if not text[0].isascii() or text[0] not in "+-.0123456789" or _TIMESTAMP.match(text):
        return text
    digits = text.replace("_", "") if text[0] != "." else text
    if _INTEGER.match(digits):
        number = _integer(digits)
        if -(1 << 63) <= number < 1 << 64:
            return number
        return float(number)
    if _FLOAT.match(digits):
        parsed = float(digits)
        return text if math.isinf(parsed) else Float(_float_text(parsed))
    return text


def _integer(text: str) -> int:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567":
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _float_text(number: float) -> str:
    """A number as Go's JSON encoder writes it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    text = repr(number)
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0') or '0'}" if e else text


def _key_text(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if key is None:
        raise DecodeError("unsupported map key of type: invalid, key: <nil>, value: <nil>")
    return str(key)
