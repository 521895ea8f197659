"""ImagePolicyWebhook: what is asked, what an answer means, what no answer means."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from kubegate.admission.plugins.image_policy_webhook import ImagePolicyModel, ImagePolicyWebhook
from kubegate.errors import Unavailable
from kubegate.outbound.exchange import Answer


class Service:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def post(self, body, *, query="", timeout=None):
        self.asked.append(orjson.loads(body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def said(**status):
    return Answer(200, orjson.dumps({"kind": "ImageReview", "status": status}), {})


def build(service, **settings):
    return ImagePolicyWebhook(ImagePolicyModel(kubeConfigFile="x", **settings), service, sleep=lambda seconds: None)


def test_the_review_names_images_annotations_and_namespace(review, pod):
    service = Service(said(allowed=True, auditAnnotations={"checked": "2"}))
    annotations = {"a.image-policy.k8s.io/x": "1", "other": "2"}
    asked = review(pod(meta={"annotations": annotations}, initContainers=[{"name": "i", "image": "init"}]))
    assert build(service).validate(asked) is None
    assert service.asked == [
        {
            "kind": "ImageReview",
            "apiVersion": "imagepolicy.k8s.io/v1alpha1",
            "metadata": {},
            "spec": {
                "containers": [{"image": "img"}, {"image": "init"}],
                "annotations": {"a.image-policy.k8s.io/x": "1"},
                "namespace": "ns",
            },
            "status": {"allowed": False},
        }
    ]
    assert asked.audit == {"imagepolicywebhook.image-policy.k8s.io/checked": "2"}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"allowed": False, "reason": "bad"}, "image policy webhook backend denied one or more images: bad"),
        ({"allowed": False}, "one or more images rejected by webhook backend"),
        ({}, "one or more images rejected by webhook backend"),
        ({"allowed": "yes"}, "one or more images rejected by webhook backend"),
    ],
)
def test_only_a_plain_true_admits(review, pod, status, why):
    assert why in build(Service(said(**status))).validate(review(pod())).message


def test_answers_are_remembered(review, pod):
    service = Service(said(allowed=True))
    plugin = build(service)
    for _ in range(3):
        plugin.validate(review(pod()))
    plugin.validate(review(pod(containers=[{"name": "c", "image": "other"}])))
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Unavailable("connection refused"),
        Answer(404, b"", {}),
        Answer(200, b"garbage", {}),
        Answer(200, b'{"kind":"Pod","status":{"allowed":true}}', {}),
        Answer(200, b'{"kind":"ImageReview"}', {}),
        Answer(200, b'{"kind":"ImageReview","status":{"allowed":true,"auditAnnotations":["a"]}}', {}),
        Answer(500, b"boom", {}),
    ],
)
def test_no_sensible_answer_is_no_admission_unless_the_configuration_says_so(review, pod, answer):
    assert build(Service(answer)).validate(review(pod())).code == 403
    asked = review(pod())
    assert build(Service(answer), defaultAllow=True).validate(asked) is None
    assert asked.audit == {"imagepolicywebhook.image-policy.k8s.io/failed-open": "true"}


def test_a_server_error_is_tried_again(review, pod):
    service = Service(Answer(500, b"boom", {}), said(allowed=True))
    assert build(service).validate(review(pod())) is None
    assert len(service.asked) == 2


def test_ephemeral_containers_are_reviewed_alone(review, pod):
    service = Service(said(allowed=True))
    new = pod(ephemeralContainers=[{"name": "e", "image": "debug"}])
    build(service).validate(review(new, old=pod(), subresource="ephemeralcontainers"))
    assert service.asked[0]["spec"]["containers"] == [{"image": "debug"}]


@pytest.mark.parametrize(
    "settings", [{"allowTTL": 4000}, {"denyTTL": -2}, {"retryBackoff": 300_001}, {"kubeConfigFile": ""}, {"x": 1}]
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        ImagePolicyModel.model_validate({"kubeConfigFile": "x", **settings})
