"""The AdmissionReview that a webhook is sent.

Source: k8s.io/apiserver ``pkg/admission/plugin/webhook/request/admissionreview.go``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from kubegate.admission.interface import Operation, Review
from kubegate.admission.matching.criteria import Match
from kubegate.admission.policies.bindings import options_of, request_of
from kubegate.admission.webhooks.answers import GROUP
from kubegate.api.names import Object, name_of

VERSIONS = ("v1", "v1beta1")


@dataclass(frozen=True, slots=True)
class Request:
    """A review as it goes over the wire."""

    version: str
    uid: str
    body: bytes


def version_of(accepted: Iterable[str]) -> str:
    """The first version that both sides know, "" if there is none."""
    return next((version for version in accepted if version in VERSIONS), "")


def build(review: Review, match: Match, version: str, obj: Object | None, old: Object | None) -> Request:
    """The request; the objects are in the version that was matched."""
    uid = str(uuid.uuid4())
    seen = request_of(review, match)
    name = review.name or (name_of(obj) if obj and review.operation == Operation.CREATE else "")
    request: dict[str, Any] = {"uid": uid, "kind": seen["kind"], "resource": seen["resource"]}
    request |= {"subResource": review.subresource} if review.subresource else {}
    request |= {"requestKind": seen["requestKind"], "requestResource": seen["requestResource"]}
    request |= {"requestSubResource": review.subresource} if review.subresource else {}
    request |= {key: value for key, value in (("name", name), ("namespace", review.namespace)) if value}
    request |= {
        "operation": str(review.operation),
        "userInfo": review.user.to_info(),
        "object": obj,
        "oldObject": old,
        "dryRun": review.dry_run,
        "options": options_of(review) or None,
    }
    sent = {"kind": "AdmissionReview", "apiVersion": f"{GROUP}/{version}", "request": request}
    return Request(version, uid, orjson.dumps(sent))
