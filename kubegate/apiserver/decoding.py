"""Request bodies: size limit, media type, JSON or YAML into plain values."""

from __future__ import annotations

import orjson

from kubegate.api import protobuf
from kubegate.api.status import Status, StatusError, bad_request
from kubegate.apiserver.messages import Request

MAX_BODY = 3 * 1024 * 1024
PROTOBUF = "application/vnd.kubernetes.protobuf"
_MEDIA_TYPES = ("application/json", "application/yaml")


def read_body(request: Request) -> bytes:
    """The body; raises 413 above 3 MiB. An object in protobuf form is turned into JSON here, so that nothing behind this
    knows of that form; raises 400 if it cannot be."""
    body = request.read_body(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        message = f"Request entity too large: limit is {MAX_BODY}"
        raise StatusError(Status(413, "RequestEntityTooLarge", message, {}))
    if body and media_type(request) == PROTOBUF:
        try:
            return orjson.dumps(protobuf.decode(body))
        except protobuf.ProtobufError as error:
            raise StatusError(bad_request(error.message)) from error
    return body


def media_type(request: Request) -> str:
    """The body's media type without parameters; absent means JSON."""
    return request.header("content-type").partition(";")[0].strip().lower() or "application/json"


def object_media_type(request: Request) -> str:
    """The same, where an object is expected; raises 415 if it is none that can be read."""
    found = media_type(request)
    if found == PROTOBUF:
        return _MEDIA_TYPES[0]  # by now it is
    if found not in _MEDIA_TYPES:
        raise StatusError(
            Status(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json, application/yaml, application/vnd.kubernetes.protobuf",
            )
        )
    return found
