"""Reviews: what is refused and how, what is asked, what is answered."""

from __future__ import annotations

import pytest

from kubegate.api.status import StatusError
from kubegate.api.user import User
from kubegate.authz import reviews
from kubegate.authz.interface import Attributes, Decision, RuleList, SelectorRequirement, Verdict

GET = {"verb": "get", "resource": "pods", "namespace": "n"}


def refusal(call, *arguments):
    with pytest.raises(StatusError) as caught:
        call(*arguments)
    status = caught.value.status
    return status.code, status.message


def sar(**spec):
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}


@pytest.mark.parametrize(
    ("review", "code", "part"),
    [
        (None, 422, "[spec.resourceAttributes: Invalid value: null: exactly one of"),
        (sar(user="u"), 422, "spec.resourceAttributes: Invalid value: null"),
        (sar(resourceAttributes=GET), 422, 'spec.user: Invalid value: "": at least one of user or group'),
        (sar(user="u", resourceAttributes=GET, nonResourceAttributes={"path": "/"}), 422, '{"Path":"/","Verb":""}'),
        (sar(user="u", resourceAttributes={**GET, "fieldSelector": {}}), 422, "requirements or rawSelector is required"),
        ({**sar(user="u", resourceAttributes=GET), "metadata": {"name": "x"}}, 422, ": must be empty"),
        ([], 400, "couldn't get version/kind"),
        (
            sar(user=5, resourceAttributes=GET),
            400,
            "cannot unmarshal number into Go struct field SubjectAccessReviewSpec.spec.user",
        ),
        (sar(user="u", groups="g", resourceAttributes=GET), 400, "of type []string"),
        (sar(user="u", extra={"a": "b"}, resourceAttributes=GET), 400, "of type v1.ExtraValue"),
        ({"spec": []}, 400, "cannot unmarshal array into Go struct field SubjectAccessReview.spec"),
        ({**sar(), "kind": "Pod", "apiVersion": "v1"}, 400, "converting (v1.Pod) to (authorization.SubjectAccessReview)"),
        ({**sar(), "apiVersion": "authorization.k8s.io/v1beta1"}, 400, "does not match the expected API version"),
    ],
)
def test_refused_reviews(review, code, part):
    got, message = refusal(reviews.subject_access_review, review)
    assert got == code
    assert part in message


@pytest.mark.parametrize(
    "review",
    [
        {"spec": {"user": "u", "resourceAttributes": GET}},
        {**sar(user="u", resourceAttributes=GET), "metadata": {"namespace": "n"}},
        sar(groups=["g"], resourceAttributes={}),
        sar(user="u", groups=[None, "g"], resourceAttributes=GET, unknown=1),
        sar(user="u", nonResourceAttributes={"path": "/healthz", "verb": "get"}, resourceAttributes=None),
    ],
)
def test_accepted_reviews(review):
    reviews.subject_access_review(review)


def test_the_question_of_a_review():
    extra = {"scopes": ["a", "b"]}
    found = reviews.subject_access_review(
        sar(
            user="u", groups=["g", None], uid="7", extra=extra, resourceAttributes={**GET, "subresource": "log", "name": "x"}
        )
    )
    assert found == Attributes(
        User("u", "7", ("g", ""), (("scopes", ("a", "b")),)), "get", True, "", "*", "pods", "log", "n", "x"
    )


def test_selectors_are_read_and_bad_ones_reported():
    attributes = {
        **GET,
        "fieldSelector": {"rawSelector": "spec.nodeName=n1,a!=b"},
        "labelSelector": {"requirements": [{"key": "a", "operator": "Near"}, {"key": "b", "operator": "Exists"}]},
    }
    found = reviews.subject_access_review(sar(user="u", resourceAttributes=attributes))
    assert set(found.field_requirements) == {
        SelectorRequirement("spec.nodeName", "In", ("n1",)),
        SelectorRequirement("a", "NotIn", ("b",)),
    }
    assert found.label_requirements == (SelectorRequirement("b", "Exists"),)
    status = reviews.access_status(Verdict(Decision.ALLOW, "because"), found)
    assert status == {
        "allowed": True,
        "reason": "because",
        "evaluationError": "spec.resourceAttributes.labelSelector partially ignored due to parse error",
    }


def test_self_reviews_ask_about_the_asker():
    user = User("me", groups=("g",))
    found = reviews.self_subject_access_review({"spec": {"resourceAttributes": GET, "user": "somebody else"}}, user)
    assert found.user is user
    assert refusal(reviews.self_subject_access_review, {"spec": {}}, user)[0] == 422


@pytest.mark.parametrize(
    ("metadata", "spec", "code", "part"),
    [
        ({"namespace": "m"}, {"user": "u", "resourceAttributes": GET}, 400, "does not match the namespace sent"),
        ({}, {"user": "u", "resourceAttributes": {**GET, "namespace": "m"}}, 422, '"m": must match metadata.namespace'),
        ({}, {"user": "u", "nonResourceAttributes": {"path": "/"}}, 422, "disallowed on this kind of request"),
        ({"name": "x"}, {"user": "u", "resourceAttributes": GET}, 422, "must be empty except for namespace"),
    ],
)
def test_local_reviews_stay_in_their_namespace(metadata, spec, code, part):
    got, message = refusal(reviews.local_subject_access_review, {"metadata": metadata, "spec": spec}, "n")
    assert got == code
    assert part in message


def test_rules_review_needs_a_namespace():
    assert reviews.self_subject_rules_review({"spec": {"namespace": "n"}}) == "n"
    assert refusal(reviews.self_subject_rules_review, {"spec": {}}) == (400, "no namespace on request")


def test_statuses():
    attributes = Attributes(User("u"), "get")
    assert reviews.access_status(Verdict(Decision.NO_OPINION), attributes) == {"allowed": False}
    denied = reviews.access_status(Verdict(Decision.DENY, "no", None, ("a", "a", "b")), attributes)
    assert denied == {"allowed": False, "denied": True, "reason": "no", "evaluationError": "[a, b]"}
    rules = reviews.rules_status(RuleList(({"verbs": ["get"]},), (), True, ("why",)))
    assert rules == {
        "resourceRules": [{"verbs": ["get"]}],
        "nonResourceRules": [],
        "incomplete": True,
        "evaluationError": "why",
    }


@pytest.mark.parametrize(
    "spec",
    [
        {"user": "u", "groups": ["g"], "resourceAttributes": GET},
        {"user": "u", "resourceAttributes": {**GET, "version": "v1", "unknown": "x"}},
        {"groups": ["g"], "resourceAttributes": {}},
    ],
)
def test_ordinary_reviews_mean_the_same_on_the_quick_way(spec):
    slow = {**spec, "extra": {}}  # an empty extra means nothing, but is not ordinary
    assert reviews.subject_access_review(sar(**spec)) == reviews.subject_access_review(sar(**slow))


def test_an_absent_version_means_all_and_a_given_one_is_kept():
    assert reviews.subject_access_review(sar(user="u", resourceAttributes=GET)).version == "*"
    assert reviews.subject_access_review(sar(user="u", resourceAttributes={**GET, "version": "v1"})).version == "v1"


def test_a_path_is_asked_about():
    found = reviews.subject_access_review(sar(user="u", nonResourceAttributes={"path": "/healthz", "verb": "get"}))
    assert (found.is_resource, found.verb, found.path) == (False, "get", "/healthz")


@pytest.mark.parametrize(
    ("requirement", "part"),
    [
        (
            {"key": "a", "operator": "In"},
            "requirements[0].values: Required value: must be specified when `operator` is 'In'",
        ),
        ({"key": "a", "operator": "Exists", "values": ["x"]}, "requirements[0].values: Forbidden: may not be specified"),
        ({"operator": "Exists"}, "requirements[0].key: "),
    ],
)
@pytest.mark.parametrize("selector", ["fieldSelector", "labelSelector"])
def test_wrong_requirements(selector, requirement, part):
    attributes = {**GET, selector: {"requirements": [requirement]}}
    code, message = refusal(reviews.subject_access_review, sar(user="u", resourceAttributes=attributes))
    assert code == 422
    assert f"spec.resourceAttributes.{selector}.{part}" in message


def test_the_metadata_of_a_refusal_shows_who_owned_what():
    review = {**sar(user="u", groups=[], resourceAttributes=GET), "metadata": {"labels": {"a": "b"}}}
    _, message = refusal(reviews.subject_access_review, review)
    owned = '"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{"f:resourceAttributes":{".":{},"f:namespace":{},'
    assert owned in message
    assert '"f:user":{}' in message
    assert "f:groups" not in message


@pytest.mark.parametrize(
    ("metadata", "part"),
    [
        ([], "cannot unmarshal array into Go struct field SubjectAccessReview.metadata of type v1.ObjectMeta"),
        ({"name": 7}, "cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"),
        ({"labels": "x"}, "field ObjectMeta.metadata.labels of type map[string]string"),
        ({"labels": {"a": 1}}, "field ObjectMeta.metadata.labels of type string"),
        ({"finalizers": "x"}, "of type []string"),
        ({"generation": "x"}, "of type int64"),
        ({"ownerReferences": [{"name": 1}]}, "of type string"),
    ],
)
def test_metadata_of_wrong_types(metadata, part):
    code, message = refusal(reviews.subject_access_review, {**sar(user="u", resourceAttributes=GET), "metadata": metadata})
    assert code == 400
    assert part in message


@pytest.mark.parametrize(
    "spec",
    [
        {"user": "u", "resourceAttributes": "x"},
        {"user": "u", "resourceAttributes": {"verb": ["get"]}},
        {"user": "u", "groups": [5], "resourceAttributes": GET},
        {"user": "u", "extra": [], "resourceAttributes": GET},
        {"user": "u", "extra": {"a": [1]}, "resourceAttributes": GET},
        {"user": "u", "resourceAttributes": {**GET, "labelSelector": {"requirements": [{"key": 1}]}}},
        {"user": "u", "resourceAttributes": {**GET, "labelSelector": {"requirements": ["x"]}}},
        {"user": "u", "resourceAttributes": {**GET, "fieldSelector": "x"}},
        {"user": "u", "nonResourceAttributes": {"path": 1}},
    ],
)
def test_any_wrong_type_is_a_refusal_never_a_crash(spec):
    assert refusal(reviews.subject_access_review, sar(**spec))[0] == 400


def test_nulls_are_empty_values():
    spec = {"user": "u", "groups": None, "extra": {"a": None}, "uid": None, "resourceAttributes": {"verb": None}}
    found = reviews.subject_access_review(sar(**spec))
    assert (found.user, found.verb) == (User("u", "", (), (("a", ()),)), "")
