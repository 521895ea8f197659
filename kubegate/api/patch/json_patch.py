"""JSON patch as the server applies it (RFC 6902 with the habits of evanphx/json-patch v4).

``replace`` of a missing key adds it, an absent ``value`` is null, the first segment of a path is ignored up to its slash.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from kubegate.api.go import quote
from kubegate.api.patch.errors import PatchDoesNotApply, TestFailed
from kubegate.api.patch.lazy import Touched, dump, touch

MAX_COPIED = 3 * 1024 * 1024
"""Bytes that the ``copy`` operations of one patch may add: each can double a document (CVE-2019-1002100)."""
_INDEX = re.compile(r"[+-]?[0-9]+\Z", re.ASCII)


def apply_json_patch(document: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The patched document; ``document`` is not changed. Raises `PatchDoesNotApply`."""
    made, copied = touch(copy.deepcopy(document)), 0
    for operation in operations:
        if operation.get("op") == "copy":
            copied = _copy(made, operation, copied)
            continue
        kind = operation.get("op")
        kind = kind if isinstance(kind, str) else "unknown"
        handler = _OPERATIONS.get(kind)
        if handler is None:
            raise PatchDoesNotApply(f"Unexpected kind: {kind}")
        handler(made, operation)
    return made


class _Missing(Exception):
    """There is no container at a path."""


def _parent(document: Touched, path: Any) -> tuple[Any, str]:
    """The container of a path's last segment, and that segment; raises `_Missing`."""
    segments = path.split("/") if isinstance(path, str) else ()
    if len(segments) < 2:
        raise _Missing
    node: Any = document
    for segment in map(_unescape, segments[1:-1]):
        try:
            child = _get(node, segment)
        except PatchDoesNotApply:
            raise _Missing from None
        if isinstance(child, dict):
            child = touch(child)
        elif not isinstance(child, list):
            raise _Missing
        node[segment if isinstance(node, dict) else int(segment)] = child
        node = child
    return node, _unescape(segments[-1])


def _unescape(segment: str) -> str:
    return segment.replace("~1", "/").replace("~0", "~")


def _get(node: Any, key: str) -> Any:
    if isinstance(node, dict):
        return node.get(key)
    return node[_index(key, len(node))]


def _index(key: str, length: int) -> int:
    if not _INDEX.match(key):
        raise PatchDoesNotApply(f"strconv.Atoi: parsing {quote(key)}: invalid syntax")
    index = int(key)
    if not -length <= index < length:
        raise PatchDoesNotApply(f"Unable to access invalid index: {index}: invalid index referenced")
    return index + length if index < 0 else index


def _insert(node: Any, key: str, value: Any) -> None:
    if isinstance(node, dict):
        node[key] = value
    elif key == "-":
        node.append(value)
    elif not _INDEX.match(key):
        why = f"strconv.Atoi: parsing {quote(key)}: invalid syntax"
        raise PatchDoesNotApply(f"value was not a proper array index: '{key}': {why}")
    else:
        node.insert(_index(key, len(node) + 1), value)


def _delete(node: Any, key: str) -> None:
    if isinstance(node, dict):
        if key not in node:
            raise PatchDoesNotApply(f"Unable to remove nonexistent key: {key}: missing value")
        del node[key]
    else:
        del node[_index(key, len(node))]


def _at(document: Touched, path: Any, problem: str) -> tuple[Any, str]:
    """Like `_parent`, but in the words of an operation: ``problem`` is what stands before the path."""
    try:
        return _parent(document, path)
    except _Missing:
        raise PatchDoesNotApply(f"{problem}: {_shown(path, problem)}: missing value") from None


def _shown(path: Any, problem: str) -> str:
    text = path if isinstance(path, str) else ""
    return f'"{text}"' if problem.startswith(("add ", "remove ")) else text


def _in(what: str, act: Callable[[], Any]) -> Any:
    try:
        return act()
    except PatchDoesNotApply as error:
        raise PatchDoesNotApply(f"{what}: {error.message}") from None


def _add(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _at(document, path, "add operation does not apply: doc is missing path")
    value = copy.deepcopy(operation.get("value"))
    _in(f"error in add for path: '{path}'", lambda: _insert(node, key, value))


def _remove(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _at(document, path, "remove operation does not apply: doc is missing path")
    _in(f"error in remove for path: '{path}'", lambda: _delete(node, key))


def _replace(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _at(document, path, "replace operation does not apply: doc is missing path")
    value = copy.deepcopy(operation.get("value"))
    if isinstance(node, dict):
        node[key] = value
        return
    try:
        index = _index(key, len(node))
    except PatchDoesNotApply:
        raise PatchDoesNotApply(f"replace operation does not apply: doc is missing key: {path}: missing value") from None
    node[index] = value


def _move(document: Touched, operation: dict[str, Any]) -> None:
    source, path = operation.get("from"), operation.get("path")
    node, key = _at(document, source, "move operation does not apply: doc is missing from path")
    value = _in(f"error in move for path: '{key}'", lambda: _get(node, key))
    _in(f"error in move for path: '{key}'", lambda: _delete(node, key))
    target, name = _at(document, path, "move operation does not apply: doc is missing destination path")
    _in(f"error in move for path: '{path}'", lambda: _insert(target, name, value))


def _copy(document: Touched, operation: dict[str, Any], copied: int) -> int:
    """Answers the bytes copied so far."""
    source, path = operation.get("from"), operation.get("path")
    node, key = _at(document, source, "copy operation does not apply: doc is missing from path")
    value = _in(f"error in copy for from: '{source}'", lambda: _get(node, key))
    target, name = _at(document, path, "copy operation does not apply: doc is missing destination path")
    copied += len(dump(value).encode())
    if copied > MAX_COPIED:
        increase = f"the accumulated size increase of copy is {copied}, exceeding the limit {MAX_COPIED}"
        raise PatchDoesNotApply(f"Unable to complete the copy, {increase}")
    value = copy.deepcopy(value)
    _in("error while adding value during copy", lambda: _insert(target, name, value))
    return copied


def _test(document: Touched, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    node, key = _at(document, path, "test operation does not apply: is missing path")
    found = _in(f"error in test for path: '{path}'", lambda: _get(node, key))
    if not _equal(found, operation.get("value")):
        raise TestFailed(f"testing value {path} failed: test failed")


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
    "test": _test,
}
