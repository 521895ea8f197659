"""PodSecurity: pods obey the Pod Security Standard that their namespace's labels ask for.

Enforce refuses pods; audit and warn record and warn, for pods and for what makes pods. Users, namespaces and runtime classes
can be exempt. Changing a namespace's policy warns about the pods that are there already.

Source: k8s.io/pod-security-admission ``admission`` and kubernetes ``plugin/pkg/admission/security/podsecurity``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review, Rule
from kubegate.admission.pod_security.changes import is_significant
from kubegate.admission.pod_security.configuration import PodSecurityConfiguration
from kubegate.admission.pod_security.evaluator import summary, violations
from kubegate.admission.pod_security.levels import PREFIX, Level, LevelVersion, Policy, namespace_policy
from kubegate.admission.pod_security.namespaces import exempt_namespace_warning, existing_pods_warnings
from kubegate.admission.pod_security.templates import PATHS, pod_template
from kubegate.admission.rejections import forbidden, shown_name
from kubegate.api import status
from kubegate.api.field_errors import FieldError, aggregate
from kubegate.api.go import quote
from kubegate.api.names import Object, labels_of, name_of
from kubegate.api.status import Status

IGNORED_SUBRESOURCES = frozenset({"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"})
"""Subresources of pods that cannot change what is judged; any other one is judged as a pod."""


class PodSecurity:
    """Judges namespaces, pods and the objects that make pods."""

    def __init__(self, cluster: Cluster, configuration: PodSecurityConfiguration) -> None:
        self._cluster = cluster
        self._defaults = configuration.defaults.policy()
        self._exempt_users = frozenset(configuration.exemptions.usernames)
        self._exempt_namespaces = frozenset(configuration.exemptions.namespaces)
        self._exempt_classes = frozenset(configuration.exemptions.runtimeClasses)

    def validate(self, review: Review) -> Status | None:
        if review.operation not in (Operation.CREATE, Operation.UPDATE):
            return None
        resource = review.resource.qualified
        if resource == "namespaces":
            return None if review.subresource else self._namespace(review)
        if resource == "pods":
            return None if review.subresource in IGNORED_SUBRESOURCES else self._pod(review)
        if resource in PATHS and not review.subresource:
            return self._controller(review)
        return None

    def _policy(self, namespace: Object) -> tuple[Policy, list[FieldError]]:
        return namespace_policy(labels_of(namespace), self._defaults)

    def _namespace(self, review: Review) -> Status | None:
        namespace = review.object or {}
        policy, errors = self._policy(namespace)
        if review.operation is Operation.CREATE:
            if errors:
                return _invalid(review, errors)
            self._warn_if_exempt(review, policy)
            return None
        before, old_errors = self._policy(review.old_object or {})
        if errors and errors != old_errors:
            return _invalid(review, errors)
        if not _tightens(policy.enforce, before.enforce):
            return None
        if review.namespace in self._exempt_namespaces:
            self._warn_if_exempt(review, policy)
            return None
        name = name_of(namespace)
        pods = self._cluster.list("pods", name)
        for warning in existing_pods_warnings(name, policy.enforce, pods, self._has_exempt_class):
            review.warn(warning)
        return None

    def _warn_if_exempt(self, review: Review, policy: Policy) -> None:
        namespace = review.object or {}
        if review.namespace in self._exempt_namespaces:
            warning = exempt_namespace_warning(name_of(namespace), policy, self._defaults, labels_of(namespace))
            if warning:
                review.warn(warning)

    def _pod(self, review: Review) -> Status | None:
        if self._is_exempt(review):
            return None
        namespace = self._cluster.get("namespaces", "", review.namespace)
        if namespace is None:
            return status.not_found("", "namespaces", review.namespace)
        policy, errors = self._policy(namespace)
        if not errors and policy.fully_privileged:
            review.annotate(PREFIX + "enforce-policy", str(LevelVersion()))
            return None
        pod = review.object or {}
        if review.operation is Operation.UPDATE and not is_significant(pod, review.old_object or {}):
            return None
        return self._evaluate(review, policy, errors, pod, enforce=True)

    def _controller(self, review: Review) -> Status | None:
        if self._is_exempt(review):
            return None
        namespace = self._cluster.get("namespaces", "", review.namespace)
        if namespace is None:
            message = f'failed to lookup namespace {quote(review.namespace)}: namespaces "{review.namespace}" not found'
            review.annotate(PREFIX + "error", message)
            return None
        policy, errors = self._policy(namespace)
        if not errors and policy.warn.level == policy.audit.level == Level.PRIVILEGED:
            return None
        template = pod_template(review.resource.qualified, review.object or {})
        return None if template is None else self._evaluate(review, policy, errors, template, enforce=False)

    def _is_exempt(self, review: Review) -> bool:
        if review.namespace in self._exempt_namespaces:
            review.annotate(PREFIX + "exempt", "namespace")
            return True
        if review.user.name in self._exempt_users:
            review.annotate(PREFIX + "exempt", "user")
            return True
        return False

    def _has_exempt_class(self, spec: dict[str, Any]) -> bool:
        return spec.get("runtimeClassName") in self._exempt_classes

    def _rule(self, namespace: str) -> Rule:
        """The label that enforces, or the namespace if that has none."""
        label = PREFIX + "enforce"
        given = labels_of(self._cluster.get("namespaces", "", namespace) or {})
        return Rule("", "Namespace", "", namespace, ("metadata", "labels", label) if label in given else ())

    def _evaluate(
        self, review: Review, policy: Policy, errors: list[FieldError], pod: dict[str, Any], *, enforce: bool
    ) -> Status | None:
        meta, spec = pod.get("metadata") or {}, pod.get("spec") or {}
        if self._has_exempt_class(spec):
            review.annotate(PREFIX + "exempt", "runtimeClass")
            return None
        if errors:
            review.annotate(PREFIX + "error", f"Failed to parse policy: {aggregate(errors)}")
        refusal = None
        if enforce:
            review.annotate(PREFIX + "enforce-policy", str(policy.enforce))
            found = violations(policy.enforce, meta, spec)
            if found:
                review.rule = self._rule(review.namespace)
                refusal = forbidden(review, f"violates PodSecurity {quote(str(policy.enforce))}: {summary(found)}")
        recorded = violations(policy.audit, meta, spec)
        if recorded:
            review.annotate(PREFIX + "audit-violations", _would_violate(policy.audit, summary(recorded)))
        warned = violations(policy.warn, meta, spec) if refusal is None else []
        if warned:
            review.warn(_would_violate(policy.warn, summary(warned)))
        return refusal


def _would_violate(wanted: LevelVersion, what: str) -> str:
    return f"would violate PodSecurity {quote(str(wanted))}: {what}"


def _tightens(new: LevelVersion, old: LevelVersion) -> bool:
    """False if pods that were good before are surely good now."""
    if new == old or new.level == Level.PRIVILEGED:
        return False
    return new.minor != old.minor or new.level > old.level


def _invalid(review: Review, errors: list[FieldError]) -> Status:
    return status.invalid(review.kind.group, review.kind.kind, shown_name(review), errors)


def _build(environment: Environment, configuration: Any) -> PodSecurity:
    return PodSecurity(environment.cluster, configuration or PodSecurityConfiguration())


PLUGIN = Plugin("PodSecurity", _build, on_by_default=True, model=PodSecurityConfiguration)
