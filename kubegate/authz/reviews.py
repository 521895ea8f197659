"""Access reviews: an object in, the question or a refusal out; a verdict in, the ``status`` out.

::

    attributes = reviews.subject_access_review(obj)            # raises StatusError: 400 or 422 in the server's words
    status = reviews.access_status(authorizer.authorize(attributes), attributes)

One function a kind: `subject_access_review`, `self_subject_access_review`, `local_subject_access_review` and
`self_subject_rules_review` with `rules_status`. Source: kubernetes ``pkg/registry/authorization``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.api.field_errors import FieldError
from kubegate.api.status import StatusError, bad_request, invalid
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision, RuleList, Verdict, as_one
from kubegate.authz.request_selectors import (
    Parsed,
    errors_of,
    field_requirements,
    label_requirements,
    raw_fields,
    raw_labels,
)
from kubegate.authz.review_shape import API_VERSION, review_metadata, spec_of
from kubegate.authz.review_validation import (
    attributes_errors,
    metadata_errors,
    selector_errors,
    shown_path,
    subject_errors,
)

GROUP = "authorization.k8s.io"
UNKNOWN_MANAGER = "unknown"

_SAR = "SubjectAccessReview"
_EMPTY = "must be empty"
_NONE = Parsed()


def subject_access_review(review: Any, *, manager: str = UNKNOWN_MANAGER) -> Attributes:
    """The question of a SubjectAccessReview (v1).

    ``manager`` is the name of the client in managedFields (the part of its User-Agent before the slash); a message shows it.
    Raises `StatusError`: 400 for what cannot be decoded, 422 for what is not valid.
    """
    quick = _ordinary(review)
    if quick is not None:
        return quick
    kind = _SAR
    spec = spec_of(kind, review)
    metadata = review_metadata(kind, review)
    errors = attributes_errors(spec) + subject_errors(spec) + selector_errors(spec)
    if metadata:
        errors += metadata_errors({**metadata, "namespace": None}, spec, (), _EMPTY, manager)
    _raise(errors)
    return attributes_of(_user(spec), spec)


def self_subject_access_review(review: Any, user: User, *, manager: str = UNKNOWN_MANAGER) -> Attributes:
    """The question of a SelfSubjectAccessReview that ``user`` asks. Raises as `subject_access_review`."""
    kind = "SelfSubjectAccessReview"
    spec = spec_of(kind, review)
    metadata = review_metadata(kind, review)
    errors = attributes_errors(spec) + selector_errors(spec)
    if metadata:
        errors += metadata_errors({**metadata, "namespace": None}, spec, (), _EMPTY, manager)
    _raise(errors)
    return attributes_of(user, spec)


def local_subject_access_review(review: Any, namespace: str, *, manager: str = UNKNOWN_MANAGER) -> Attributes:
    """The question of a LocalSubjectAccessReview posted to ``namespace``. Raises as `subject_access_review`."""
    kind = "LocalSubjectAccessReview"
    spec = spec_of(kind, review)
    metadata = review_metadata(kind, review)
    if metadata.get("namespace") not in (None, "", namespace):
        raise StatusError(
            bad_request("the namespace of the provided object does not match the namespace sent on the request")
        )
    errors = attributes_errors(spec) + subject_errors(spec) + selector_errors(spec)
    seen = {**metadata, "namespace": namespace}
    errors += metadata_errors(seen, spec, ("namespace",), f"{_EMPTY} except for namespace", manager)
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and (resource.get("namespace") or "") != namespace:
        wrong = resource.get("namespace") or ""
        errors.append(_field("spec.resourceAttributes.namespace", wrong, "must match metadata.namespace"))
    if path is not None:
        errors.append(_field("spec.nonResourceAttributes", shown_path(path), "disallowed on this kind of request"))
    _raise(errors)
    return attributes_of(_user(spec), spec)


def self_subject_rules_review(review: Any) -> str:
    """The namespace that a SelfSubjectRulesReview asks about. Raises `StatusError` (400) for none."""
    namespace: str = spec_of("SelfSubjectRulesReview", review).get("namespace") or ""
    if not namespace:
        raise StatusError(bad_request("no namespace on request"))
    return namespace


def attributes_of(user: User, spec: Mapping[str, Any]) -> Attributes:
    """The question that a valid spec asks about ``user``; an absent version means all (``*``)."""
    resource = spec.get("resourceAttributes")
    if resource is None:
        path = spec["nonResourceAttributes"]
        return Attributes(user, path.get("verb") or "", False, path=path.get("path") or "")
    get = resource.get
    fields = _selector(get("fieldSelector"), raw_fields, field_requirements)
    labels = _selector(get("labelSelector"), raw_labels, label_requirements)
    return Attributes(
        user,
        get("verb") or "",
        True,
        get("group") or "",
        get("version") or "*",
        get("resource") or "",
        get("subresource") or "",
        get("namespace") or "",
        get("name") or "",
        "",
        fields.requirements,
        labels.requirements,
        () if fields is _NONE and labels is _NONE else errors_of(fields, labels),
    )


def access_status(verdict: Verdict, attributes: Attributes) -> dict[str, Any]:
    """The ``status`` of an access review: false and empty parts are absent but for ``allowed``."""
    status: dict[str, Any] = {"allowed": verdict.decision is Decision.ALLOW}
    if verdict.decision is Decision.DENY:
        status["denied"] = True
    if verdict.reason:
        status["reason"] = verdict.reason
    if verdict.errors or attributes.selector_errors:
        status["evaluationError"] = "; ".join(filter(None, (verdict.error, *attributes.selector_errors)))
    return status


def rules_status(rules: RuleList) -> dict[str, Any]:
    """The ``status`` of a SelfSubjectRulesReview."""
    status: dict[str, Any] = {
        "resourceRules": list(rules.resource_rules),
        "nonResourceRules": list(rules.non_resource_rules),
        "incomplete": rules.incomplete,
    }
    if rules.errors:
        status["evaluationError"] = as_one(rules.errors)
    return status


def _ordinary(review: Any) -> Attributes | None:
    """The question of a SubjectAccessReview with nothing unusual in it, found without building error lists; None for
    all others. Reviews come by the hundred thousand."""
    if type(review) is not dict or review.get("metadata") not in (None, {}) or review.get("kind", _SAR) != _SAR:
        return None
    spec = review.get("spec")
    if type(spec) is not dict or review.get("apiVersion", API_VERSION) != API_VERSION:
        return None
    resource, user, groups = spec.get("resourceAttributes"), spec.get("user", ""), spec.get("groups", [])
    if type(resource) is not dict or type(user) is not str or type(groups) is not list or not (user or groups):
        return None
    if "nonResourceAttributes" in spec or "extra" in spec or "uid" in spec:
        return None
    if "fieldSelector" in resource or "labelSelector" in resource:
        return None
    for group in groups:
        if type(group) is not str:
            return None
    return plain_attributes(User(user, "", tuple(groups)), resource)


def plain_attributes(user: User, resource: Mapping[str, Any]) -> Attributes | None:
    """The question of ``resourceAttributes`` that are all texts; None for others (selectors, wrong types)."""
    for value in resource.values():
        if type(value) is not str:
            return None
    get = resource.get
    return Attributes(
        user,
        get("verb", ""),
        True,
        get("group", ""),
        get("version") or "*",
        get("resource", ""),
        get("subresource", ""),
        get("namespace", ""),
        get("name", ""),
    )


def _selector(selector: Mapping[str, Any] | None, raw: Any, requirements: Any) -> Parsed:
    if selector is None:
        return _NONE
    found: Parsed = requirements(selector["requirements"]) if selector.get("requirements") else raw(selector["rawSelector"])
    return found


def _user(spec: Mapping[str, Any]) -> User:
    extra = spec.get("extra")
    return User(
        spec.get("user") or "",
        spec.get("uid") or "",
        tuple(spec.get("groups") or ()),
        tuple((key, tuple(values)) for key, values in extra.items()) if extra else (),
    )


def _field(path: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, detail, value)


def _raise(errors: list[FieldError]) -> None:
    if errors:
        # The server names neither kind nor object here.
        raise StatusError(invalid(GROUP, "", "", errors))
