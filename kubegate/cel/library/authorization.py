"""``authorizer``: asking what the user (or a service account) may do. Source: apiserver ``pkg/cel/library/authz.go``.

Who answers is a `Checker`, so that this package knows no authorizer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from kubegate.api.user import service_account_groups, service_account_name
from kubegate.cel.declarations import Cost, Function, Library, member
from kubegate.cel.errors import EvaluationError
from kubegate.cel.library import costs
from kubegate.cel.types import BOOL, STRING, object_type

AUTHORIZER = object_type("kubernetes.authorization.Authorizer")
PATH_CHECK = object_type("kubernetes.authorization.PathCheck")
GROUP_CHECK = object_type("kubernetes.authorization.GroupCheck")
RESOURCE_CHECK = object_type("kubernetes.authorization.ResourceCheck")
DECISION = object_type("kubernetes.authorization.Decision")

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_LABEL = re.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DecisionValue:
    """What an authorizer said; ``error`` is "" if it did not fail."""

    is_allowed: bool
    reason: str = ""
    error: str = ""
    type_name = DECISION.name


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose permission is asked: None is the user of the request."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``path`` alone for non-resource requests. Selectors are raw."""

    subject: Subject | None
    verb: str
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""


class Checker(Protocol):
    """Answers questions."""

    def check(self, question: Question) -> DecisionValue:
        """Decide; an outage is a decision with an error."""
        ...


@dataclass(frozen=True, slots=True)
class AuthorizerValue:
    """The ``authorizer`` variable."""

    checker: Checker = field(compare=False)
    subject: Subject | None = None
    type_name = AUTHORIZER.name


@dataclass(frozen=True, slots=True)
class PathCheck:
    """``authorizer.path(p)``."""

    authorizer: AuthorizerValue
    path: str
    type_name = PATH_CHECK.name


@dataclass(frozen=True, slots=True)
class GroupCheck:
    """``authorizer.group(g)``."""

    authorizer: AuthorizerValue
    group: str
    type_name = GROUP_CHECK.name


@dataclass(frozen=True, slots=True)
class ResourceCheck:
    """``authorizer.group(g).resource(r)`` and what narrows it."""

    authorizer: AuthorizerValue
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""
    type_name = RESOURCE_CHECK.name


def _path(authorizer: AuthorizerValue, path: str) -> PathCheck:
    if not path.strip():
        raise EvaluationError("path must not be empty")
    return PathCheck(authorizer, path)


def _service_account(authorizer: AuthorizerValue, namespace: str, name: str) -> AuthorizerValue:
    if len(name) > 253 or not _SUBDOMAIN.fullmatch(name):
        raise EvaluationError("Invalid service account name")
    if len(namespace) > 63 or not _LABEL.fullmatch(namespace):
        raise EvaluationError("Invalid service account namespace")
    return replace(authorizer, subject=Subject(service_account_name(namespace, name), service_account_groups(namespace)))


def _resource(group: GroupCheck, resource: str) -> ResourceCheck:
    if not resource.strip():
        raise EvaluationError("resource must not be empty")
    return ResourceCheck(group.authorizer, group.group, resource)


def _check_path(check: PathCheck, verb: str) -> DecisionValue:
    return check.authorizer.checker.check(Question(check.authorizer.subject, verb, path=check.path))


def _check_resource(check: ResourceCheck, verb: str) -> DecisionValue:
    question = Question(
        check.authorizer.subject,
        verb,
        group=check.group,
        resource=check.resource,
        subresource=check.subresource,
        namespace=check.namespace,
        name=check.name,
        field_selector=check.field_selector,
        label_selector=check.label_selector,
    )
    return check.authorizer.checker.check(question)


def _narrowing(function: str, id: str, attribute: str, cost: Cost | None = None) -> Function:
    def narrow(check: ResourceCheck, value: str) -> ResourceCheck:
        changes: dict[str, Any] = {attribute: value}
        return replace(check, **changes)

    return Function(function, (member(id, (RESOURCE_CHECK, STRING), RESOURCE_CHECK, narrow),), cost)


LIBRARY = Library(
    (
        Function("path", (member("authorizer_path", (AUTHORIZER, STRING), PATH_CHECK, _path),)),
        Function("group", (member("authorizer_group", (AUTHORIZER, STRING), GROUP_CHECK, GroupCheck),)),
        Function(
            "serviceAccount",
            (member("authorizer_serviceaccount", (AUTHORIZER, STRING, STRING), AUTHORIZER, _service_account),),
        ),
        Function("resource", (member("groupcheck_resource", (GROUP_CHECK, STRING), RESOURCE_CHECK, _resource),)),
        _narrowing("subresource", "resourcecheck_subresource", "subresource"),
        _narrowing("namespace", "resourcecheck_namespace", "namespace"),
        _narrowing("name", "resourcecheck_name", "name"),
        _narrowing("fieldSelector", "authorizer_fieldselector", "field_selector", costs.selector),
        _narrowing("labelSelector", "authorizer_labelselector", "label_selector", costs.selector),
        Function(
            "check",
            (
                member("pathcheck_check", (PATH_CHECK, STRING), DECISION, _check_path),
                member("resourcecheck_check", (RESOURCE_CHECK, STRING), DECISION, _check_resource),
            ),
            costs.fixed(350_000),
        ),
        Function("errored", (member("decision_errored", (DECISION,), BOOL, lambda decision: bool(decision.error)),)),
        Function("error", (member("decision_error", (DECISION,), STRING, lambda decision: decision.error),)),
        Function("allowed", (member("decision_allowed", (DECISION,), BOOL, lambda decision: decision.is_allowed),)),
        Function("reason", (member("decision_reason", (DECISION,), STRING, lambda decision: decision.reason),)),
    )
)
