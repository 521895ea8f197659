"""The environments of Kubernetes: which variables stand where expressions are allowed.

Source: apiserver ``plugin/cel/compile.go`` (admission), ``pkg/authorization/cel/compile.go`` (authorization webhooks),
``pkg/authentication/cel/compile.go`` (claims and users); k8s.io/dynamic-resource-allocation ``cel`` (devices).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kubegate.cel.environment import MUTATION, Environment
from kubegate.cel.library.authorization import AUTHORIZER, RESOURCE_CHECK
from kubegate.cel.library.quantities import QUANTITY_TYPE
from kubegate.cel.scope import Fields
from kubegate.cel.types import ANY, BOOL, DYN, INT, STRING, TIMESTAMP, Type, list_of, map_of, object_type

_STRINGS = list_of(STRING)
_EXTRA = map_of(STRING, _STRINGS)

_KIND = {"group": STRING, "version": STRING, "kind": STRING}
_RESOURCE = {"group": STRING, "version": STRING, "resource": STRING}
_USER = {"username": STRING, "uid": STRING, "groups": _STRINGS, "extra": _EXTRA}


def _object(name: str) -> Type:
    return object_type(f"kubernetes.{name}")


ADMISSION_OBJECTS: Mapping[str, Fields] = {
    "kubernetes.GroupVersionKind": _KIND,
    "kubernetes.GroupVersionResource": _RESOURCE,
    "kubernetes.UserInfo": _USER,
    "kubernetes.AdmissionRequest": {
        "kind": _object("GroupVersionKind"),
        "resource": _object("GroupVersionResource"),
        "subResource": STRING,
        "requestKind": _object("GroupVersionKind"),
        "requestResource": _object("GroupVersionResource"),
        "requestSubResource": STRING,
        "name": STRING,
        "namespace": STRING,
        "operation": STRING,
        "userInfo": _object("UserInfo"),
        "dryRun": BOOL,
        "options": DYN,
    },
    "kubernetes.Namespace": {
        "metadata": _object("NamespaceMetadata"),
        "spec": _object("NamespaceSpec"),
        "status": _object("NamespaceStatus"),
    },
    "kubernetes.NamespaceMetadata": {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "labels": map_of(STRING, STRING),
        "annotations": map_of(STRING, STRING),
        "UID": STRING,
        "creationTimestamp": TIMESTAMP,
        "deletionGracePeriodSeconds": INT,
        "deletionTimestamp": TIMESTAMP,
        "generation": INT,
        "resourceVersion": STRING,
        "finalizers": _STRINGS,
    },
    "kubernetes.NamespaceSpec": {"finalizers": _STRINGS},
    "kubernetes.NamespaceStatus": {"conditions": list_of(_object("NamespaceCondition")), "phase": STRING},
    "kubernetes.NamespaceCondition": {
        "status": STRING,
        "type": STRING,
        "lastTransitionTime": TIMESTAMP,
        "message": STRING,
        "reason": STRING,
    },
}

_REVIEW = {
    "user": STRING,
    "groups": _STRINGS,
    "uid": STRING,
    "extra": _EXTRA,
    "resourceAttributes": _object("ResourceAttributes"),
    "nonResourceAttributes": _object("NonResourceAttributes"),
}

AUTHORIZATION_OBJECTS: Mapping[str, Fields] = {
    "kubernetes.SubjectAccessReviewSpec": _REVIEW,
    "kubernetes.ResourceAttributes": {
        **dict.fromkeys(("namespace", "verb", "group", "version", "resource", "subresource", "name"), STRING),
        "fieldSelector": _object("FieldSelectorAttributes"),
        "labelSelector": _object("LabelSelectorAttributes"),
    },
    "kubernetes.NonResourceAttributes": {"path": STRING, "verb": STRING},
    "kubernetes.FieldSelectorAttributes": {
        "rawSelector": STRING,
        "requirements": list_of(_object("SelectorRequirement")),
    },
    "kubernetes.LabelSelectorAttributes": {
        "rawSelector": STRING,
        "requirements": list_of(_object("SelectorRequirement")),
    },
    "kubernetes.SelectorRequirement": {"key": STRING, "operator": STRING, "values": _STRINGS},
}

VARIABLES = object_type("kubernetes.variables")
APPLY_OBJECT = object_type("Object")
"""What apply configurations evaluate to."""
JSON_PATCH = object_type("JSONPatch")
"""What JSON patches are lists of."""


@cache
def admission(*, params: bool, authorizer: bool, mutation: bool = False) -> Environment:
    """``object``, ``oldObject``, ``request``, ``namespaceObject``; if asked ``params`` and ``authorizer``; in
    mutating policies the types ``Object`` and ``JSONPatch``. Policies add ``variables`` with `with_variables`."""
    variables: dict[str, Type] = {
        "object": DYN,
        "oldObject": DYN,
        "namespaceObject": _object("Namespace"),
        "request": _object("AdmissionRequest"),
    }
    if params:
        variables["params"] = DYN
    if authorizer:
        variables |= {"authorizer": AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK}
    if not mutation:
        return Environment(variables, ADMISSION_OBJECTS)
    objects = {**ADMISSION_OBJECTS, JSON_PATCH.name: {"op": STRING, "path": STRING, "from": STRING, "value": DYN}}
    return Environment(variables, objects, MUTATION, open_root=APPLY_OBJECT.name, lenient=(JSON_PATCH.name,))


def with_variables(environment: Environment, fields: Fields) -> Environment:
    """The environment with the ``variables`` of a policy, which have these types."""
    return environment.extend({"variables": VARIABLES}, {VARIABLES.name: dict(fields)})


@cache
def authorization() -> Environment:
    """Match conditions of authorization webhooks: ``request`` is the spec of the SubjectAccessReview."""
    return Environment({"request": _object("SubjectAccessReviewSpec")}, AUTHORIZATION_OBJECTS)


@cache
def claims() -> Environment:
    """Claim mappings and validation rules of JWT authenticators."""
    return Environment({"claims": map_of(STRING, ANY)})


@cache
def user() -> Environment:
    """User validation rules of JWT authenticators."""
    return Environment({"user": _object("UserInfo")}, {"kubernetes.UserInfo": _USER})


@cache
def devices() -> Environment:
    """Selectors of devices: attributes and capacities by domain, then by name; ``cel.bind`` shortens them."""
    fields = {
        "driver": STRING,
        "attributes": map_of(STRING, map_of(STRING, ANY)),
        "capacity": map_of(STRING, map_of(STRING, QUANTITY_TYPE)),
        "allowMultipleAllocations": BOOL,
    }
    return Environment({"device": _object("DRADevice")}, {"kubernetes.DRADevice": fields}, bindings=True)
