"""``serviceaccounts/NAME/token``: a token for the account."""

from __future__ import annotations

from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.handlers.api import Api, Endpoint
from kubegate.apiserver.rest.parts import Call
from kubegate.apiserver.subresources.creating import Validate, creating
from kubegate.apiserver.tokens import TokenRequests


def endpoint(tokens: TokenRequests) -> Endpoint:
    """POST of a TokenRequest."""

    def issue(api: Api, call: Call, request: Object, validate: Validate) -> Object:
        def admit(obj: Object) -> Status | None:
            validate()
            return None

        issued = tokens.create(call.namespace, call.name, request, admit)
        if isinstance(issued, Status):
            raise StatusError(issued)
        call.warn(issued.warnings)
        call.annotations.update(issued.annotations)
        return issued.object

    return creating(issue)
