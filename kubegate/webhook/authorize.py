"""POST /authorize: a SubjectAccessReview (v1 or v1beta1), answered. The hot path of the endpoint."""

from __future__ import annotations

from typing import Any

import orjson

from kubegate.api.names import GroupVersionKind
from kubegate.api.schema.decode import decode
from kubegate.api.status import StatusError
from kubegate.authz.interface import Attributes
from kubegate.authz.reviews import subject_access_review
from kubegate.webhook.answers import json_answer, refusal
from kubegate.webhook.decide import Decider
from kubegate.webhook.interface import JSON, HookRequest, HookResponse

KIND = "SubjectAccessReview"
GROUP = "authorization.k8s.io"
V1 = f"{GROUP}/v1"
V1BETA1 = f"{GROUP}/v1beta1"
_MERGED = tuple(
    f'"{name}"'.encode()
    for name in (
        *("spec", "metadata", "extra", "resourceAttributes", "nonResourceAttributes"),
        *("fieldSelector", "labelSelector"),
    )
)
"""Fields that Go merges where they stand twice, instead of taking the last."""

_NO_STATUS: tuple[Any, ...] = (None, {}, {"allowed": False})
"""As API servers send it."""


def question(body: bytes) -> tuple[Attributes, str]:
    """What a review asks, and its apiVersion; raises `StatusError` (400, 422) in the server's words."""
    review = _quickly(body)
    if review is not None:
        try:
            return _asked(review)
        except StatusError:
            pass  # said again below, in the server's words
    return _asked(_thoroughly(body))


def _asked(review: dict[str, Any]) -> tuple[Attributes, str]:
    version = str(review["apiVersion"])
    if version == V1:
        return subject_access_review(review), version
    spec = review.get("spec")
    if isinstance(spec, dict):
        spec = {("groups" if key == "group" else key): value for key, value in spec.items() if key != "groups"}
    return subject_access_review({**review, "apiVersion": V1, "spec": spec}), version


def _quickly(body: bytes) -> dict[str, Any] | None:
    """A review that says what it is, and in which nothing is said twice or in a roundabout way; None for all others."""
    try:
        review = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(review) is not dict or review.get("kind") != KIND or review.get("apiVersion") not in (V1, V1BETA1):
        return None
    if b"\\" in body or review.get("status") not in _NO_STATUS:
        return None
    for field in _MERGED:
        if body.count(field) > 1:
            return None
    metadata = review.get("metadata")
    if type(metadata) is dict and all(value is None for value in metadata.values()):
        del review["metadata"]  # API servers before 1.34 send creationTimestamp: null
    return review


def _thoroughly(body: bytes) -> dict[str, Any]:
    """As an API server reads it, that serves both versions."""
    try:
        return decode(body, JSON, GroupVersionKind(GROUP, "v1", KIND))[0]
    except StatusError as error:
        try:
            return decode(body, JSON, GroupVersionKind(GROUP, "v1beta1", KIND))[0]
        except StatusError as other:
            raise (other if _is_beta(body) else error) from error


def _is_beta(body: bytes) -> bool:
    return V1BETA1.encode() in body


class AuthorizeHandler:
    """Answers one review."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    def handle(self, request: HookRequest) -> HookResponse:
        """200 with the status filled in, or a refusal."""
        try:
            attributes, version = question(request.body)
        except StatusError as error:
            return refusal(error.status)
        return json_answer({"kind": KIND, "apiVersion": version, "status": self._decider.status(attributes)})
