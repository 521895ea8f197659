"""A client inside the server: its requests take the same way as anybody's, save that it need not prove who it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.api.user import AUTHENTICATED, User
from kubegate.apiserver.messages import Request
from kubegate.apiserver.pipeline import Pipeline

MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


class InternalClient:
    """Requests as one user. Authorization, admission, validation and audit apply; ``pipeline`` gives the one in force, so
    that a reload of the policies reaches this client too."""

    def __init__(self, pipeline: Callable[[], Pipeline], user: str, *groups: str, agent: str = "") -> None:
        self._pipeline = pipeline
        self._user = User.of(user, [*groups, AUTHENTICATED])
        self._agent = agent or user.rpartition(":")[2]

    def get(self, path: str) -> Object | None:
        """An object, or None if it is not there."""
        try:
            return self.request("GET", path)
        except StatusError as error:
            if error.status.code == 404:
                return None
            raise

    def create(self, path: str, obj: Object) -> Object:
        """POST to a collection or subresource."""
        return self.request("POST", path, obj)

    def update(self, path: str, obj: Object) -> Object:
        """PUT an object."""
        return self.request("PUT", path, obj)

    def patch(self, path: str, patch: Any, media_type: str = STRATEGIC_PATCH) -> Object:
        """PATCH an object."""
        return self.request("PATCH", path, patch, media_type=media_type)

    def delete(self, path: str, *, uid: str = "", grace: int | None = None) -> None:
        """DELETE an object, if ``uid`` is given exactly that one; one that is gone is no error."""
        options: Object = {"apiVersion": "v1", "kind": "DeleteOptions"}
        if uid:
            options["preconditions"] = {"uid": uid}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            self.request("DELETE", path, options)
        except StatusError as error:
            if error.status.code != 404:
                raise

    def request(self, method: str, path: str, body: Any = None, *, media_type: str = "application/json") -> Object:
        """Any request to the resource API, ``path`` with its query; raises StatusError if the server refuses."""
        content = b"" if body is None else orjson.dumps(body)
        headers: Mapping[str, list[str]] = {
            "accept": ["application/json"],
            "content-type": [media_type],
            "content-length": [str(len(content))],
            "user-agent": [self._agent],
        }
        place, _, query = path.partition("?")
        request = Request(
            method, place, parse_qs(query), headers, read_body=lambda limit: content, raw_query=query, uri=path
        )
        response = self._pipeline().handle_as(request, self._user)
        answer = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        if response.code < 400 and answer:
            found: Object = orjson.loads(answer)
            return found
        if response.code < 400:
            return {}
        raise StatusError(_status(response.code, answer))


def _status(code: int, answer: bytes) -> Status:
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return Status(code, "", answer.decode("utf-8", "replace"))
    return Status(code, found.get("reason") or "", found.get("message") or "", found.get("details") or {})
