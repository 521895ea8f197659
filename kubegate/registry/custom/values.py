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
from kubegate.registry.custom.formats import kept_format, valid
from kubegate.registry.custom.numbers import check_number
from kubegate.registry.custom.structural import Schema, additional, items

ABSENT: Any = object()
ROOT = "<nil>"


def validate(value: Any, schema: Schema, old: Any = ABSENT) -> list[FieldError]:
    """What is wrong with a value; ``old`` is what it was."""
    return list(_check(value, schema, old, ""))


def json_type(value: Any) -> str:
    """The JSON schema name of a value's type."""
    names = ((bool, "boolean"), (int, "integer"), (str, "string"), (list, "array"), (dict, "object"))
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return next((name for kind, name in names if isinstance(value, kind)), "null")


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
    if value is None and schema.get("nullable"):
        return
    wrong = _type_error(value, schema, path)
    if wrong:
        yield wrong
    yield from _composites(value, schema, path)
    if isinstance(value, str):
        yield from _string(value, schema, path, typed=not wrong)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from check_number(value, schema, path)
    elif isinstance(value, list):
        yield from _list(value, schema, old, path)
    choices = schema.get("enum")
    if choices is not None and value not in choices:
        shown = [choice if isinstance(choice, str) else orjson.dumps(choice).decode() for choice in choices]
        yield not_supported(field(path), value, shown)
    if isinstance(value, dict):
        yield from _object(value, schema, old, path)


def _type_error(value: Any, schema: Schema, path: str) -> FieldError | None:
    wanted = schema.get("type") or ""
    if schema.get("x-kubernetes-int-or-string"):
        wanted = "integer,string"
    found, form = json_type(value), kept_format(schema)
    numeric = "integer" in wanted or "number" in wanted
    if form and not numeric and isinstance(value, list):
        return None  # a list passes for a text that has a format
    if form and isinstance(value, bool | int | float | dict) and found != wanted and not (numeric and found == "integer"):
        given = "" if isinstance(value, bool | dict) else "int64" if isinstance(value, int) else "float64"
        return type_invalid(field(path), given, f'{path} in body must be of type {form}: "{given}"')
    if not wanted or found in wanted.split(",") or (found == "integer" and wanted == "number"):
        return None
    return type_invalid(field(path), found, f'{path} in body must be of type {wanted}: "{found}"')


def _string(value: str, schema: Schema, path: str, *, typed: bool) -> Iterator[FieldError]:
    if (limit := schema.get("maxLength")) is not None and len(value) > limit:
        yield too_long(field(path), limit)
    if (limit := schema.get("minLength")) is not None and len(value) < limit:
        yield invalid(field(path), value, f"{path} in body should be at least {limit} chars long")
    if (pattern := schema.get("pattern")) and not _matches(pattern, value):
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
    if (limit := schema.get("maxProperties")) is not None and count > limit:
        yield too_many(field(path), count, limit)
    if (limit := schema.get("minProperties")) is not None and count < limit:
        yield invalid(field(path), limit, f"{path} in body should have at least {limit} properties")
    properties, rest = schema.get("properties") or {}, additional(schema)
    before = old if isinstance(old, dict) else {}
    for key, item in value.items():
        below = properties.get(key, rest)
        if below is not None:
            yield from _check(item, below, before.get(key, ABSENT), f"{path}.{key}" if path else key)
    for key in schema.get("required") or ():
        if key not in value:
            yield required(f"{path}.{key}" if path else key)


def _composites(value: Any, schema: Schema, path: str) -> Iterator[FieldError]:
    def fits(branch: Schema) -> bool:
        return not any(_check(value, branch, ABSENT, path))

    shown = f'"{path}"'
    if (branches := schema.get("anyOf")) and not any(map(fits, branches)):
        yield invalid(ROOT, "", f"{shown} must validate at least one schema (anyOf)")
        yield from _nearest(value, branches, path)
    if branches := schema.get("oneOf"):
        count = sum(map(fits, branches))
        if not count:
            yield invalid(ROOT, "", f"{shown} must validate one and only one schema (oneOf). Found none valid")
            yield from _nearest(value, branches, path)
        elif count > 1:
            text = f"{shown} must validate one and only one schema (oneOf). Found {count} valid alternatives"
            yield invalid(ROOT, "", text)
    if branches := schema.get("allOf"):
        wrong = [branch for branch in branches if not fits(branch)]
        for branch in wrong:
            yield from _check(value, branch, ABSENT, path)
        if wrong:
            some = ". None validated" if len(wrong) == len(branches) else ""
            yield invalid(ROOT, "", f"{shown} must validate all the schemas (allOf){some}")
    if (branch := schema.get("not")) and fits(branch):
        yield invalid(ROOT, "", f"{shown} must not validate the schema (not)")


def _nearest(value: Any, branches: list[Schema], path: str) -> list[FieldError]:
    """The complaints of the branch that fits best: the one with the fewest."""
    return min((list(_check(value, branch, ABSENT, path)) for branch in branches), key=len)


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
