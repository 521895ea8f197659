"""The review resources: a question is posted, the answer is its ``status``.

Source: ``pkg/registry/authorization`` and ``pkg/registry/authentication``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.handlers.api import Api, Endpoint
from kubegate.apiserver.rest.parts import Call
from kubegate.apiserver.subresources.creating import Validate, creating
from kubegate.apiserver.tokens import self_subject_review, token_review
from kubegate.authn.interface import Authenticator
from kubegate.authz import reviews
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes

_AUTHORIZATION, _AUTHENTICATION = "authorization.k8s.io", "authentication.k8s.io"


@dataclass(frozen=True, slots=True)
class Reviews:
    """Who decides about identities and permissions."""

    authenticator: Authenticator
    authorizer: Chain
    api_audiences: tuple[str, ...] = ()

    def endpoints(self) -> Mapping[tuple[str, str], Mapping[str, Endpoint]]:
        """The review resources, by group and resource."""
        makers = {
            (_AUTHORIZATION, "subjectaccessreviews"): self._access(
                lambda call, review: reviews.subject_access_review(review, manager=call.manager)
            ),
            (_AUTHORIZATION, "selfsubjectaccessreviews"): self._access(
                lambda call, review: reviews.self_subject_access_review(review, call.user, manager=call.manager)
            ),
            (_AUTHORIZATION, "localsubjectaccessreviews"): self._access(
                lambda call, review: reviews.local_subject_access_review(review, call.namespace, manager=call.manager)
            ),
            (_AUTHORIZATION, "selfsubjectrulesreviews"): creating(self._rules),
            (_AUTHENTICATION, "tokenreviews"): creating(self._token),
            (_AUTHENTICATION, "selfsubjectreviews"): creating(self._self),
        }
        return {name: {"POST": endpoint} for name, endpoint in makers.items()}

    def _access(self, question: Callable[[Call, Object], Attributes]) -> Endpoint:
        def answer(api: Api, call: Call, review: Object, validate: Validate) -> Object:
            attributes = question(call, review)
            validate()
            verdict = self.authorizer.authorize(attributes)
            return {**review, "status": reviews.access_status(verdict, attributes)}

        return creating(answer)

    def _rules(self, api: Api, call: Call, review: Object, validate: Validate) -> Object:
        namespace = reviews.self_subject_rules_review(review)
        validate()
        status = reviews.rules_status(self.authorizer.rules_for(call.user, namespace))
        # The answer is a new object that does not repeat the question.
        return {"kind": review["kind"], "apiVersion": review["apiVersion"], "metadata": {}, "spec": {}, "status": status}

    def _token(self, api: Api, call: Call, review: Object, validate: Validate) -> Object:
        validate()
        answer = token_review(review, self.authenticator, self.api_audiences)
        if isinstance(answer, Status):
            raise StatusError(answer)
        return answer

    def _self(self, api: Api, call: Call, review: Object, validate: Validate) -> Object:
        validate()
        return self_subject_review(review, call.user, api.parts.now().timestamp())
