"""Events of audit.k8s.io/v1, built in the order of the type's fields.

Source: k8s.io/apiserver ``audit/request.go``, ``endpoints/filters/audit.go``, ``apis/audit/v1``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from kubegate.api.names import Object
from kubegate.api.request import RequestInfo
from kubegate.api.user import User
from kubegate.apiserver.messages import Request, Response

_USER_AGENT_LIMIT = 1024
_SECRET_RESOURCES = frozenset(
    {("", "secrets", ""), ("", "serviceaccounts", "token"), ("authentication.k8s.io", "tokenreviews", "")}
)
"""(group, resource, subresource) whose bodies hold secrets: they are never recorded, whatever the policy says."""


def stamp(time: datetime) -> str:
    """Microseconds, as metav1.MicroTime."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def holds_secrets(info: RequestInfo) -> bool:
    """Whether bodies of such requests must stay out of the log."""
    return (info.group, info.resource, info.subresource) in _SECRET_RESOURCES


def metadata(request: Request, info: RequestInfo, user: User | None) -> dict[str, Any]:
    """The parts that every event of a request has: from ``requestURI`` to ``objectRef``."""
    parts: dict[str, Any] = {"requestURI": request.uri or request.path, "verb": info.verb}
    parts["user"] = user.to_info() if user is not None else {}
    parts["sourceIPs"] = source_ips(request)
    agent = request.header("user-agent")
    if len(agent) > _USER_AGENT_LIMIT:
        agent = agent[:_USER_AGENT_LIMIT] + "...TRUNCATED"
    parts["userAgent"] = agent
    if info.is_resource:
        parts["objectRef"] = _present(
            resource=info.resource,
            namespace=info.namespace,
            name=info.name,
            apiGroup=info.group,
            apiVersion=info.version,
            subresource=info.subresource,
        )
    return {key: value for key, value in parts.items() if value or key in ("requestURI", "verb", "user")}


def source_ips(request: Request) -> list[str]:
    """The addresses that the client claims (X-Forwarded-For, else X-Real-Ip), then the connection's own."""
    claimed = [part.strip() for line in request.headers.get("x-forwarded-for", ()) for part in line.split(",")]
    found = [address for address in claimed if _is_address(address)]
    real = request.header("x-real-ip").strip()
    if _is_address(real) and real not in found:
        found.append(real)
    if request.remote and (not found or found[-1] != request.remote):
        found.append(request.remote)
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _present(**parts: str) -> dict[str, str]:
    return {key: value for key, value in parts.items() if value}


def with_object(reference: Mapping[str, str], obj: Object) -> dict[str, str]:
    """The reference, filled up from the object that the request carried."""
    meta = obj.get("metadata")
    if not isinstance(meta, dict):
        return dict(reference)
    order = ("resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource")
    known = {key: str(meta[key]) for key in ("namespace", "name", "uid", "resourceVersion") if meta.get(key)}
    merged = {**known, **reference}
    return {key: merged[key] for key in order if key in merged}


def response_status(response: Response, body: Object | None) -> dict[str, Any]:
    """``responseStatus``: the Status that was sent, or the bare code."""
    found: dict[str, Any] = {"metadata": {}}
    if body is not None and body.get("kind") == "Status":
        found |= {key: body[key] for key in ("status", "message", "reason", "details") if body.get(key)}
    return {**found, "code": response.code}


def body_of(response: Response) -> Object | None:
    """The JSON object that was answered, or None."""
    if not isinstance(response.body, bytes) or not response.content_type.startswith("application/json"):
        return None
    try:
        found = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def patch_of(body: bytes) -> Any:
    """The JSON patch that was sent, or None."""
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


def without_managed_fields(obj: Object) -> Object:
    """A copy without ``metadata.managedFields``, also of the items of a list."""
    copy = dict(obj)
    if isinstance(copy.get("metadata"), dict):
        copy["metadata"] = {key: value for key, value in copy["metadata"].items() if key != "managedFields"}
    if isinstance(copy.get("items"), list):
        copy["items"] = [without_managed_fields(item) if isinstance(item, dict) else item for item in copy["items"]]
    return copy


def attempted(request: Request) -> str:
    """What a refused client tried."""
    scheme, _, rest = request.header("authorization").strip().partition(" ")
    tried: list[str] = [name for name in ("basic", "bearer") if scheme.lower() == name and rest]
    if request.parameter("access_token").strip():
        tried.append("access_token")
    if request.certificates:
        tried.append("x509")
    if not tried:
        return "Authentication failed, no credentials provided"
    return f"Authentication failed, attempted: {', '.join(tried)}"
