"""The 403 that says what may not be done.

Source: k8s.io/apiserver ``endpoints/handlers/responsewriters`` (errors).
"""

from __future__ import annotations

from kubegate.api import status as statuses
from kubegate.api.go import quote
from kubegate.api.status import Status
from kubegate.authz.interface import Attributes

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def forbidden(attributes: Attributes, reason: str) -> Status:
    """The 403 of a request that nothing allows."""
    return statuses.forbidden(attributes.group, _resource(attributes), attributes.name, refusal(attributes, reason))


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
    if reason:
        text += f": {reason}"
    return text.translate(_ESCAPED)
