"""Refusals as Status objects, and bodies as JSON."""

from __future__ import annotations

from typing import Any

import orjson

from kubegate.api.go_json import syntax_error, type_error
from kubegate.api.status import Status, StatusError, bad_request
from kubegate.webhook.interface import HookResponse

MAX_BODY = 3 * 1024 * 1024
"""Bytes of a request body that are read, as kube-apiserver's own limit."""


def json_answer(value: Any, status: int = 200) -> HookResponse:
    """A JSON answer."""
    return HookResponse(status, orjson.dumps(value))


def refusal(status: Status) -> HookResponse:
    """A Status as an answer."""
    return json_answer(status.to_object(), status.code)


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises `StatusError` (400) for anything else."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = syntax_error(body.decode("utf-8", "replace")) or "invalid JSON"
        raise StatusError(bad_request(f"the body of the request is not JSON: {message}")) from error
    if not isinstance(value, dict):
        raise StatusError(bad_request(type_error(value, "", "object")))
    return value


def check_kind(review: dict[str, Any], kind: str, api_versions: tuple[str, ...]) -> str:
    """The review's apiVersion, if it is of the kind; raises `StatusError` (400) otherwise."""
    found_kind, version = review.get("kind"), review.get("apiVersion")
    if found_kind != kind or version not in api_versions:
        wanted = " or ".join(api_versions)
        raise StatusError(bad_request(f"this path answers {kind} of {wanted}, not {found_kind!r} of {version!r}"))
    return str(version)
