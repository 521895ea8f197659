"""MutatingAdmissionPolicy as a mutator: all matching policies one after the other, again if later ones changed the object.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/{mutating/dispatcher,generic/policy_dispatcher}.go``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

from kubegate.admission.interface import Environment, Review, Rule
from kubegate.admission.manifests.source import StaticObjects
from kubegate.admission.matching.criteria import Match, MatchError, Namespaces
from kubegate.admission.policies.context import Context
from kubegate.admission.policies.mutating.evaluator import Evaluator
from kubegate.admission.policies.mutating.patches import MutationError
from kubegate.admission.policies.params import ParamError, collect, param_resource
from kubegate.admission.policies.source import Binding, Policy, PolicySource
from kubegate.admission.reinvocation import rounds_of
from kubegate.admission.rejections import forbidden
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import Status

POLICIES = "mutatingadmissionpolicies.admissionregistration.k8s.io"
BINDINGS = "mutatingadmissionpolicybindings.admissionregistration.k8s.io"


@dataclass(frozen=True, slots=True)
class _Invocation:
    """A policy with one binding and one param."""

    policy: Policy[Evaluator]
    binding: Binding
    match: Match
    param: Object | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Policy, binding, and the param's namespace and name."""
        param = self.param or {}
        return self.policy.name, name_of(self.binding.object), namespace_of(param), name_of(param)


class MutatingPolicies:
    """The plugin; ``manifests`` is the directory of its policies from files."""

    def __init__(self, environment: Environment, manifests: str = "") -> None:
        static = StaticObjects(environment, manifests, ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"))
        self._environment = environment
        self._namespaces = Namespaces(environment)
        self.source: PolicySource[Evaluator] = PolicySource(environment, POLICIES, BINDINGS, Evaluator, static)

    def mutate(self, review: Review) -> Status | None:
        candidates = self.source.candidates(review)
        if not candidates:
            return None
        invocations: list[_Invocation] = []
        refusal: Status | None = None
        for policy in candidates:
            refusal = self._collect(policy, review, invocations) or refusal
        if refusal is not None:
            return refusal
        return self._run(invocations, review) if invocations else None

    def _collect(self, policy: Policy[Evaluator], review: Review, into: list[_Invocation]) -> Status | None:
        """The invocations of a policy; a Status if it is misconfigured and must not be ignored."""
        refusal: Status | None = None
        try:
            match = policy.match(review)
            if match is None:
                return None
            kind = policy.spec.get("paramKind")
            resource = None if kind is None else param_resource(self._environment, kind)
        except (MatchError, ParamError) as error:
            return _misconfigured(policy, None, f"failed to configure policy: {error.message}", review)
        for binding in policy.bindings:
            try:
                if not binding.matches(review):
                    continue
                params = collect(self._environment, resource, binding.spec.get("paramRef"), review.namespace)
            except (MatchError, ParamError) as error:
                message = f"failed to configure binding: {error.message}"
                refusal = refusal or _misconfigured(policy, binding, message, review)
                continue
            into.extend(_Invocation(policy, binding, match, param) for param in params)
        return refusal

    def _run(self, invocations: list[_Invocation], review: Review) -> Status | None:
        rounds = rounds_of(review, "MutatingAdmissionPolicy")
        context = Context(review, self._environment, self._namespaces)
        dirty = False
        for invocation in invocations:
            if not rounds.is_due(invocation.key):
                continue
            before = copy.deepcopy(review.object)
            try:
                dirty = self._invoke(invocation, context) or dirty
            except MutationError as error:
                return _denied(invocation.policy, invocation.binding, error.message, "Invalid", review, error.steps)
            except MatchError as error:
                return error.status
            if review.object != before:
                rounds.require(review)
            if invocation.policy.spec.get("reinvocationPolicy") == "IfNeeded":
                rounds.remember(invocation.key)
        rounds.finish(review, dirty=dirty)
        return None

    def _invoke(self, invocation: _Invocation, context: Context) -> bool:
        """Whether any mutation was applied; raises `MutationError`."""
        policy, match, review = invocation.policy, invocation.match, context.review
        if review.object is None:
            return False
        bindings = context.bindings(match, invocation.param, context.versioned(match))
        if not policy.evaluator.applies(bindings, ignore_failures=policy.ignores_failures):
            return False
        dirty = False
        for index, mutation in enumerate(policy.evaluator.mutations):
            try:
                made = policy.evaluator.mutate(mutation, bindings, match.kind)
            except MutationError as error:
                if policy.ignores_failures:
                    continue
                raise MutationError(error.message, ("spec", "mutations", index)) from error
            dirty = True
            if made is bindings["object"]:
                continue
            self._environment.default(match.resource, made)
            bindings["object"] = made
            self._replace(review, match, made)
        return dirty

    def _replace(self, review: Review, match: Match, made: Object) -> None:
        if match.resource != review.resource:
            made = self._environment.convert(match.resource, review.resource, made)
        if review.object is not None:
            review.object.clear()
            review.object.update(copy.deepcopy(made))


def _misconfigured(policy: Policy[Any], binding: Binding | None, message: str, review: Review) -> Status | None:
    return None if policy.ignores_failures else _denied(policy, binding, message, "Forbidden", review)


def _denied(
    policy: Policy[Any],
    binding: Binding | None,
    why: str,
    reason: str,
    review: Review,
    steps: tuple[str | int, ...] = (),
) -> Status:
    review.rule = Rule("admissionregistration.k8s.io", "MutatingAdmissionPolicy", "", policy.name, steps)
    bound = f" with binding '{name_of(binding.object)}'" if binding else ""
    message = f"policy '{policy.name}'{bound} denied request: {why}"
    status = forbidden(review, message)
    details = {**(status.details or {}), "causes": [{"message": message}]}
    return replace(status, message=message, reason=reason, details=details)
