"""Request bodies into objects, with the server's complaints about what is wrong with them.

Source: apimachinery ``runtime/serializer/json`` and apiserver ``endpoints/handlers`` (transformDecodeError).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kubegate.api.go import quote
from kubegate.api.go_json import type_error
from kubegate.api.names import GroupVersionKind, Object, split_api_version
from kubegate.api.schema import gojson, goyaml
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.api.schema.table import builtin
from kubegate.api.status import StatusError, bad_request

_SCHEME = "pkg/api/legacyscheme/scheme.go:30"
_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_YAML_ERRORS = "yaml: unmarshal errors:\n"


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body: the JSON value, and what strict reading of YAML complains about (duplicate keys)."""

    value: Any
    duplicates: list[str] = field(default_factory=list)


def parse(body: bytes, *, yaml: bool) -> Body:
    """Read JSON or YAML; raises `DecodeError`."""
    if not yaml:
        try:
            return Body(gojson.parse(body))
        except DecodeError as error:
            raise DecodeError(f"couldn't get version/kind; json parse error: {error.message}") from error
    value, duplicates = goyaml.parse(body)
    return Body(value, duplicates)


def interpret(value: Any) -> GroupVersionKind:
    """The kind that a JSON value says it is; raises `DecodeError`."""
    problem = ""
    kind = api_version = ""
    if value is not None and not isinstance(value, dict):
        problem = type_error(gojson.plain(value), "", _META)
    for key, item in (value or {}).items() if not problem else ():
        lower = key.lower()
        if lower not in ("kind", "apiversion") or item is None:
            continue
        if not isinstance(item, str):
            problem = type_error(gojson.plain(item), "." + ("kind" if lower == "kind" else "apiVersion"), "string")
            break
        if lower == "kind":
            kind = item
        else:
            api_version = item
    if problem:
        raise DecodeError(f"couldn't get version/kind; json parse error: {problem}")
    if api_version.count("/") > 1:
        raise DecodeError(f"unexpected GroupVersion string: {api_version}")
    return GroupVersionKind(*split_api_version(api_version), kind)


def with_defaults(actual: GroupVersionKind, default: GroupVersionKind) -> GroupVersionKind:
    """What the body does not say is taken from the request."""
    group, version, kind = actual
    kind = kind or default.kind
    if not version and group in ("", default.group):
        group, version = default.group, default.version
    return GroupVersionKind(group, version, kind)


def to_object(value: Any, gvk: GroupVersionKind, *, sent: bool = False) -> tuple[Object, list[str]]:
    """A JSON value read as a built-in kind: the normalised object and strict complaints; raises `DecodeError`.

    ``sent``: maps that were given empty stay, until the object is normalised."""
    codec = builtin().kind(gvk)
    if codec is None:
        version = gvk.version if not gvk.group else f"{gvk.group}/{gvk.version}"
        raise DecodeError(f'no kind "{gvk.kind}" is registered for version "{version}" in scheme "{_SCHEME}"')
    context = Context(sent=sent)
    made = codec.decode(value, context)
    return {"kind": gvk.kind, "apiVersion": gvk.api_version, **_without_type(made)}, context.strict


def _without_type(obj: Object) -> Object:
    obj.pop("kind", None)
    obj.pop("apiVersion", None)
    return obj


_STORED_AS_JSON = ("apiextensions.k8s.io", "apiregistration.k8s.io")


def as_stored(gvk: GroupVersionKind, obj: Object) -> Object:
    """As `normalize`, and with null for empty lists where the store's encoding does not tell them apart."""
    return _normalize(gvk, obj, Context(stored=gvk.group not in _STORED_AS_JSON))


def normalize(gvk: GroupVersionKind, obj: Object) -> Object:
    """An object as the server would print it: zero values without meaning dropped, required ones there, quantities and
    timestamps canonical, fields in Go's order. Objects of kinds that are not built in are answered as they are.

    Raises `DecodeError` if a value has the wrong type."""
    return _normalize(gvk, obj, Context())


def written(gvk: GroupVersionKind, obj: Object) -> Object:
    """An object on its way as it is written out: `normalize`, and the same object where nothing in it is empty."""
    return normalize(gvk, obj) if _holds_empty(obj) else obj


def _holds_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return not value or any(_holds_empty(item) for item in value.values() if isinstance(item, dict | list))
    return any(_holds_empty(item) for item in value if isinstance(item, dict | list))


def _normalize(gvk: GroupVersionKind, obj: Object, context: Context) -> Object:
    codec = builtin().kind(gvk)
    if codec is None:
        return obj
    made = _without_type(codec.decode(obj, context))
    ordered = {name: made[name] for name in codec.fields if name in made}
    return {"kind": gvk.kind, "apiVersion": gvk.api_version, **ordered}


def decode(body: bytes, content_type: str, gvk: GroupVersionKind, field_validation: str = "") -> tuple[Object, list[str]]:
    """The body of a create or update as an object of ``gvk``, and the warnings for the client.

    ``content_type`` is a media type without parameters; ``field_validation`` is Ignore, Warn (or empty) or Strict.
    Raises `StatusError` (400) in the server's words."""
    actual = GroupVersionKind("", "", "")
    try:
        yaml = content_type == "application/yaml"
        parsed = parse(body, yaml=yaml)
        actual = with_defaults(interpret(parsed.value), gvk)
        obj, unknown = to_object(parsed.value, actual, sent=True)
        complaints = strict_complaints(parsed.duplicates, unknown)
        if field_validation == "Strict" and complaints:
            raise DecodeError(f"strict decoding error: {', '.join(complaints)}")
        if actual.kind != gvk.kind:
            raise DecodeError(f"converting ({_go_kind(actual)}) to ({_internal_kind(gvk)}): unknown conversion")
    except DecodeError as error:
        raise StatusError(bad_request(_explain(error.message, actual, gvk, body))) from error
    if (actual.group, actual.version) != (gvk.group, gvk.version):
        text = (
            f"the API version in the data ({actual.api_version}) does not match the expected API version ({gvk.api_version})"
        )
        raise StatusError(bad_request(text))
    return obj, [] if field_validation == "Ignore" else warnings_of(complaints)


def strict_complaints(duplicates: Sequence[str], unknown: Sequence[str]) -> list[str]:
    """Everything that strict decoding found; duplicate keys of YAML make one complaint together."""
    lines = [_YAML_ERRORS + "\n".join(f"  {line}" for line in duplicates)] if duplicates else []
    return [*lines, *unknown]


def warnings_of(complaints: Sequence[str]) -> list[str]:
    """The warnings that stand for strict complaints."""
    found: list[str] = []
    for complaint in complaints:
        text = complaint.removeprefix(_YAML_ERRORS)
        found += [line.strip() for line in text.split("\n")] if text != complaint else [complaint]
    return found


def _explain(message: str, actual: GroupVersionKind, wanted: GroupVersionKind, body: bytes) -> str:
    if actual.kind:
        return f"{actual.kind} in version {quote(actual.version)} cannot be handled as a {wanted.kind}: {message}"
    return f"the object provided is unrecognized (must be of type {wanted.kind}): {message} ({_summary(body)})"


def _summary(body: bytes, limit: int = 30) -> str:
    if not body:
        return "<empty>"
    dots = " ..." if len(body) > limit else ""
    if body[:1] == b"{":
        return body[:limit].decode("utf-8", "replace") + dots
    return body[:limit].hex() + dots


def _go_kind(gvk: GroupVersionKind) -> str:
    return f"{gvk.version}.{gvk.kind}"


def _internal_kind(gvk: GroupVersionKind) -> str:
    name = builtin().kind_id(gvk) or "core/"
    return f"{name.partition('/')[0]}.{gvk.kind}"
