"""Strategic merge patch: lists of objects are merged by key, with directives.

Directives: ``$patch: replace|delete`` in an object or a list's item, ``$retainKeys`` (drop the other keys),
``$deleteFromPrimitiveList/FIELD``, ``$setElementOrder/FIELD``. Which lists merge, and by which key, stands in the Go types.
Source: apimachinery ``pkg/util/strategicpatch``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.patch.element_order import arranged, find, merge_key_of, same_kind
from kubegate.api.patch.errors import BadPatch, PatchError
from kubegate.api.patch.go_print import go_print, go_type
from kubegate.api.schema.codecs import Codec, Map, Pointer, Slice, Struct

_DIRECTIVE, _RETAIN = "$patch", "$retainKeys"
_DELETE_FROM, _ORDER = "$deleteFromPrimitiveList", "$setElementOrder"
_BAD_RETAIN = "invalid patch format of retainKeys"
_BAD_ORDER = "invalid patch format of setElementOrder list"
_BAD_PRIMITIVE = "invalid patch format of primitive list"


def apply_strategic_patch(original: dict[str, Any], patch: dict[str, Any], codec: Codec) -> dict[str, Any]:
    """The merged object; both arguments may be changed and must not be used afterwards. Raises `PatchError`."""
    return _merge_object(original, patch, codec)


def _merge_object(original: dict[str, Any], patch: dict[str, Any], codec: Codec) -> dict[str, Any]:
    if _DIRECTIVE in patch:
        return _directive(patch)
    _retain_keys(original, patch)
    _merge_ordered_lists(original, patch, codec)
    for key, value in patch.items():
        name, deleting = key, key.startswith(_DELETE_FROM)
        if deleting:
            name = _after_slash(key, _DELETE_FROM, _BAD_PRIMITIVE)
        if value is None:
            original.pop(name, None)
        elif name not in original or type(original[name]) is not type(value):
            if not deleting:
                _take(original, name, value)
        elif isinstance(value, dict):
            field, strategy, _ = _field(codec, name)
            original[name] = value if strategy == "replace" else _merge_object(original[name], value, field)
        elif isinstance(value, list):
            original[name] = _merge_list(original[name], value, codec, name, deleting=deleting)
        else:
            original[name] = value
    return original


_GONE: Any = object()


def _take(original: dict[str, Any], name: str, value: Any) -> None:
    """Set a field that was not there: what the patch says about the old value has no meaning in the new one."""
    kept = _undirected(value)
    if kept is _GONE:
        original.pop(name, None)
    else:
        original[name] = kept


def _undirected(value: Any) -> Any:
    """A value without nulls in its objects and without the objects that carry a directive."""
    if isinstance(value, dict):
        if _DIRECTIVE in value:
            return _GONE
        made = {key: _undirected(item) for key, item in value.items() if item is not None}
        return {key: item for key, item in made.items() if item is not _GONE}
    if isinstance(value, list):
        return [item for item in map(_undirected, value) if item is not _GONE]
    return value


def _directive(patch: dict[str, Any]) -> dict[str, Any]:
    directive = patch[_DIRECTIVE]
    if directive == "replace":
        del patch[_DIRECTIVE]
        return patch
    if directive == "delete":
        return {}
    raise _unknown_directive(directive, patch)


def _unknown_directive(directive: Any, patch: dict[str, Any]) -> PatchError:
    return PatchError(f"unknown patch type: {go_print(directive)} in map: {go_print(patch)}")


def _retain_keys(original: dict[str, Any], patch: dict[str, Any]) -> None:
    if _RETAIN not in patch:
        return
    kept = patch.pop(_RETAIN)
    if not isinstance(kept, list):
        raise BadPatch(_BAD_RETAIN)
    for key, value in patch.items():
        if value is not None and not key.startswith((_DELETE_FROM, _ORDER)) and key not in kept:
            raise BadPatch(_BAD_RETAIN)
    for key in [key for key in original if key not in kept]:
        del original[key]


def _after_slash(key: str, prefix: str, problem: str) -> str:
    head, slash, name = key.partition("/")
    if not slash or head != prefix:
        raise BadPatch(problem)
    return name


def _field(codec: Codec, name: str) -> tuple[Codec, str, str]:
    """The type, patch strategy (without retainKeys) and merge key of a field; raises `PatchError` for an unknown one."""
    while isinstance(codec, Pointer):
        codec = codec.target
    if isinstance(codec, Map):
        return codec.item, "", ""
    if not isinstance(codec, Struct) or name not in codec.fields:
        struct = codec.go.rpartition(".")[2]
        raise PatchError(f'unable to find api field in struct {struct} for the json field "{name}"')
    field = codec.fields[name]
    strategies = [part for part in str(field.extra.get("ps", "")).split(",") if part and part != "retainKeys"]
    return field.codec, strategies[0] if strategies else "", str(field.extra.get("pk", ""))


def _item(codec: Codec) -> Codec:
    while isinstance(codec, Pointer):
        codec = codec.target
    assert isinstance(codec, Slice), codec.go
    return codec.item


def _merge_ordered_lists(original: dict[str, Any], patch: dict[str, Any], codec: Codec) -> None:
    """Merge the lists whose order ``$setElementOrder`` gives, and take them out of the patch."""
    for key in [key for key in patch if key.startswith(_ORDER)]:
        order = patch.pop(key)
        if not isinstance(order, list):
            raise _wrong_type(order)
        name = _after_slash(key, _ORDER, _BAD_ORDER)
        for document in (original, patch):
            if name in document and not isinstance(document[name], list):
                raise _wrong_type(document[name])
        _, _, merge_key = _field(codec, name)
        _check_order(patch.get(name, []), order, merge_key)
        if name in original and name in patch:
            merged = _merge_list(original[name], patch[name], codec, name, deleting=False)
        elif name in original or name in patch:
            merged = original.get(name, patch.get(name, []))
        else:
            continue
        same_kind(original.get(name, []), patch.get(name, []), needed=True)
        original[name] = arranged(merged, order, original.get(name, []), merge_key)
        patch.pop(name, None)


def _wrong_type(value: Any) -> PatchError:
    return PatchError(f"expected a []interface {{}}, but received a {go_type(value)}")


def _check_order(items: list[Any], order: list[Any], merge_key: str) -> None:
    """The items must stand in the order of the directive, and all of them in it."""
    if not items or not order:
        return
    wanted = [item for item in items if not (isinstance(item, dict) and _DIRECTIVE in item)]
    keys = [merge_key_of(item, merge_key) for item in order]
    at = 0
    for item in wanted:
        key = merge_key_of(item, merge_key)
        while at < len(keys) and keys[at] != key:
            at += 1
        if at == len(keys):
            raise PatchError(
                f"The order in patch list:\n{go_print(items)}\n doesn't match {_ORDER} list:\n{go_print(order)}\n"
            )
        at += 1


def _merge_list(original: list[Any], patch: list[Any], codec: Codec, name: str, *, deleting: bool) -> list[Any]:
    field, strategy, merge_key = _field(codec, name)
    if strategy != "merge":
        return patch
    if not original and not patch:
        return original
    kind = same_kind(original, patch, needed=True)
    if kind is not dict:
        if deleting:
            return [item for item in original if item not in patch]
        return arranged(_unique([*original, *patch]), patch, original, "")
    if not merge_key:
        raise PatchError("cannot merge lists without merge key for type struct")
    original, patch = _special_items(original, patch, merge_key)
    merged = _merge_items(list(original), patch, merge_key, _item(field))
    return arranged(merged, patch, original, merge_key)


def _unique(items: list[Any]) -> list[Any]:
    made = list(items)
    last = len(made) - 1
    first = 0
    while first < last:
        second = first + 1
        while second <= last:
            if made[first] == made[second]:
                made[second] = made[last]
                made.pop()
                last -= 1
            else:
                second += 1
        first += 1
    return made


def _special_items(original: list[Any], patch: list[Any], merge_key: str) -> tuple[list[Any], list[Any]]:
    """Carry out the ``$patch`` directives among a list's items: what is left of the list and of the patch."""
    ordinary, replace = [], False
    for item in patch:
        if _DIRECTIVE not in item:
            ordinary.append(item)
        elif item[_DIRECTIVE] == "delete":
            key = merge_key_of(item, merge_key)
            original = [old for old in original if not (merge_key in old and old[merge_key] == key)]
        elif item[_DIRECTIVE] == "replace":
            replace = True
        elif item[_DIRECTIVE] == "merge":
            raise PatchError("merging lists cannot yet be specified in the patch")
        else:
            raise _unknown_directive(item[_DIRECTIVE], item)
    return (ordinary, []) if replace else (original, ordinary)


def _merge_items(original: list[Any], patch: list[Any], merge_key: str, item_codec: Codec) -> list[Any]:
    for item in patch:
        at = find(original, merge_key, merge_key_of(item, merge_key))
        if at < 0:
            original.append(item)
        else:
            original[at] = _merge_object(dict(original[at]), dict(item), item_codec)
    return original
