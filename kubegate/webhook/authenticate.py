"""POST /authenticate: a TokenReview (v1 or v1beta1), answered. The token never shows in an answer or a log."""

from __future__ import annotations

from typing import Any

from kubegate.api.status import StatusError, bad_request
from kubegate.authn.interface import Authenticated, TokenAuthenticator
from kubegate.webhook.answers import check_kind, json_answer, parse, refusal
from kubegate.webhook.interface import HookRequest, HookResponse

KIND = "TokenReview"
VERSIONS = ("authentication.k8s.io/v1", "authentication.k8s.io/v1beta1")


class AuthenticateHandler:
    """Asks the token authenticators; whatever is not good is ``authenticated: false`` without a reason."""

    def __init__(self, tokens: TokenAuthenticator) -> None:
        self._tokens = tokens

    def handle(self, request: HookRequest) -> HookResponse:
        """200 with the status filled in, or a refusal."""
        try:
            review = parse(request.body)
            version = check_kind(review, KIND, VERSIONS)
            token, audiences = _spec(review)
        except StatusError as error:
            return refusal(error.status)
        return json_answer({"kind": KIND, "apiVersion": version, "status": self._status(token, audiences)})

    def _status(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        outcome = self._tokens.authenticate_token(token, audiences)
        if not isinstance(outcome, Authenticated):
            return {"authenticated": False}
        status: dict[str, Any] = {"authenticated": True, "user": outcome.user.to_info()}
        if outcome.audiences:
            status["audiences"] = list(outcome.audiences)
        return status


def _spec(review: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    spec = review.get("spec")
    token = spec.get("token") if isinstance(spec, dict) else None
    if not isinstance(token, str) or not token:
        raise StatusError(bad_request("token is required for TokenReview in authentication"))
    audiences = spec.get("audiences") or [] if isinstance(spec, dict) else []
    if not isinstance(audiences, list) or not all(isinstance(audience, str) for audience in audiences):
        raise StatusError(bad_request("spec.audiences is not a list of strings"))
    return token, tuple(audiences)
