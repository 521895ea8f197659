"""What the variables of admission expressions hold for a request.

Source: k8s.io/apiserver ``pkg/admission/plugin/cel/{activation,condition}.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubegate.admission.interface import Operation, Review
from kubegate.admission.matching.criteria import Match
from kubegate.api.names import METADATA_FIELDS, GroupVersionKind, GroupVersionResource, Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.authz.request_selectors import raw_fields, raw_labels
from kubegate.cel.library.authorization import AuthorizerValue, DecisionValue, Question, ResourceCheck

_OPTIONS = {
    Operation.CREATE: "CreateOptions",
    Operation.UPDATE: "UpdateOptions",
    Operation.DELETE: "DeleteOptions",
    Operation.CONNECT: "",
}

_NOT_OF_NAMESPACES = {"selfLink", "ownerReferences", "managedFields"}
_NAMESPACE_METADATA = tuple(field for field in METADATA_FIELDS if field not in _NOT_OF_NAMESPACES)


def options_of(review: Review) -> Object:
    """The request's options with their kind."""
    kind = _OPTIONS[review.operation]
    if not kind:
        return review.options
    return {**review.options, "kind": kind, "apiVersion": "meta.k8s.io/v1"}


def _kind(kind: GroupVersionKind) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _resource(resource: GroupVersionResource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "resource": resource.resource}


def user_info(user: User) -> dict[str, Any]:
    """The ``userInfo`` of admission requests."""
    return user.to_info()


def request_of(review: Review, match: Match) -> dict[str, Any]:
    """The ``request`` variable: an AdmissionRequest without objects; empty parts are absent."""
    request: dict[str, Any] = {
        "uid": "",
        "kind": _kind(match.kind),
        "resource": _resource(match.resource),
        "requestKind": _kind(review.kind),
        "requestResource": _resource(review.resource),
        "operation": review.operation.value,
        "userInfo": user_info(review.user),
        "dryRun": review.dry_run,
        "options": options_of(review),
    }
    optional = {
        "subResource": review.subresource,
        "requestSubResource": review.subresource,
        "name": review.name,
        "namespace": review.namespace,
    }
    return request | {key: value for key, value in optional.items() if value}


def namespace_object(namespace: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The ``namespaceObject`` variable: what of a namespace expressions may see."""
    if namespace is None:
        return None
    found = namespace.get("metadata") or {}
    visible = {key: found[key] for key in _NAMESPACE_METADATA if key in found}
    return {"metadata": visible, "spec": namespace.get("spec") or {}, "status": namespace.get("status") or {}}


class Questions:
    """Answers what expressions ask of ``authorizer``; equal questions of one request are asked once."""

    def __init__(self, authorizer: Authorizer, user: User) -> None:
        self._authorizer = authorizer
        self._user = user
        self._answers: dict[Question, DecisionValue] = {}

    def check(self, question: Question) -> DecisionValue:
        """See `cel.library.authorization.Checker`."""
        found = self._answers.get(question)
        if found is None:
            found = self._answers[question] = self._ask(question)
        return found

    def _ask(self, question: Question) -> DecisionValue:
        verdict = self._authorizer.authorize(self._attributes(question))
        return DecisionValue(verdict.allowed, verdict.reason, "; ".join(verdict.errors))

    def _attributes(self, question: Question) -> Attributes:
        subject = question.subject
        user = self._user if subject is None else User.of(subject.name, subject.groups)
        if question.path:
            return Attributes(user, question.verb, is_resource=False, path=question.path)
        by_field, by_label = raw_fields(question.field_selector), raw_labels(question.label_selector)
        return Attributes(
            user,
            question.verb,
            group=question.group,
            version="*",
            resource=question.resource,
            subresource=question.subresource,
            namespace=question.namespace,
            name=question.name,
            field_requirements=by_field.requirements,
            label_requirements=by_label.requirements,
            selector_errors=tuple(error for error in (by_field.error, by_label.error) if error),
        )


def authorizer_bindings(authorizer: Authorizer, review: Review) -> dict[str, Any]:
    """``authorizer`` and ``authorizer.requestResource``."""
    value = AuthorizerValue(Questions(authorizer, review.user))
    resource = ResourceCheck(
        value, review.resource.group, review.resource.resource, review.subresource, review.namespace, review.name
    )
    return {"authorizer": value, "authorizer.requestResource": resource}
