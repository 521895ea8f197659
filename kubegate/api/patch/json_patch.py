"""JSON patch as the server applies it (RFC 6902 with the habits of evanphx/json-patch v4).

``replace`` of a missing key adds it, an absent ``value`` is null, the first segment of a path is ignored up to its slash.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from kubegate.api.patch.errors import PatchDoesNotApply
from kubegate.api.patch.lazy import Touched, touch

_INDEX = re.compile(r"[+-]?[0-9]+\Z", re.ASCII)


def apply_json_patch(document: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The patched document; ``document`` is not changed. Raises `PatchDoesNotApply`."""
    made = touch(copy.deepcopy(document))
    for operation in operations:
        handler = _OPERATIONS.get(operation.get("op") or "")
        if handler is None:
            raise PatchDoesNotApply(f"Unexpected kind: {operation.get('op')}")
        handler(made, operation)
    return made


def _parent(document: Touched, path: Any) -> tuple[Any, str]:
    """The container of a path's last segment, and that segment."""
    if not isinstance(path, str):
        raise PatchDoesNotApply("operation without a path")
    segments = path.split("/")
    if len(segments) < 2:
        raise PatchDoesNotApply(f"doc is missing path: {path}")
    node: Any = document
    for segment in map(_unescape, segments[1:-1]):
        child = _get(node, segment, path)
        if isinstance(child, dict):
            child = touch(child)
        elif not isinstance(child, list):
            raise PatchDoesNotApply(f"doc is missing path: {path}")
        node[segment if isinstance(node, dict) else int(segment)] = child
        node = child
    return node, _unescape(segments[-1])


def _unescape(segment: str) -> str:
    return segment.replace("~1", "/").replace("~0", "~")


def _get(node: Any, key: str, path: str) -> Any:
    if isinstance(node, dict):
        return node.get(key)
    index = _index(key, len(node), path)
    return node[index]


def _index(key: str, length: int, path: str) -> int:
    if not _INDEX.match(key):
        raise PatchDoesNotApply(f"bad array index in {path}")
    index = int(key)
    if not -length <= index < length:
        raise PatchDoesNotApply(f"array index out of bounds in {path}")
    return index + length if index < 0 else index


def _insert(node: Any, key: str, value: Any, path: str) -> None:
    if isinstance(node, dict):
        node[key] = value
    elif key == "-":
        node.append(value)
    else:
        node.insert(_index(key, len(node) + 1, path), value)


def _delete(node: Any, key: str, path: str) -> None:
    if isinstance(node, dict):
        if key not in node:
            raise PatchDoesNotApply(f"doc is missing key: {path}")
        del node[key]
    else:
        del node[_index(key, len(node), path)]


def _add(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _parent(document, path)
    _insert(node, key, copy.deepcopy(operation.get("value")), str(path))


def _remove(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _parent(document, path)
    _delete(node, key, str(path))


def _replace(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _parent(document, path)
    value = copy.deepcopy(operation.get("value"))
    if isinstance(node, dict):
        node[key] = value
    else:
        node[_index(key, len(node), str(path))] = value


def _move(document: Touched, operation: dict[str, Any]) -> None:
    source, path = operation.get("from"), operation.get("path")
    node, key = _parent(document, source)
    value = _get(node, key, str(source))
    _delete(node, key, str(source))
    target, name = _parent(document, path)
    _insert(target, name, value, str(path))


def _copy(document: Touched, operation: dict[str, Any]) -> None:
    source, path = operation.get("from"), operation.get("path")
    node, key = _parent(document, source)
    value = copy.deepcopy(_get(node, key, str(source)))
    target, name = _parent(document, path)
    _insert(target, name, value, str(path))


def _test(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _parent(document, path)
    if not _equal(_get(node, key, str(path)), operation.get("value")):
        raise PatchDoesNotApply(f"testing value {path} failed")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


_OPERATIONS: dict[str, Callable[[Touched, dict[str, Any]], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
