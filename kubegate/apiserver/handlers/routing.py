"""From the path and method of a resource request to the endpoint that answers it.

Unknown resources are 404, methods that a path does not have 405, media types that it does not take 415 and 406: in this
order. Source: k8s.io/apiserver ``endpoints/installer`` and its go-restful container.
"""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.api.catalog import Catalog, Group, Resource
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.handlers import deleting, reading, watches, writing
from kubegate.apiserver.handlers.api import Api, Endpoint, Target
from kubegate.apiserver.handlers.patching import APPLY_PATCH, JSON_PATCH, MEDIA_TYPES, MERGE_PATCH, STRATEGIC_PATCH, patch
from kubegate.apiserver.messages import Response, text
from kubegate.apiserver.negotiation import check_acceptable

_NAMESPACE_SUBRESOURCES = ("status", "finalize")
_METHODS = {"create": "POST", "get": "GET", "update": "PUT", "patch": "PATCH", "delete": "DELETE"}
_VIEW: Mapping[str, Endpoint] = {"GET": reading.get, "PUT": writing.put, "PATCH": patch}
_OBJECT: Mapping[str, Endpoint] = {**_VIEW, "DELETE": deleting.delete_one}
_DEPRECATED = {
    GroupVersionKind("", "v1", "ComponentStatus"): "v1 ComponentStatus is deprecated in v1.19+",
    GroupVersionKind("", "v1", "Endpoints"): ("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
}
"""Kinds whose every use is answered with a warning."""


def handle(api: Api, exchange: Exchange) -> Response:
    """Answer a resource request."""
    catalog = api.parts.catalog()
    info = exchange.info
    group = catalog.group(info.group)
    if group is None or (info.version not in group.versions and _is_custom(catalog, group)):
        return text(404, "404 page not found\n")
    target = find(catalog, exchange)
    methods = endpoints(api, target) if target is not None else {}
    if target is None or not methods:  # a path without any method (the name of what can only be created) is none
        raise StatusError(Status(404, "NotFound", "the server could not find the requested resource", {}))
    endpoint = methods.get(exchange.request.method)
    if endpoint is None:
        message = "the server does not allow this method on the requested resource"
        raise StatusError(Status(405, "MethodNotAllowed", message, {}))
    if endpoint is patch and exchange.request.header("content-type").partition(";")[0].strip() not in MEDIA_TYPES:
        raise StatusError(Status(415, "UnsupportedMediaType", "415: Unsupported Media Type", {}))
    if endpoint is patch and target.resource.custom and target.subresource is None:
        _refuse_strategic(exchange)
    check_acceptable(exchange.request.header("accept"))
    if warning := target.resource.deprecation or _DEPRECATED.get(target.resource.kind):
        exchange.warn(warning)
        exchange.annotations["k8s.io/deprecated"] = "true"
    return endpoint(api, exchange, target)


def _refuse_strategic(exchange: Exchange) -> None:
    """Custom kinds have no Go types that could say how their lists merge."""
    if exchange.request.header("content-type").partition(";")[0].strip() == STRATEGIC_PATCH:
        accepted = ", ".join((JSON_PATCH, MERGE_PATCH, APPLY_PATCH))
        message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        raise StatusError(Status(415, "UnsupportedMediaType", message))


def _is_custom(catalog: Catalog, group: Group) -> bool:
    """Groups of custom resources have no place of their own in the server: below them only served versions are known."""
    return all(resource.custom for resource in catalog.of_version(group.name, group.preferred))


def find(catalog: Catalog, exchange: Exchange) -> Target | None:
    """What the path names, or None."""
    info = exchange.info
    segments = exchange.request.path.strip("/").split("/")[3 if info.group or exchange.request.path[:6] == "/apis/" else 2 :]
    watch = segments[0] == "watch"
    if watch:
        segments = segments[1:]
    namespace = ""
    if segments[0] == "namespaces" and len(segments) > 2 and segments[2] not in _NAMESPACE_SUBRESOURCES:
        namespace, segments = segments[1], segments[2:]
    resource = catalog.resource(GroupVersionResource(info.group, info.version, segments[0]))
    if resource is None or not _shape(resource, bool(namespace), len(segments)):
        return None
    name = segments[1] if len(segments) > 1 else ""
    subresource = None
    if len(segments) > 2:
        subresource = resource.subresources.get(segments[2])
        if subresource is None or watch or (len(segments) > 3 and subresource.name != "proxy"):
            return None
    if resource.gvr.qualified == "namespaces" and name:
        namespace = name
    return Target(resource, namespace, name, subresource, "/".join(segments[3:]), watch)


def _shape(resource: Resource, in_namespace: bool, length: int) -> bool:
    """A namespaced resource without a namespace in the path can only be listed."""
    return in_namespace == resource.namespaced or (resource.namespaced and length == 1)


def endpoints(api: Api, target: Target) -> Mapping[str, Endpoint]:
    """The methods that the path has."""
    resource = target.resource
    if target.watch:
        return {"GET": watches.watch} if "watch" in resource.verbs else {}
    if target.subresource is not None:
        special = api.subresource_endpoints(target)
        if special is not None:
            return special
        return {_METHODS[verb]: _VIEW[_METHODS[verb]] for verb in target.subresource.verbs if _METHODS[verb] in _VIEW}
    virtual = api.virtual.get((resource.gvr.group, resource.gvr.resource))
    if virtual is not None:
        return _virtual(virtual, target)
    if target.name:
        return {_METHODS[verb]: _OBJECT[_METHODS[verb]] for verb in resource.verbs if _METHODS.get(verb) in _OBJECT}
    return _collection(resource, bool(target.namespace) == resource.namespaced)


def _virtual(methods: Mapping[str, Endpoint], target: Target) -> Mapping[str, Endpoint]:
    if target.resource.namespaced and not target.namespace:
        return {}
    single = {"GET_ONE": "GET"} if target.name else {"POST": "POST", "GET": "GET"}
    return {http: methods[method] for method, http in single.items() if method in methods}


def _collection(resource: Resource, scoped: bool) -> Mapping[str, Endpoint]:
    found: dict[str, Endpoint] = {}
    if "list" in resource.verbs:
        found["GET"] = _list_or_watch
    if scoped and "create" in resource.verbs:
        found["POST"] = writing.post
    if scoped and "deletecollection" in resource.verbs:
        found["DELETE"] = deleting.delete_collection
    return found


def _list_or_watch(api: Api, exchange: Exchange, target: Target) -> Response:
    if exchange.info.verb == "watch":
        return watches.watch(api, exchange, target)
    return reading.list_collection(api, exchange, target)
