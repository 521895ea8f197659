"""From method, path and query to a `RequestInfo`.

Source: k8s.io/apiserver ``request.RequestInfoFactory.NewRequestInfo``. The path is the decoded one: ``%2F`` separates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kubegate.api.request import RequestInfo
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.labels import parse as parse_labels
from kubegate.selectors.requirement import parse_int64

_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_SPECIAL_VERBS = {"proxy", "watch"}
_NAMESPACE_SUBRESOURCES = {"status", "finalize"}
_SELECTING_VERBS = {"list", "watch", "deletecollection"}

_NUMBERS = ("limit", "timeoutSeconds")

Query = Mapping[str, Sequence[str]]


class BadPath(ValueError):
    """A special verb (``/api/v1/watch``) that names nothing."""


def is_true(values: Sequence[str]) -> bool:
    """A boolean query parameter as the API reads it: present and neither ``false`` nor ``0``."""
    return bool(values) and values[0].lower() not in ("false", "0")


def resolve(
    method: str, path: str, query: Query, selected_name: Callable[[str], str] = lambda field_selector: ""
) -> RequestInfo:
    """The request's meaning; ``selected_name`` tells the name that a field selector demands (``metadata.name=x``), or ""."""
    plain = RequestInfo(is_resource=False, path=path, verb=method.lower())
    parts = _split(path)
    if len(parts) < 3 or parts[0] not in ("api", "apis"):
        return plain
    group = ""
    if parts[0] == "apis":
        if len(parts) < 4:
            return plain
        group, parts = parts[1], parts[1:]
    return _resource(method, path, query, group, parts[1], parts[2:], selected_name)


def _split(path: str) -> list[str]:
    trimmed = path.strip("/")
    return trimmed.split("/") if trimmed else []


def _resource(
    method: str,
    path: str,
    query: Query,
    group: str,
    version: str,
    parts: list[str],
    selected_name: Callable[[str], str],
) -> RequestInfo:
    verb = _VERBS.get(method, "")
    if special := parts[0] in _SPECIAL_VERBS:
        if len(parts) < 2:
            raise BadPath(f"unable to determine kind and namespace from url, {path}")
        verb, parts = parts[0], parts[1:]
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
            parts = parts[2:]
    name = parts[1] if len(parts) > 1 else ""
    subresource = parts[2] if len(parts) > 2 and verb != "proxy" else ""
    if not name and verb == "get":
        verb = "watch" if is_true(query.get("watch", ())) else "list"
    elif not name and verb == "delete":
        verb = "deletecollection"
    fields = labels = ""
    if verb in _SELECTING_VERBS:
        fields, labels = _first(query, "fieldSelector"), _first(query, "labelSelector")
        if not name and verb != "deletecollection" and not special and _readable(query):
            name = selected_name(fields)
    return RequestInfo(True, path, verb, group, version, parts[0], subresource, namespace, name, labels, fields)


def _readable(query: Query) -> bool:
    """Could the options of a list be read? Otherwise none of them names an object, whatever the field selector says."""
    numbers = (values[0] for key in _NUMBERS if (values := query.get(key)))
    if any(parse_int64(number) is None for number in numbers):
        return False
    try:
        parse_labels(_first(query, "labelSelector"))
    except SelectorError:
        return False
    return True


def _first(query: Query, key: str) -> str:
    values = query.get(key)
    return values[0] if values else ""
