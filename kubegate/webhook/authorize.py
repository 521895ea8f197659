"""POST /authorize: a SubjectAccessReview (v1 or v1beta1), answered. The hot path of the endpoint."""

from __future__ import annotations

from typing import Any

from kubegate.api.status import StatusError
from kubegate.authz.interface import Attributes
from kubegate.authz.reviews import subject_access_review
from kubegate.webhook.answers import check_kind, json_answer, parse, refusal
from kubegate.webhook.decide import Decider
from kubegate.webhook.interface import HookRequest, HookResponse

KIND = "SubjectAccessReview"
V1 = "authorization.k8s.io/v1"
V1BETA1 = "authorization.k8s.io/v1beta1"


def question(review: dict[str, Any]) -> tuple[Attributes, str]:
    """What a review asks, and its apiVersion; raises `StatusError` (400, 422) as the server does."""
    version = check_kind(review, KIND, (V1, V1BETA1))
    if version == V1BETA1:
        spec = review.get("spec")
        if isinstance(spec, dict):
            spec = {("groups" if key == "group" else key): value for key, value in spec.items() if key != "groups"}
        review = {**review, "apiVersion": V1, "spec": spec}
    return subject_access_review(review), version


class AuthorizeHandler:
    """Answers one review."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    def handle(self, request: HookRequest) -> HookResponse:
        """200 with the status filled in, or a refusal."""
        try:
            attributes, version = question(parse(request.body))
        except StatusError as error:
            return refusal(error.status)
        return json_answer({"kind": KIND, "apiVersion": version, "status": self._decider.status(attributes)})
