"""Values against structural schemas, in the words of the server.

On an update, what did not change is not complained about (ratcheting). Source: kube-openapi ``pkg/validation/validate``;
apiextensions-apiserver ``pkg/apiserver/validation``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from kubegate.api.field_errors import FieldError, invalid, not_supported, required, too_long, too_many, type_invalid
from kubegate.cel.library.regexes import BadPattern, search
from kubegate.registry.custom.composites import check_composites
from kubegate.registry.custom.formats import kept_format, valid
from kubegate.registry.custom.numbers import check_number
from kubegate.registry.custom.structural import Schema, additional, items
from kubegate.registry.custom.value_types import ROOT, type_error

ABSENT: Any = object()


def validate(value: Any, schema: Schema, old: Any = ABSENT) -> list[FieldError]:
    """What is wrong with a value; ``old`` is what it was."""
    return list({str(error): error for error in _check(value, schema, old, "")}.values())


def same(value: Any, old: Any) -> bool:
    """Whether nothing changed."""
    return old is not ABSENT and type(value) is type(old) and bool(value == old)


def field(path: str) -> str:
    """A path as errors show it."""
    return path or ROOT


def correlate(schema: Schema, old: Any) -> dict[Any, Any]:
    """Old items of a list by their keys, where the list has keys."""
    keys = schema.get("x-kubernetes-list-map-keys")
    if schema.get("x-kubernetes-list-type") != "map" or not keys or not isinstance(old, list):
        return {}
    return {item_key(item, keys): item for item in old if isinstance(item, dict)}


def item_key(item: Any, keys: list[str]) -> str:
    """What identifies an item of a map list."""
    return orjson.dumps([item.get(key) for key in keys]).decode() if isinstance(item, dict) else ""


def _check(value: Any, schema: Schema, old: Any, path: str) -> Iterator[FieldError]:
    if same(value, old):
        return
    if value is None:
        if not schema.get("nullable"):
            yield from filter(None, (type_error(value, schema, path),))
        yield from _enum(value, schema, path)
        return
    wrong = type_error(value, schema, path)
    if wrong:
        yield wrong
    yield from check_composites(value, schema, path, _check_new)
    if isinstance(value, str):
        yield from _string(value, schema, path, typed=not wrong)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from check_number(value, schema, path)
    elif isinstance(value, list):
        yield from _list(value, schema, old, path)
    yield from _enum(value, schema, path)
    if isinstance(value, dict):
        yield from _object(value, schema, old, path)


def _check_new(value: Any, schema: Schema, path: str) -> list[FieldError]:
    return list(_check(value, schema, ABSENT, path))


def _enum(value: Any, schema: Schema, path: str) -> Iterator[FieldError]:
    choices = schema.get("enum")
    if choices and value not in choices:
        shown = [choice if isinstance(choice, str) else orjson.dumps(choice).decode() for choice in choices]
        yield not_supported(field(path), value, shown)


def _string(value: str, schema: Schema, path: str, *, typed: bool) -> Iterator[FieldError]:
    if (limit := schema.get("maxLength")) is not None and len(value) > limit:
        yield too_long(field(path), limit)
    elif (limit := schema.get("minLength")) is not None and len(value) < limit:
        yield invalid(field(path), value, f"{path} in body should be at least {limit} chars long")
    elif (pattern := schema.get("pattern")) and not _matches(pattern, value):
        yield invalid(field(path), value, f"{path} in body should match '{pattern}'")
    name = kept_format(schema)
    if typed and name and not valid(name, value):
        yield type_invalid(field(path), value, f'{path} in body must be of type {name}: "{value}"')


def _matches(pattern: str, value: str) -> bool:
    try:
        return search(pattern, value)
    except BadPattern:
        return False


def _list(value: list[Any], schema: Schema, old: Any, path: str) -> Iterator[FieldError]:
    known, keys = correlate(schema, old), schema.get("x-kubernetes-list-map-keys") or []
    for index, item in enumerate(value):
        before = known.get(item_key(item, keys), ABSENT) if known else ABSENT
        yield from _check(item, items(schema), before, f"{path}[{index}]")
    if (limit := schema.get("maxItems")) is not None and len(value) > limit:
        yield too_many(field(path), len(value), limit)
    if (limit := schema.get("minItems")) is not None and len(value) < limit:
        yield invalid(field(path), len(value), f"{path} in body should have at least {limit} items")
    if schema.get("uniqueItems") and any(item in value[:index] for index, item in enumerate(value)):
        yield invalid(field(path), value, f"{path} in body shouldn't contain duplicates")


def _object(value: dict[str, Any], schema: Schema, old: Any, path: str) -> Iterator[FieldError]:
    count = len(value)
    if (limit := schema.get("minProperties")) is not None and count < limit:
        yield invalid(field(path), count, f"{path} in body should have at least {limit} properties")
        return
    if (limit := schema.get("maxProperties")) is not None and count > limit:
        yield too_many(field(path), count, limit)
        return
    properties, rest = schema.get("properties") or {}, additional(schema)
    before = old if isinstance(old, dict) else {}
    for key, item in value.items():
        below = properties.get(key, rest)
        if below is not None:
            yield from _check(item, below, before.get(key, ABSENT), f"{path}.{key}" if path else key)
    for key in schema.get("required") or ():
        if key not in value:
            yield required(f"{path}.{key}" if path else key)


def validate_lists(value: Any, schema: Schema, path: str = "") -> list[FieldError]:
    """Items that stand twice in sets and map lists."""
    errors: list[FieldError] = []
    if isinstance(value, dict):
        properties, rest = schema.get("properties") or {}, additional(schema)
        for key, item in value.items():
            below = properties.get(key, rest)
            if below is not None:
                errors += validate_lists(item, below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        errors += _duplicates(value, schema, path)
        for index, item in enumerate(value):
            errors += validate_lists(item, items(schema), f"{path}[{index}]")
    return errors


def _duplicates(value: list[Any], schema: Schema, path: str) -> Iterator[FieldError]:
    kind, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys") or []
    if kind not in ("set", "map"):
        return
    seen: list[Any] = []
    for index, item in enumerate(value):
        shown = {key: item[key] for key in keys if key in item} if kind == "map" and isinstance(item, dict) else item
        if shown in seen:
            yield FieldError("FieldValueDuplicate", f"{path}[{index}]", "", shown)
        seen.append(shown)
