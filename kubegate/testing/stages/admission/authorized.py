"""Authorization before admission, for cases that go the whole way."""

from __future__ import annotations

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.request import Request
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.refusals import forbidden


def unauthorized(request: Request, user: User, verb: str, authorizer: Authorizer) -> Judgement | None:
    """The server's 403, if nothing allows the user the request; None if it may go on to admission."""
    gvr = request.resource.gvr
    on_collection = request.operation is Operation.CREATE and not request.subresource
    name = "" if on_collection else request.name
    attributes = Attributes(
        user,
        verb,
        group=gvr.group,
        version=gvr.version,
        resource=gvr.resource,
        subresource=request.subresource,
        # A namespace lies in itself.
        namespace=name if gvr.qualified == "namespaces" else request.namespace,
        name=name,
    )
    verdict = authorizer.authorize(attributes)
    if verdict.allowed:
        return None
    found = Judgement(request.subject, request.operation.value)
    found.refusal, found.refused_by = forbidden(attributes, verdict.reason), "authorization"
    if verdict.determined_by is not None:
        found.decided_by = verdict.determined_by.text
        found.decided_at = next(iter(verdict.determined_by.locations), None)
    return found
