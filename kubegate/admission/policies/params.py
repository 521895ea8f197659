"""The objects that a binding hands to its policy as ``params``.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/generic/policy_dispatcher.go`` (CollectParams).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.admission.interface import Environment
from kubegate.api.catalog import Resource
from kubegate.api.names import GroupVersionKind, Object, labels_of, name_of, namespace_of, split_api_version
from kubegate.errors import KubegateError
from kubegate.selectors import label_selector


class ParamError(KubegateError):
    """The params cannot be found; the message is the server's."""

    code = "params"


def param_resource(environment: Environment, kind: Mapping[str, Any]) -> Resource:
    """The resource of a ``paramKind``; raises `ParamError`."""
    group, version = split_api_version(str(kind.get("apiVersion") or ""))
    wanted = GroupVersionKind(group, version, str(kind.get("kind") or ""))
    found = environment.catalog().by_kind(wanted)
    if found is None:
        raise ParamError(f"failed to find resource referenced by paramKind: '{wanted}'")
    return found


def collect(
    environment: Environment, resource: Resource | None, reference: Mapping[str, Any] | None, namespace: str
) -> list[Object | None]:
    """The params of one binding; ``[None]`` if there are none to be had. Raises `ParamError`."""
    if resource is None or reference is None:
        return [None]
    chosen = _namespace(resource, reference, namespace)
    found = _select(environment, resource, reference, chosen)
    if not found and reference.get("parameterNotFoundAction") == "Deny":
        raise ParamError("no params found for policy binding with `Deny` parameterNotFoundAction")
    return [_versioned(environment, resource, obj) for obj in found]


def _namespace(resource: Resource, reference: Mapping[str, Any], namespace: str) -> str:
    own = str(reference.get("namespace") or "")
    if not resource.namespaced:
        if own:
            raise ParamError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        return ""
    if not own and not namespace:
        raise ParamError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    return own or namespace


def _select(environment: Environment, resource: Resource, reference: Mapping[str, Any], namespace: str) -> list[Object]:
    cluster, key = environment.cluster, resource.key
    name, selector = str(reference.get("name") or ""), reference.get("selector")
    if name:
        if selector is not None:
            raise ParamError("paramRef.name and paramRef.selector are mutually exclusive")
        one = cluster.get(key, namespace, name)
        return [] if one is None else [one]
    if selector is None:
        raise ParamError("one of name or selector must be provided")
    wanted = label_selector.from_object(selector)
    listed = [obj for obj in cluster.list(key, namespace) if wanted.matches(labels_of(obj))]
    return sorted(listed, key=lambda obj: (namespace_of(obj), name_of(obj)))


def _versioned(environment: Environment, resource: Resource, obj: Object) -> Object:
    if resource.stored_as != resource.gvr:
        obj = environment.convert(resource.stored_as, resource.gvr, obj)
    if obj.get("kind"):
        return obj
    return {**obj, "apiVersion": resource.kind.api_version, "kind": resource.kind.kind}
