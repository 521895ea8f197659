"""Strict loading of versioned configuration files (``apiVersion``, ``kind``, no unknown or duplicate fields).

Errors speak as the server's strict decoder does: every unknown field is named, not the first.
Source: apimachinery ``runtime/serializer/json`` in strict mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from kubegate.api.go import quote
from kubegate.api.go_json import type_error
from kubegate.api.schema import gojson, goyaml
from kubegate.api.schema.errors import DecodeError
from kubegate.config.nulls import without_nulls
from kubegate.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)

_GO_TYPES = {
    "string_type": "string",
    "bool_type": "bool",
    "int_type": "int32",
    "list_type": "slice",
    "dict_type": "map",
    "model_type": "struct",
}


_NO_META = "couldn't get version/kind; json parse error: "
_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_GROUP = "apiserver.config.k8s.io"
_OTHERS = {
    # The other kinds that the server knows beside the wanted one, and their fields.
    "AdmissionConfiguration": {"plugins"},
    "AuthenticationConfiguration": {"anonymous", "jwt"},
    "AuthorizationConfiguration": {"authorizers"},
    "EncryptionConfiguration": {"resources"},
    "TracingConfiguration": {"endpoint", "samplingRatePerMillion"},
}
_ONLY_V1 = ("AdmissionConfiguration", "EncryptionConfiguration")


def load_versioned(path: str, kind: str, models: Mapping[str, type[Model]], *, scheme: str) -> Model:
    """The file as the model of its apiVersion; ``models``: apiVersion -> model; ``scheme``: the registry that messages name.

    Raises `ConfigurationError`: unreadable file, no such kind or version, unknown fields, wrong types (all of them)."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise ConfigurationError(f"failed to read {kind} from file {quote(path)}: open {path}: {reason}") from error
    return decode_versioned(content, kind, models, scheme=scheme)


def decode_versioned(content: bytes, kind: str, models: Mapping[str, type[Model]], *, scheme: str) -> Model:
    """The same for the content of a file."""
    document, problems = _parse(content)
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise ConfigurationError(_NO_META + type_error(document, "", _META))
    found_kind, version = document.pop("kind", None), document.pop("apiVersion", None)
    for name, value in (("apiVersion", version), ("kind", found_kind)):
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(_NO_META + type_error(value, f".{name}", "string"))
    for name, value in (("Kind", found_kind), ("apiVersion", version)):
        if not value:
            raise ConfigurationError(f"Object '{name}' is missing in '{content.decode('utf-8', 'replace')}'")
    if found_kind != kind and (fields := _fields_of(str(version), str(found_kind))) is not None:
        problems += [f"unknown field {quote(name)}" for name in sorted(set(document) - fields)]
        if problems:
            raise ConfigurationError("strict decoding error: " + ", ".join(problems))
        raise ConfigurationError(f"expected {kind}, got *apiserver.{found_kind}")
    if found_kind != kind or version not in models:
        raise ConfigurationError(
            f"no kind {quote(str(found_kind))} is registered for version {quote(str(version))} in scheme {quote(scheme)}"
        )
    try:
        model = models[version].model_validate(without_nulls(document, models[version]))
    except ValidationError as error:
        # Go reads keys in alphabetical order, and stops at the first wrong type.
        rows = sorted(error.errors(), key=lambda row: [(isinstance(part, str), part) for part in row["loc"]])
        unknown = [_place(row["loc"]) for row in rows if row["type"] == "extra_forbidden"]
        wrong = [dict(row) for row in rows if row["type"] != "extra_forbidden"]
        if wrong:
            raise ConfigurationError(_wrong(kind, models[version], version, wrong[0])) from error
        problems += [f"unknown field {quote(place)}" for place in unknown]
        raise ConfigurationError("strict decoding error: " + ", ".join(problems)) from error
    if problems:
        raise ConfigurationError("strict decoding error: " + ", ".join(problems))
    return model


def _parse(content: bytes) -> tuple[Any, list[str]]:
    """The first document, and what a strict reader complains of: keys that stand twice in a YAML mapping."""
    try:
        if content.lstrip().startswith(b"{"):
            value = _json(content)
            return gojson.plain(value), [f"duplicate field {quote(place)}" for place in _twice(value, "")]
        value, duplicates = goyaml.parse(content)
    except DecodeError as error:
        raise ConfigurationError(error.message) from error
    complaints = "".join(f"\n  {text}" for text in duplicates)
    return gojson.plain(value), [f"yaml: unmarshal errors:{complaints}"] if duplicates else []


def _twice(value: Any, place: str) -> Iterator[str]:
    """Where keys stand twice in JSON."""
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        prefix = f"{place}." if place else ""
        inner = ((f"{prefix}{key}", part) for key, part in value.items())
        if isinstance(value, gojson.Duplicated):
            keys = [key for key, _ in value.pairs]
            yield from (f"{prefix}{key}" for key in value if keys.count(key) > 1)
    elif isinstance(value, list):
        inner = ((f"{place}[{index}]", part) for index, part in enumerate(value))
    for where, part in inner:
        yield from _twice(part, where)


def _json(content: bytes) -> Any:
    try:
        return gojson.parse(content)
    except DecodeError as error:
        raise DecodeError(f"{_NO_META}{error.message}") from error


def _fields_of(version: str, kind: str) -> set[str] | None:
    """The fields of another kind that the server knows in this version; None if it knows none."""
    group, _, number = version.partition("/")
    known = group == _GROUP and number in ("v1", "v1beta1", "v1alpha1") and (number == "v1" or kind not in _ONLY_V1)
    return _OTHERS.get(kind) if known else None


def _place(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _wrong(kind: str, model: type[BaseModel], version: str, row: dict[str, Any]) -> str:
    if row["type"] == "value_error":
        return str(row["ctx"]["error"])
    place = _place(row["loc"])
    go = _go_field(model, version.rpartition("/")[2], row["loc"])
    if go is not None:
        return type_error(row["input"], *go)
    if row["type"] in _GO_TYPES:
        return type_error(row["input"], f"{kind}.{place}", _GO_TYPES[row["type"]])
    return f"{place}: {row['msg']}"


def _go_field(model: type[BaseModel], package: str, location: tuple[int | str, ...]) -> tuple[str, str] | None:
    """``Struct.path.to.field`` and the type of the field, for models that tell their names in Go (``go_name``)."""
    inner: Any = model
    struct, names = "", []
    for part in location:
        if isinstance(part, int):
            inner = get_args(inner)[0]
            continue
        if not hasattr(inner, "go_name"):
            return None
        struct = inner.go_name
        names.append(part)
        inner = _without_none(inner.model_fields[part].annotation)
    return f"{struct}.{'.'.join(names)}", _go_type(inner, package)


def _without_none(annotation: Any) -> Any:
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    return choices[0] if len(choices) == 1 and type(None) in get_args(annotation) else annotation


def _go_type(annotation: Any, package: str) -> str:
    if get_origin(annotation) is list:
        return f"[]{_go_type(get_args(annotation)[0], package)}"
    if hasattr(annotation, "go_name"):
        return f"{package}.{annotation.go_name}"
    return {str: "string", bool: "bool", int: "int32"}.get(annotation, "interface {}")
