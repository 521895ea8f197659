"""POST /authorize/batch: many questions in one request.

Two forms: JSON lines, a SubjectAccessReview each, answered by a line each in the same order; or one
``SubjectAccessReviewBatch`` (``authorization.kubegate.dev/v1alpha1``), whose ``spec`` holds the asker once and a list
``requests`` of ``resourceAttributes`` or ``nonResourceAttributes``, answered by ``status.results``.
"""

from __future__ import annotations

from typing import Any

import orjson

from kubegate.api.status import StatusError, bad_request
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.reviews import plain_attributes, subject_access_review
from kubegate.webhook.answers import parse, refusal
from kubegate.webhook.authorize import KIND, V1, question
from kubegate.webhook.decide import Decider
from kubegate.webhook.interface import JSON, HookRequest, HookResponse

BATCH_KIND = "SubjectAccessReviewBatch"
BATCH_VERSION = "authorization.kubegate.dev/v1alpha1"
JSON_LINES = "application/jsonl"


class BatchHandler:
    """Answers many reviews; a bad one gets an error of its own and does not disturb the others."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    def handle(self, request: HookRequest) -> HookResponse:
        """One answer for all; 400 only when the body as a whole cannot be read."""
        body = request.body.strip()
        lines = body.split(b"\n")
        value = _json(lines[0])
        if value is None or len(lines) == 1:
            if value is None and len(lines) > 1:
                value = _json(body)
            if isinstance(value, dict) and value.get("kind") == BATCH_KIND:
                return self._many(value)
            if value is not None:
                lines = [body]  # one review
            elif not any(isinstance(_json(line), dict) for line in lines):
                return _unreadable(body)
        return HookResponse(200, b"\n".join(self._line(line) for line in lines if line.strip()) + b"\n", JSON_LINES)

    def _line(self, line: bytes) -> bytes:
        try:
            attributes, version = question(line)
        except StatusError as error:
            return orjson.dumps({"kind": KIND, "apiVersion": V1, "status": {"error": _brief(error)}})
        return orjson.dumps({"kind": KIND, "apiVersion": version, "status": self._decider.status(attributes)})

    def _many(self, batch: dict[str, Any]) -> HookResponse:
        spec = batch.get("spec")
        requests = spec.get("requests") if isinstance(spec, dict) else None
        if batch.get("apiVersion") != BATCH_VERSION or not isinstance(spec, dict) or not isinstance(requests, list):
            message = f"a {BATCH_KIND} is of {BATCH_VERSION} and has a list spec.requests"
            return refusal(bad_request(message))
        asker = {key: value for key, value in spec.items() if key != "requests"}
        answer = {"kind": BATCH_KIND, "apiVersion": BATCH_VERSION, "status": {"results": self._results(asker, requests)}}
        return HookResponse(200, orjson.dumps(answer), JSON)

    def _results(self, asker: dict[str, Any], entries: list[Any]) -> list[dict[str, Any]]:
        """One result an entry, in order; refused entries stand between the decided ones."""
        questions = _Questions(asker)
        read = [questions.read(entry) for entry in entries]
        decided = iter(self._decider.statuses([entry for entry in read if isinstance(entry, Attributes)]))
        return [next(decided) if isinstance(entry, Attributes) else entry for entry in read]


def _json(text: bytes) -> Any:
    """The value, or None if it is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _unreadable(body: bytes) -> HookResponse:
    try:
        parse(body)
    except StatusError as error:
        return refusal(error.status)
    return refusal(bad_request("no review in it"))


class _Questions:
    """Entries of a batch as questions of one asker, whose part is read once."""

    def __init__(self, asker: dict[str, Any]) -> None:
        self._asker = asker
        self._user: User | None = None

    def read(self, entry: Any) -> Attributes | dict[str, Any]:
        """The question, or what is wrong with it."""
        resource = entry.get("resourceAttributes") if type(entry) is dict and len(entry) == 1 else None
        if self._user is not None and type(resource) is dict:
            plain = plain_attributes(self._user, resource)
            if plain is not None and resource:
                return plain
        try:
            if not isinstance(entry, dict):
                raise StatusError(bad_request("an entry of spec.requests is not an object"))
            attributes = subject_access_review({"spec": {**self._asker, **entry}})
        except StatusError as error:
            return {"error": _brief(error)}
        if not {"user", "groups", "uid", "extra"} & entry.keys():
            self._user = attributes.user
        return attributes


def _brief(error: StatusError) -> dict[str, Any]:
    return {"code": error.status.code, "reason": error.status.reason, "message": error.status.message}
