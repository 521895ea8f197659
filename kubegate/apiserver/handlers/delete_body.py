"""The body of a DELETE: DeleteOptions, in whatever group's version the client's library writes them.

Source: k8s.io/apiserver ``endpoints/handlers/delete.go`` (per-group DeleteOptions are taken for the sake of old clients).
"""

from __future__ import annotations

from kubegate.api.names import GroupVersionKind, Object
from kubegate.api.schema.decode import interpret, parse, to_object
from kubegate.api.schema.errors import DecodeError
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.decoding import object_media_type, read_body
from kubegate.apiserver.messages import Request

_OPTIONS = GroupVersionKind("", "v1", "DeleteOptions")


def delete_body(request: Request) -> Object | None:
    """The options in the body, None without a body. Raises 415, or the 500 that undecodable options are answered with."""
    body = read_body(request)
    if not body:
        return None
    media_type = object_media_type(request)
    try:
        value = parse(body, yaml=media_type == "application/yaml").value
        if interpret(value).kind not in ("", _OPTIONS.kind):
            raise DecodeError("decoded object cannot be converted to DeleteOptions")
        options, _ = to_object(value, _OPTIONS)
    except DecodeError as error:
        raise StatusError(Status(500, "", error.message)) from error
    return options
