"""Bearer tokens judged by a remote service: a TokenReview goes there, its status comes back.

``authenticated`` alone decides: an error beside it is ignored, a missing user has an empty name, missing audiences mean
the API server's. An answer of another version or shape, an outage, a refusal by the service: refused, after retries
where they may help. Source: k8s.io/apiserver ``plugin/pkg/authenticator/token/webhook``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson

from kubegate.api.user import User
from kubegate.authn.chain import intersect
from kubegate.authn.interface import ABSENT, Authenticated, Outcome, Refused
from kubegate.authn.jose import TokenError
from kubegate.errors import Unavailable
from kubegate.outbound.asking import Poster, ask
from kubegate.outbound.client import query_timeout

GROUP = "authentication.k8s.io"
VERSIONS = ("v1", "v1beta1")
TIMEOUT = 30.0


class WebhookTokens:
    """``version`` is that of the TokenReview sent and expected. Not cached here: see `cache.TokenCache`."""

    def __init__(
        self,
        client: Poster,
        version: str,
        api_audiences: tuple[str, ...],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._api_version = f"{GROUP}/{version}"
        self._api_audiences = api_audiences
        self._sleep = sleep

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        wanted = audiences or self._api_audiences
        try:
            status = self._ask(token, wanted)
            audiences_of_token = _strings(status, "audiences") or self._api_audiences
            user = _user(status)
        except (Unavailable, TokenError) as error:
            return Refused(error.message, transient=isinstance(error, Unavailable))
        good_for = intersect(audiences_of_token, wanted)
        if wanted and not good_for:
            return ABSENT
        if status.get("authenticated") is not True:
            text = status.get("error")
            return Refused(str(text)) if text else ABSENT
        return Authenticated(user, good_for)

    def _ask(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        spec: dict[str, Any] = {"token": token.encode("utf-8", "replace").decode()}
        if audiences:
            spec["audiences"] = list(audiences)
        review = {
            "kind": "TokenReview",
            "apiVersion": self._api_version,
            "metadata": {},
            "spec": spec,
            "status": {"user": {}},
        }
        answer = ask(self._client, orjson.dumps(review), query=query_timeout(TIMEOUT), sleep=self._sleep)
        return self._status(answer.body)

    def _status(self, body: bytes) -> dict[str, Any]:
        try:
            review = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise TokenError(f"couldn't get version/kind; json parse error: {error.msg}") from error
        if not isinstance(review, dict):
            raise TokenError("couldn't get version/kind; json parse error: json: cannot unmarshal value into an object")
        version, kind = review.get("apiVersion") or self._api_version, review.get("kind") or "TokenReview"
        if kind != "TokenReview":
            raise TokenError(
                f'no kind "{kind}" is registered for version "{version}" in scheme '
                '"k8s.io/client-go/kubernetes/scheme/register.go:82"'
            )
        if version != self._api_version:
            sent, got = self._api_version.rpartition("/")[2], str(version).rpartition("/")[2]
            raise TokenError(f"converting ({got}.TokenReview) to ({sent}.TokenReview): unknown conversion")
        return _mapping(review, "status")


def _mapping(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TokenError(f"json: cannot unmarshal into Go struct field {name}")
    return value


def _text(parent: dict[str, Any], name: str) -> str:
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TokenError(f"json: cannot unmarshal into Go struct field {name} of type string")
    return value


def _strings(parent: dict[str, Any], name: str) -> tuple[str, ...]:
    value = parent.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TokenError(f"json: cannot unmarshal into Go struct field {name} of type []string")
    return tuple(value)


def _user(status: dict[str, Any]) -> User:
    info = _mapping(status, "user")
    extra = _mapping(info, "extra")
    pairs = tuple((key, _strings(extra, key)) for key in extra)
    _text(status, "error")
    if not isinstance(status.get("authenticated", False), bool | None):
        raise TokenError("json: cannot unmarshal into Go struct field authenticated of type bool")
    return User(_text(info, "username"), _text(info, "uid"), _strings(info, "groups"), pairs)
