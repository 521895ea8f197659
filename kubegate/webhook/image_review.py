"""POST /image-review: an ImageReview (imagepolicy.k8s.io/v1alpha1), judged as the pod that would run those images.

The review names images, annotations and a namespace; the pod made of them passes the chain in force, so that the same
admission policies decide here and in ``/validate``.
"""

from __future__ import annotations

import copy
from typing import Any

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Operation, Review
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object
from kubegate.api.status import Status, StatusError
from kubegate.api.user import User
from kubegate.webhook.answers import check_kind, json_answer, parse, refusal
from kubegate.webhook.interface import HookRequest, HookResponse
from kubegate.webhook.policy import InForce
from kubegate.webhook.review_models import ImageModel, read

KIND = "ImageReview"
VERSION = "imagepolicy.k8s.io/v1alpha1"
_POD = GroupVersionKind("", "v1", "Pod")
_PODS = GroupVersionResource("", "v1", "pods")
_CONTAINER = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_WHOLE = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


class ImageReviewHandler:
    """Answers allowed, or the first refusal's message as the reason."""

    def __init__(self, chains: InForce[AdmissionChain]) -> None:
        self._chains = chains

    def handle(self, request: HookRequest) -> HookResponse:
        """200 with the status filled in, or a refusal."""
        try:
            body = parse(request.body)
            check_kind(body, KIND, (VERSION,))
            spec = read(ImageModel, body.get("spec"), "spec")
        except StatusError as error:
            return refusal(error.status)
        refused = self._judge(pod_of(spec))
        status: dict[str, Any] = {"allowed": refused is None}
        if refused is not None:
            status["reason"] = refused.message
        return json_answer({"kind": KIND, "apiVersion": VERSION, "status": status})

    def _judge(self, pod: Object) -> Status | None:
        """The refusal of the pod; nothing is charged for it to quotas."""
        chain, refused = self._chains.current.content, None
        for step in (chain.mutate, chain.validate):
            namespace = pod["metadata"]["namespace"]
            review = Review(Operation.CREATE, _POD, _PODS, User.of(""), namespace=namespace, object=pod, dry_run=True)
            refused = step(review)
            if refused is not None:
                break
            pod = review.object or pod
        return refused


def pod_of(spec: ImageModel) -> Object:
    """A pod with the review's images, annotations and namespace. What a review does not tell of a pod refuses none: it is as
    the strictest Pod Security level wants it."""
    containers = [
        {"name": f"c{index}", "image": container.image, "securityContext": copy.deepcopy(_CONTAINER)}
        for index, container in enumerate(spec.containers)
    ]
    metadata = {"generateName": "image-review-", "namespace": spec.namespace or ""}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "annotations": dict(spec.annotations or {})},
        "spec": {"containers": containers, "securityContext": copy.deepcopy(_WHOLE)},
    }
