"""What a webhook's answer says, once it is known to be one.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/request/admissionreview.go``; client-go ``rest.Result.Into``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubegate.admission.webhooks.errors import CallFailed
from kubegate.admission.webhooks.review_types import review_type
from kubegate.api.schema import gojson
from kubegate.api.schema.decode import interpret, parse
from kubegate.api.schema.errors import Context, DecodeError
from kubegate.outbound.exchange import Answer
from kubegate.outbound.failures import response_error

GROUP = "admission.k8s.io"
_FAILED, _INVALID = "failed to call webhook", "received invalid webhook response"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; ``patch`` is empty if there is none."""

    allowed: bool
    result: Mapping[str, Any] = field(default_factory=dict)
    patch: bytes = b""
    patch_type: str = ""
    audit: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read(name: str, answer: Answer, version: str, uid: str, *, mutating: bool) -> Response:
    """The response to a review of that version; raises `CallFailed`."""
    try:
        review = review_type(version).decode(read_review(answer, f"{GROUP}/{version}", "AdmissionReview"), Context())
    except (Unreadable, DecodeError) as error:
        raise CallFailed(name, f"{_FAILED}: {error}") from error
    try:
        return _verify(review, version, uid, mutating=mutating)
    except Unreadable as error:
        raise CallFailed(name, f"{_INVALID}: {error}") from error


class Unreadable(Exception):
    """Why an answer is unusable."""


def read_review(answer: Answer, api_version: str, review_kind: str) -> dict[str, Any]:
    """An answer as the review that was asked for (``admission.k8s.io/v1``, ``AdmissionReview``); raises `Unreadable`."""
    review_group, _, version = api_version.rpartition("/")
    content_type = answer.headers.get("content-type") or "application/json"
    media_type = content_type.partition(";")[0].strip().lower()
    failure = response_error(answer.status, answer.body, content_type=answer.headers.get("content-type", ""))
    if failure is not None:
        raise Unreadable(failure.message)
    if media_type != "application/json":
        raise Unreadable(f"serializer for {content_type} doesn't exist")
    if not answer.body:
        raise Unreadable(f"0-length response with status code: {answer.status} and content type: {content_type}")
    try:
        # What does not look like JSON is read as YAML.
        value = parse(answer.body, yaml=not answer.body.lstrip().startswith(b"{")).value
        kind = interpret(value)
    except DecodeError as error:
        raise Unreadable(error.message) from error
    if (kind.group, kind.kind) == (review_group, review_kind) and kind.version not in ("", version):
        raise Unreadable(f"converting ({kind.version}.{review_kind}) to ({version}.{review_kind}): unknown conversion")
    if kind.kind == "Status" and value.get("status") != "Success":
        raise Unreadable(str(value.get("message") or "unknown"))
    if kind.kind not in ("", review_kind):
        given = f"{kind.group}/{kind.version}" if kind.group else kind.version
        where = 'in scheme "k8s.io/apiserver/pkg/util/webhook/client.go:69"'
        raise Unreadable(f'no kind "{kind.kind}" is registered for version "{given}" {where}')
    made: dict[str, Any] = gojson.plain(value) or {}
    return made


def _verify(review: Mapping[str, Any], version: str, uid: str, *, mutating: bool) -> Response:
    response = review.get("response")
    if response is None:
        raise Unreadable("webhook response was absent")
    patch, patch_type = base64.b64decode(response.get("patch") or ""), response.get("patchType")
    if version == "v1":
        if response.get("uid", "") != uid:
            raise Unreadable(f'expected response.uid="{uid}", got "{response.get("uid", "")}"')
        _verify_kind(review)
        _verify_patch(patch, patch_type, mutating=mutating)
    elif patch:
        patch_type = "JSONPatch"
    if not mutating:
        patch = b""
    return Response(
        response.get("allowed", False),
        response.get("status") or {},
        patch,
        patch_type or "",
        response.get("auditAnnotations") or {},
        tuple(response.get("warnings") or ()),
    )


def _verify_kind(review: Mapping[str, Any]) -> None:
    api_version, kind = str(review.get("apiVersion") or ""), str(review.get("kind") or "")
    if (api_version, kind) != (f"{GROUP}/v1", "AdmissionReview"):
        group, _, version = api_version.rpartition("/")
        raise Unreadable(
            f"expected webhook response of {GROUP}/v1, Kind=AdmissionReview, got {group}/{version}, Kind={kind}"
        )


def _verify_patch(patch: bytes, patch_type: Any, *, mutating: bool) -> None:
    if not mutating:
        if patch:
            raise Unreadable("validating webhook may not return response.patch")
        if patch_type is not None:
            raise Unreadable("validating webhook may not return response.patchType")
        return
    if patch and patch_type is None:
        raise Unreadable("webhook returned response.patch but not response.patchType")
    if not patch and patch_type is not None:
        raise Unreadable("webhook returned response.patchType but not response.patch")
    if patch_type == "":
        raise Unreadable('webhook returned invalid response.patchType of ""')
