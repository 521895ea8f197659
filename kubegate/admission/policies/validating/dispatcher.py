"""ValidatingAdmissionPolicy as an admission validator: every matching policy with every binding and param.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/validating/dispatcher.go``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kubegate.admission.interface import Environment, Review, Rule
from kubegate.admission.manifests.source import StaticObjects
from kubegate.admission.matching.criteria import MatchError, Namespaces
from kubegate.admission.policies.context import Context
from kubegate.admission.policies.params import ParamError, collect, param_resource
from kubegate.admission.policies.source import Binding, Policy, PolicySource
from kubegate.admission.policies.validating.evaluator import Decision, Evaluator, Result
from kubegate.admission.rejections import forbidden
from kubegate.api.compact_json import compact
from kubegate.api.names import name_of
from kubegate.api.status import Status

GROUP = "admissionregistration.k8s.io"
POLICIES = f"validatingadmissionpolicies.{GROUP}"
BINDINGS = f"validatingadmissionpolicybindings.{GROUP}"
FAILURE_ANNOTATION = "validation.policy.admission.k8s.io/validation_failure"
MAX_ANNOTATION_BYTES = 10 * 1024
_CODES = {"Unauthorized": 401, "Forbidden": 403, "RequestEntityTooLarge": 413}


@dataclass(frozen=True, slots=True)
class _Denial:
    policy: str
    binding: str
    message: str
    reason: str = ""
    steps: tuple[str | int, ...] = ()
    """To the rule, in the policy."""

    def text(self) -> str:
        binding = f" with binding '{self.binding}'" if self.binding else ""
        return f"ValidatingAdmissionPolicy '{self.policy}'{binding} denied request: {self.message}"


@dataclass(slots=True)
class _Run:
    """One request and what the policies said."""

    context: Context
    denials: list[_Denial] = field(default_factory=list)
    annotations: dict[str, list[str]] = field(default_factory=dict)

    @property
    def review(self) -> Review:
        return self.context.review


class ValidatingPolicies:
    """The plugin; ``manifests`` is the directory of its policies from files."""

    def __init__(self, environment: Environment, manifests: str = "") -> None:
        static = StaticObjects(environment, manifests, ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"))
        self._environment = environment
        self._namespaces = Namespaces(environment)
        self.source: PolicySource[Evaluator] = PolicySource(environment, POLICIES, BINDINGS, Evaluator, static)

    def validate(self, review: Review) -> Status | None:
        candidates = self.source.candidates(review)
        if not candidates:
            return None
        run = _Run(Context(review, self._environment, self._namespaces))
        for policy in candidates:
            try:
                self._apply(policy, run)
            except MatchError as error:
                return error.status
        return _refusal(run) if run.denials else None

    def _apply(self, policy: Policy[Evaluator], run: _Run) -> None:
        try:
            match = policy.match(run.review)
        except MatchError as error:
            self._misconfigured(policy, None, f"failed to configure policy: {error.message}", run)
            return
        if match is None:
            return
        try:
            kind = policy.spec.get("paramKind")
            resource = None if kind is None else param_resource(self._environment, kind)
        except ParamError as error:
            self._misconfigured(policy, None, f"failed to configure policy: {error.message}", run)
            return
        run.annotations = {}
        for binding in policy.bindings:
            try:
                if not binding.matches(run.review):
                    continue
                reference = binding.spec.get("paramRef")
                params = collect(self._environment, resource, reference, run.review.namespace)
            except (MatchError, ParamError) as error:
                self._misconfigured(policy, binding, f"failed to configure binding: {error.message}", run)
                continue
            versioned = run.context.versioned(match)
            for param in params:
                result = policy.evaluator.evaluate(run.context.bindings(match, param, versioned))
                _record(policy, binding, result, run)
        for key, values in run.annotations.items():
            run.review.annotate(f"{policy.name}/{key}", ", ".join(values))

    @staticmethod
    def _misconfigured(policy: Policy[Evaluator], binding: Binding | None, message: str, run: _Run) -> None:
        if not policy.ignores_failures:
            run.denials.append(_Denial(policy.name, name_of(binding.object) if binding else "", message))


def _record(policy: Policy[Evaluator], binding: Binding, result: Result, run: _Run) -> None:
    name = name_of(binding.object)
    actions = binding.spec.get("validationActions") or ()
    for index, decision in enumerate(result.decisions):
        if decision.admitted:
            continue
        for action in actions:
            if action == "Deny":
                run.denials.append(_Denial(policy.name, name, decision.message, decision.reason, decision.steps))
            elif action == "Audit":
                run.review.annotate(FAILURE_ANNOTATION, _failure(policy, binding, index, decision))
            elif action == "Warn":
                what = f"ValidatingAdmissionPolicy '{policy.name}' with binding '{name}'"
                run.review.warn(f"Validation failed for {what}: {decision.message}")
    for annotation in result.annotations:
        if annotation.error:
            steps = ("spec", "auditAnnotations", annotation.index)
            run.denials.append(_Denial(policy.name, name, annotation.error, steps=steps))
            continue
        value = annotation.value.encode("utf-8", "surrogatepass")[:MAX_ANNOTATION_BYTES].decode("utf-8", "ignore")
        values = run.annotations.setdefault(annotation.key, [])
        if value not in values:
            values.append(value)


def _failure(policy: Policy[Evaluator], binding: Binding, index: int, decision: Decision) -> str:
    failure = {
        "message": decision.message,
        "policy": policy.name,
        "binding": name_of(binding.object),
        "expressionIndex": index,
        "validationActions": list(binding.spec.get("validationActions") or ()),
    }
    return compact([failure])


def _refusal(run: _Run) -> Status:
    denial = run.denials[0]
    run.review.rule = Rule(GROUP, "ValidatingAdmissionPolicy", "", denial.policy, denial.steps)
    message = denial.text()
    status = forbidden(run.review, message)
    reason = denial.reason or "Invalid"
    details = {**(status.details or {}), "causes": [{"message": message}]}
    return replace(status, code=_CODES.get(reason, 422), reason=reason, details=details)
