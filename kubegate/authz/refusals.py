"""What a request that is not allowed gets: the 403 that says what may not be done, or the 500 that says why that is unknown.

Source: k8s.io/apiserver ``endpoints/handlers/responsewriters`` (errors), ``endpoints/filters/authorization``.
"""

from __future__ import annotations

from kubegate.api import status as statuses
from kubegate.api.go import quote
from kubegate.api.status import Status
from kubegate.authz.interface import Attributes, Decision, Verdict

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def forbidden(attributes: Attributes, reason: str) -> Status:
    """The 403 of a request that nothing allows."""
    return statuses.forbidden(attributes.group, _resource(attributes), attributes.name, refusal(attributes, reason))


def failure(verdict: Verdict) -> str:
    """Why it is unknown whether the request may be made; "" if it is known that it may not.

    Nobody allowed, and an authorizer could not be asked. A Deny of an AccessPolicy whose condition failed is a decision."""
    by = verdict.determined_by
    if verdict.decision is Decision.DENY and by is not None and by.authorizer == "AccessPolicy":
        return ""
    return verdict.error


def internal_error(uri: str, error: str) -> str:
    """The text of the 500."""
    return f"Internal Server Error: {quote(uri)}: {error}".translate(_ESCAPED)


def _resource(attributes: Attributes) -> str:
    return attributes.resource if attributes.is_resource else ""


def refusal(attributes: Attributes, reason: str) -> str:
    """``User "x" cannot list resource "pods" in API group "" at the cluster scope``, and the authorizers' reason."""
    user = quote(attributes.user.name)
    if not attributes.is_resource:
        text = f"User {user} cannot {attributes.verb} path {quote(attributes.path)}"
    else:
        resource = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
        text = f"User {user} cannot {attributes.verb} resource {quote(resource)} in API group {quote(attributes.group)}"
        text += f" in the namespace {quote(attributes.namespace)}" if attributes.namespace else " at the cluster scope"
    text = text.translate(_ESCAPED)  # what the client chose; the authorizers' reason stays as it is
    return f"{text}: {reason}" if reason else text
