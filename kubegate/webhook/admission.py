"""POST /mutate and /validate: an AdmissionReview (v1 or v1beta1), answered by the chain of the policies given.

Source: admission.k8s.io; a mutation is answered as a JSON patch (RFC 6902).
"""

from __future__ import annotations

import base64
import copy
from typing import Any

import jsonpatch
import orjson

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Review
from kubegate.api.status import Status, StatusError
from kubegate.webhook.answers import check_kind, json_answer, parse, refusal
from kubegate.webhook.interface import HookRequest, HookResponse
from kubegate.webhook.policy import InForce
from kubegate.webhook.review_models import AdmissionModel, UserModel, check_object, read

KIND = "AdmissionReview"
VERSIONS = ("admission.k8s.io/v1", "admission.k8s.io/v1beta1")


class AdmissionHandler:
    """Answers by the mutators (``mutating``) or the validators of the chain in force."""

    def __init__(self, chains: InForce[AdmissionChain], *, mutating: bool) -> None:
        self._chains = chains
        self._mutating = mutating

    def handle(self, request: HookRequest) -> HookResponse:
        """200 with a response for the request's uid, or a refusal for what is no AdmissionReview."""
        try:
            body = parse(request.body)
            version = check_kind(body, KIND, VERSIONS)
            asked = read(AdmissionModel, body.get("request"), "request")
            review = review_of(asked)
        except StatusError as error:
            return refusal(error.status)
        response = {"uid": asked.uid, **self._judge(review)}
        return json_answer({"kind": KIND, "apiVersion": version, "response": response})

    def _judge(self, review: Review) -> dict[str, Any]:
        chain = self._chains.current.content
        if not self._mutating:
            return _response(review, chain.validate(review))
        before = copy.deepcopy(review.object)
        status = chain.mutate(review)
        response = _response(review, status)
        if status is None and review.object is not None and review.object != before:
            patch = jsonpatch.make_patch(before, review.object).patch
            response["patchType"] = "JSONPatch"
            response["patch"] = base64.b64encode(orjson.dumps(patch)).decode()
        return response


def review_of(asked: AdmissionModel) -> Review:
    """The review that an AdmissionRequest describes; raises `StatusError` (400) for objects that are none of their kind."""
    check_object(asked.gvk, asked.object, "request.object")
    check_object(asked.gvk, asked.oldObject, "request.oldObject")
    return Review(
        operation=asked.operation,
        kind=asked.gvk,
        resource=asked.gvr,
        user=(asked.userInfo or UserModel()).user(),
        namespace=asked.namespace or "",
        name=asked.name or "",
        subresource=asked.subResource or "",
        object=asked.object,
        old_object=asked.oldObject,
        options=asked.options or {},
        dry_run=bool(asked.dryRun),
    )


def _response(review: Review, status: Status | None) -> dict[str, Any]:
    response: dict[str, Any] = {"allowed": status is None}
    if status is not None:
        shown = status.to_object()
        response["status"] = {key: shown[key] for key in ("status", "message", "reason", "details", "code") if key in shown}
    if review.warnings:
        response["warnings"] = review.warnings
    if review.audit:
        response["auditAnnotations"] = review.audit
    return response
