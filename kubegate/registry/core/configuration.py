"""Config maps and secrets."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from kubegate.api.field_errors import FieldError, forbidden, invalid, required, too_long
from kubegate.api.go_json import syntax_error, type_error
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.key_pairs import key_pair_problem
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.names import config_map_key

SIZE_LIMIT = 1024 * 1024
_FROZEN = "field is immutable when `immutable` is set"
_ACCOUNT = "kubernetes.io/service-account.name"
_DOCKER = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(value or "")
    except (binascii.Error, ValueError):
        return b""


def _validate_config_map(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, obj)
    data, binary, size = obj.get("data") or {}, obj.get("binaryData") or {}, 0
    for key, value in data.items():
        errors += [invalid(f"data[{key}]", key, text) for text in config_map_key(key)]
        if key in binary:
            errors.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += _size(value or "")
    for key, value in binary.items():
        errors += [invalid(f"binaryData[{key}]", key, text) for text in config_map_key(key)]
        size += len(_decoded(value))
    if size > SIZE_LIMIT:
        errors.append(too_long("[]", SIZE_LIMIT))  # the path of the whole object
    return errors


def _check_frozen(errors: list[FieldError], obj: Object, old: Object, *keys: str) -> None:
    if not old.get("immutable"):
        return
    if not obj.get("immutable"):
        errors.append(forbidden("immutable", _FROZEN))
    for key in keys:
        if (obj.get(key) or {}) != (old.get(key) or {}):
            errors.append(forbidden(key, _FROZEN))


def _validate_config_map_update(obj: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    _check_frozen(errors, obj, old, "data", "binaryData")
    return errors + _validate_config_map(obj, context)


def _default_secret(secret: Object) -> None:
    if not secret.get("type"):
        secret["type"] = "Opaque"
    plain = secret.pop("stringData", None)
    if plain:
        data = secret.get("data")
        if data is None:
            data = secret["data"] = {}
        for key, value in plain.items():
            data[key] = base64.b64encode((value or "").encode("utf-8", "surrogateescape")).decode()


def _validate_secret(secret: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, secret)
    data, size = secret.get("data") or {}, 0
    for key, value in data.items():
        errors += [invalid(f"data[{key}]", key, text) for text in config_map_key(key)]
        size += len(_decoded(value))
    if size > SIZE_LIMIT:
        errors.append(too_long("data", SIZE_LIMIT))
    _check_type(errors, secret, data)
    return errors


def _check_type(errors: list[FieldError], secret: Object, data: dict[str, Any]) -> None:
    kind = secret.get("type") or ""
    if kind == "kubernetes.io/service-account-token":
        if not annotations_of(secret).get(_ACCOUNT):
            errors.append(required(f"metadata.annotations[{_ACCOUNT}]"))
    elif kind in _DOCKER:
        key = _DOCKER[kind]
        if key not in data:
            errors.append(required(f"data[{key}]"))
        elif problem := _json_object_problem(_decoded(data[key])):
            errors.append(invalid(f"data[{key}]", "<secret contents redacted>", problem))
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            errors += [required("data[username]"), required("data[password]")]
    elif kind == "kubernetes.io/ssh-auth":
        if not data.get("ssh-privatekey"):
            errors.append(required("data[ssh-privatekey]"))
    elif kind == "kubernetes.io/tls":
        errors += [required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]


def _json_object_problem(text: bytes) -> str:
    """Why the text is no JSON object, as Go's decoder says it; empty if it is one."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return syntax_error(text.decode("utf-8", "surrogateescape"))
    return "" if value is None or isinstance(value, dict) else type_error(value, "", "map[string]interface {}")


def _validate_secret_update(secret: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    if secret.get("type") != old.get("type"):
        errors.append(invalid("type", secret.get("type") or "", IMMUTABLE))
    _check_frozen(errors, secret, old, "data")
    return errors + _validate_secret(secret, context)


def _prepare_secret_update(secret: Object, old: Object, context: WriteContext) -> None:
    # A writer that leaves the type out does not mean to change it; defaulting has filled it in.
    if not secret.get("type") and old.get("type"):
        secret["type"] = old["type"]


def _secret_warnings(secret: Object, old: Object | None) -> Sequence[str]:
    """A pair of certificate and key that a TLS server could not load."""
    data = secret.get("data") or {}
    if secret.get("type") != "kubernetes.io/tls" or "tls.crt" not in data or "tls.key" not in data:
        return ()
    problem = key_pair_problem(_decoded(data["tls.crt"]), _decoded(data["tls.key"]))
    return (problem,) if problem else ()


CONFIG_MAP = Strategy(
    resource="configmaps",
    validate=_validate_config_map,
    validate_update=_validate_config_map_update,
)
SECRET = Strategy(
    resource="secrets",
    default=_default_secret,
    validate=_validate_secret,
    prepare_update=_prepare_secret_update,
    validate_update=_validate_secret_update,
    warnings=_secret_warnings,
)
