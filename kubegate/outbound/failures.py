"""What client-go makes of an answer that is not a success.

Source: apimachinery ``errors.NewGenericServerResponse``.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

_TEXTS = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    406: "the server was unable to respond with a content type that the client supports",
    409: "the server reported a conflict",
    410: "the server reported a resource is expired",
    413: "the request body is too large",
    415: "the body of the request was in an unknown format",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}
_SHOWN = 2048


@dataclass(frozen=True, slots=True)
class Failure:
    """``message`` as client-go words it; ``retry``: asking again may help (500, 504, 429, or Retry-After)."""

    message: str
    retry: bool


def response_error(status: int, body: bytes, *, content_type: str = "", retry_after: bool = False) -> Failure | None:
    """None for 200 to 206, else what went wrong: the Status that was sent, or a text by code. Of the body only texts are
    shown; what has no ``content_type`` is a text."""
    if 200 <= status <= 206:
        return None
    retry = status in (429, 500, 504) or retry_after
    is_text = not content_type or content_type.strip().lower().startswith("text/")
    return Failure(_sent_message(body) or _text(status, body if is_text else b""), retry)


def _sent_message(body: bytes) -> str:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if isinstance(sent, dict) and sent.get("kind") == "Status" and sent.get("status") != "Success":
        return str(sent.get("message") or "")
    return ""


def _text(status: int, body: bytes) -> str:
    if status in _TEXTS:
        return _TEXTS[status]
    shown = body[:_SHOWN].decode("utf-8", "replace").strip() or "unknown"
    if status == 403:
        return shown
    if status >= 500:
        return f'an error on the server ("{shown}") has prevented the request from succeeding'
    return f"the server responded with the status code {status} but did not return more information"
