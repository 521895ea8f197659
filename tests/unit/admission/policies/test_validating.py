"""ValidatingAdmissionPolicy: what matches, what is refused and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

GROUP = "admissionregistration.k8s.io/v1"
RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]


@pytest.fixture
def judge(world: Any, review: Any) -> Callable[..., Any]:
    """Puts one policy with one binding into the world and a ConfigMap to it; gives the refusal and the review."""

    def run(
        spec: dict[str, Any], binding: dict[str, Any] | None = None, obj: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        whole = {"matchConstraints": {"resourceRules": RULES}, "validations": [{"expression": "false"}], **spec}
        world.add(policy("ValidatingAdmissionPolicy", "p", whole))
        bound = {"policyName": "p", "validationActions": ["Deny"], **(binding or {})}
        world.add(policy("ValidatingAdmissionPolicyBinding", "b", bound))
        subject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "ns"}, **(obj or {})}
        seen = review(subject, **options)
        return world.build("ValidatingAdmissionPolicy").validate(seen), seen

    return run


def policy(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": GROUP, "kind": kind, "metadata": {"name": name}, "spec": spec}


PREFIX = "configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "


def test_refusal(judge: Any) -> None:
    refusal, _ = judge({"validations": [{"expression": "  object.data.x == 'y'  "}]}, obj={"data": {"x": "z"}})
    assert (refusal.code, refusal.reason) == (422, "Invalid")
    assert refusal.message == PREFIX + "failed expression: object.data.x == 'y'"


@pytest.mark.parametrize(
    ("validation", "code", "message"),
    [
        ({"message": "no"}, 422, "no"),
        ({"messageExpression": "'name ' + object.metadata.name"}, 422, "name c"),
        ({"messageExpression": "object.missing", "message": "plain"}, 422, "plain"),
        ({"reason": "Forbidden", "message": "no"}, 403, "no"),
        ({"reason": "RequestEntityTooLarge", "message": "no"}, 413, "no"),
    ],
)
def test_messages_and_reasons(judge: Any, validation: dict[str, Any], code: int, message: str) -> None:
    refusal, _ = judge({"validations": [{"expression": "false", **validation}]})
    assert (refusal.code, refusal.message) == (code, PREFIX + message)


def test_an_evaluation_error_is_for_the_failure_policy(judge: Any) -> None:
    spec = {"validations": [{"expression": "object.missing == 1"}]}
    refusal, _ = judge(spec)
    why = "expression 'object.missing == 1' resulted in error: no such key: missing"
    assert refusal.message == PREFIX + why
    assert judge({**spec, "failurePolicy": "Ignore"})[0] is None


def test_what_is_not_matched_is_not_judged(judge: Any, world: Any) -> None:
    assert judge({}, obj={"kind": "Secret"})[0] is None
    excluded = {"resourceRules": RULES, "excludeResourceRules": RULES}
    assert judge({"matchConstraints": excluded})[0] is None
    selector = {"resourceRules": RULES, "objectSelector": {"matchLabels": {"a": "b"}}}
    assert judge({"matchConstraints": selector})[0] is None
    conditions = [{"name": "c", "expression": "request.userInfo.username != 'admin'"}]
    assert judge({"matchConditions": conditions})[0] is None
    assert judge({}, {"matchResources": {"namespaceSelector": {"matchLabels": {"x": "y"}}}})[0] is None


def test_warn_and_audit(judge: Any) -> None:
    refusal, seen = judge(
        {"validations": [{"expression": "false", "message": "hm"}]}, {"validationActions": ["Warn", "Audit"]}
    )
    assert refusal is None
    assert seen.warnings == ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': hm"]
    assert '"message":"hm"' in seen.audit["validation.policy.admission.k8s.io/validation_failure"]


def test_audit_annotations(judge: Any) -> None:
    annotations = [{"key": "k", "valueExpression": "'v ' + object.metadata.name"}, {"key": "n", "valueExpression": "null"}]
    refusal, seen = judge({"validations": [], "auditAnnotations": annotations})
    assert refusal is None
    assert seen.audit == {"p/k": "v c"}


def test_params(judge: Any, world: Any) -> None:
    meta = {"name": "limits", "namespace": "ns"}
    world.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"max": "3"}})
    spec = {
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "validations": [{"expression": "params.data.max == '4'"}],
    }
    assert judge(spec, {"paramRef": {"name": "limits", "parameterNotFoundAction": "Deny"}})[0] is not None
    assert judge(spec, {"paramRef": {"name": "gone", "parameterNotFoundAction": "Allow"}})[0] is None
    refusal, _ = judge(spec, {"paramRef": {"name": "gone", "parameterNotFoundAction": "Deny"}})
    why = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    assert refusal.message == PREFIX + why


def test_variables_are_evaluated_when_used(judge: Any) -> None:
    variables = [
        {"name": "bad", "expression": "object.missing"},
        {"name": "size", "expression": "object.data.size()"},
        {"name": "twice", "expression": "variables.size * 2"},
    ]
    spec = {"variables": variables, "validations": [{"expression": "variables.twice == 4 || variables.bad == 1"}]}
    assert judge(spec, obj={"data": {"a": "1", "b": "2"}})[0] is None


def test_the_authorizer_is_asked(judge: Any, world: Any, grants: Any) -> None:
    text = "authorizer.requestResource.check('approve').allowed()"
    assert judge({"validations": [{"expression": text}]})[0] is not None
    world.authorizer = grants(("approve", "configmaps", "*"))
    assert judge({"validations": [{"expression": text}]})[0] is None


def test_policies_are_not_about_policies(world: Any, review: Any) -> None:
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": "false"}]}
    world.add(policy("ValidatingAdmissionPolicy", "p", spec))
    bound = policy("ValidatingAdmissionPolicyBinding", "b", {"policyName": "p", "validationActions": ["Deny"]})
    world.add(bound)
    plugin = world.build("ValidatingAdmissionPolicy")
    assert plugin.validate(review(bound)) is None
    assert plugin.validate(review({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})) is not None
