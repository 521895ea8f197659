"""The shape of reviews: which fields there are and of which type, as Go structs describe them.

A review is read leniently as the API server does: unknown fields are dropped, null is the empty value; a value of another
type refuses the review with the decoder's words. Source: authorization.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.api.go_json import type_error
from kubegate.api.names import Object
from kubegate.api.status import StatusError, bad_request

API_VERSION = "authorization.k8s.io/v1"

# A type is "string", ("list", of), ("map", of) or ("struct", Go name, {field: type}); a struct behind a pointer may be null.
_Type = Any
STRINGS: _Type = ("list", "string", "[]string")


def _requirement(kind: str) -> _Type:
    fields = {"key": "string", "operator": "string", "values": STRINGS}
    return ("list", ("struct", f"{kind}Requirement", fields), f"[]v1.{kind}Requirement")


RESOURCE_ATTRIBUTES: _Type = (
    "struct",
    "ResourceAttributes",
    {
        **dict.fromkeys(("namespace", "verb", "group", "version", "resource", "subresource", "name"), "string"),
        "fieldSelector": (
            "struct",
            "FieldSelectorAttributes",
            {"rawSelector": "string", "requirements": _requirement("FieldSelector")},
        ),
        "labelSelector": (
            "struct",
            "LabelSelectorAttributes",
            {"rawSelector": "string", "requirements": _requirement("LabelSelector")},
        ),
    },
)
NON_RESOURCE_ATTRIBUTES: _Type = ("struct", "NonResourceAttributes", {"path": "string", "verb": "string"})
_ATTRIBUTES = {"resourceAttributes": RESOURCE_ATTRIBUTES, "nonResourceAttributes": NON_RESOURCE_ATTRIBUTES}
_SUBJECT = {**_ATTRIBUTES, "user": "string", "groups": STRINGS, "uid": "string", "extra": ("map", STRINGS, "v1.ExtraValue")}

_TEXTS = ("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion")
METADATA: _Type = (
    "struct",
    "ObjectMeta",
    {
        **dict.fromkeys(_TEXTS, "string"),
        **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), "string"),
        **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), "integer"),
        **dict.fromkeys(("labels", "annotations"), ("map", "string", "string")),
        "finalizers": STRINGS,
        "ownerReferences": (
            "list",
            ("struct", "OwnerReference", dict.fromkeys(("apiVersion", "kind", "name", "uid"), "string")),
            "[]v1.OwnerReference",
        ),
    },
)

SPECS: dict[str, _Type] = {
    "SubjectAccessReview": ("struct", "SubjectAccessReviewSpec", _SUBJECT),
    "LocalSubjectAccessReview": ("struct", "SubjectAccessReviewSpec", _SUBJECT),
    "SelfSubjectAccessReview": ("struct", "SelfSubjectAccessReviewSpec", _ATTRIBUTES),
    "SelfSubjectRulesReview": ("struct", "SelfSubjectRulesReviewSpec", {"namespace": "string"}),
}


def spec_of(kind: str, review: Any) -> dict[str, Any]:
    """The review's spec with the known fields only; raises `StatusError` (400) for a wrong type."""
    if review is None:
        return {}
    check_object(kind, review)
    spec = review.get("spec")
    if spec is None:
        return {}
    shape = SPECS[kind]
    if not isinstance(spec, dict):
        _refuse(kind, spec, f"{kind}.spec", f"v1.{shape[1]}")
    return _struct(kind, spec, shape, "spec")


def check_object(kind: str, review: Any) -> None:
    """Is it an object that says that it is of the kind (or nothing)? Raises `StatusError` (400) if not."""
    if not isinstance(review, dict):
        target = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
        why = f"couldn't get version/kind; json parse error: {type_error(review, '', target)}"
        raise StatusError(bad_request(f"the object provided is unrecognized (must be of type {kind}): {why}"))
    named, version = review.get("kind") or kind, review.get("apiVersion") or API_VERSION
    if named != kind:
        short = str(version).rpartition("/")[2]
        why = f"converting ({short}.{named}) to (authorization.{kind}): unknown conversion"
        raise StatusError(bad_request(f'{named} in version "{short}" cannot be handled as a {kind}: {why}'))
    if version != API_VERSION:
        why = f"the API version in the data ({version}) does not match the expected API version ({API_VERSION})"
        raise StatusError(bad_request(why))


def _refuse(kind: str, value: Any, place: str, target: str) -> Any:
    why = type_error(value, place, target)
    raise StatusError(bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: {why}'))


def _struct(kind: str, value: Mapping[str, Any], shape: _Type, path: str) -> dict[str, Any]:
    _, name, fields = shape
    found: dict[str, Any] = {}
    for key, of in fields.items():
        if key in value:
            found[key] = _value(kind, value[key], of, f"{path}.{key}", name)
    return found


def _value(kind: str, value: Any, of: _Type, path: str, owner: str) -> Any:
    if of == "string":
        if value is None:
            return ""
        return value if isinstance(value, str) else _refuse(kind, value, f"{owner}.{path}", "string")
    if value is None:
        return None
    if of == "integer":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return value if whole else _refuse(kind, value, f"{owner}.{path}", "int64")
    if of[0] == "struct":
        if not isinstance(value, dict):
            _refuse(kind, value, f"{owner}.{path}", f"v1.{of[1]}")
        return _struct(kind, value, of, path)
    if of[0] == "list":
        if not isinstance(value, list):
            _refuse(kind, value, f"{owner}.{path}", of[2])
        return [_item(kind, item, of[1], path, owner) for item in value]
    if not isinstance(value, dict):
        _refuse(kind, value, f"{owner}.{path}", f"map[string]{of[2]}")
    if of[1] == "string":
        return {key: _value(kind, item, "string", path, owner) for key, item in value.items()}
    for item in value.values():
        if item is not None and not isinstance(item, list):
            _refuse(kind, item, f"{owner}.{path}", of[2])
    return {key: _value(kind, item, of[1], path, owner) or [] for key, item in value.items()}


def _item(kind: str, value: Any, of: _Type, path: str, owner: str) -> Any:
    if of != "string" and value is None:
        return {}
    return _value(kind, value, of, path, owner)


def review_metadata(kind: str, review: Object | None) -> dict[str, Any]:
    """``metadata`` with the known fields only; raises `StatusError` (400) for a wrong type."""
    found = (review or {}).get("metadata")
    if found is not None and not isinstance(found, dict):
        _refuse(kind, found, f"{kind}.metadata", "v1.ObjectMeta")
    return _struct(kind, found, METADATA, "metadata") if found else {}
