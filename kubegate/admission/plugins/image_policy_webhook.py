"""ImagePolicyWebhook: an outside service says whether the images of a pod may run.

It is sent an ImageReview (imagepolicy.k8s.io/v1alpha1); its answers are remembered for a while. When it cannot be asked,
``defaultAllow`` decides, which should be false.

Source: kubernetes ``plugin/pkg/admission/imagepolicy``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from kubegate.admission.expiring import Expiring
from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.pods import containers, pod_spec
from kubegate.admission.rejections import forbidden
from kubegate.api.names import annotations_of
from kubegate.api.status import Status
from kubegate.errors import ConfigurationError, Unavailable
from kubegate.outbound.asking import ask
from kubegate.outbound.client import Client, query_timeout
from kubegate.outbound.kubeconfig import load_kubeconfig

API_VERSION = "imagepolicy.k8s.io/v1alpha1"
AUDIT_PREFIX = "imagepolicywebhook.image-policy.k8s.io/"
TIMEOUT = 30.0
"""Seconds that an answer may take."""


class ImagePolicyModel(BaseModel, extra="forbid"):
    """``allowTTL`` and ``denyTTL`` in seconds, ``retryBackoff`` in milliseconds; 0 is the default, -1 none at all."""

    kubeConfigFile: str = Field(min_length=1)
    allowTTL: int = 0
    denyTTL: int = 0
    retryBackoff: int = 0
    defaultAllow: bool = False

    @field_validator("kubeConfigFile")
    @classmethod
    def _resolve(cls, value: str, info: ValidationInfo) -> str:
        folder = (info.context or {}).get("folder")
        return str(folder / value) if folder and not Path(value).is_absolute() else value

    @field_validator("allowTTL", "denyTTL")
    @classmethod
    def _within_half_an_hour(cls, value: int) -> int:
        if value not in (-1, 0) and not 1 <= value <= 1800:
            raise ValueError(f"valid value is between 1s and 30m0s, got {value}s")
        return value

    @field_validator("retryBackoff")
    @classmethod
    def _within_five_minutes(cls, value: int) -> int:
        if value not in (-1, 0) and not 1 <= value <= 300_000:
            raise ValueError(f"valid value is between 1ms and 5m0s, got {value}ms")
        return value


class ImagePolicyConfiguration(BaseModel, extra="forbid"):
    """The plugin's configuration file."""

    imagePolicy: ImagePolicyModel


class ImagePolicyWebhook:
    """Asks about new pods, changed pods and added ephemeral containers."""

    def __init__(self, settings: ImagePolicyModel, client: Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep
        self._default_allow = settings.defaultAllow
        self._keep = {True: _seconds(settings.allowTTL, 300.0), False: _seconds(settings.denyTTL, 30.0)}
        self._backoff = _seconds(settings.retryBackoff, 500.0) / 1000
        self._answers: Expiring[dict[str, Any]] = Expiring(1024)

    def validate(self, review: Review) -> Status | None:
        if review.resource[::2] != ("", "pods") or review.subresource not in ("", "ephemeralcontainers"):
            return None
        if review.operation not in (Operation.CREATE, Operation.UPDATE):
            return None
        spec = _spec(review)
        key = orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)
        answer = self._answers.get(key)
        if answer is None:
            try:
                answer = self._ask(spec)
            except Unavailable as error:
                return self._unavailable(review, error)
            self._answers.put(key, answer, self._keep[answer.get("allowed") is True])
        for name, value in (answer.get("auditAnnotations") or {}).items():
            review.annotate(AUDIT_PREFIX + name, str(value))
        if answer.get("allowed") is True:
            return None
        reason = answer.get("reason")
        if reason:
            return forbidden(review, f"image policy webhook backend denied one or more images: {reason}")
        return forbidden(review, "one or more images rejected by webhook backend")

    def _unavailable(self, review: Review, error: Unavailable) -> Status | None:
        if not self._default_allow:
            return forbidden(review, error.message)
        review.annotate(AUDIT_PREFIX + "failed-open", "true")
        return None

    def _ask(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The status of the answered review; raises `Unavailable`."""
        body = {"kind": "ImageReview", "apiVersion": API_VERSION, "metadata": {}, "spec": spec, "status": {"allowed": False}}
        answer = ask(self._client, orjson.dumps(body), query=query_timeout(TIMEOUT), sleep=self._sleep, pause=self._backoff)
        return _status(answer.body)


def _seconds(value: int, default: float) -> float:
    return 0.0 if value == -1 else float(value) or default


def _spec(review: Review) -> dict[str, Any]:
    fields = ("ephemeralContainers",) if review.subresource else ("containers", "initContainers")
    spec: dict[str, Any] = {
        "containers": [{"image": c["image"]} if c.get("image") else {} for c in containers(pod_spec(review), *fields)]
    }
    annotations = {k: v for k, v in annotations_of(review.object or {}).items() if ".image-policy.k8s.io/" in k}
    if annotations:
        spec["annotations"] = annotations
    spec["namespace"] = review.namespace
    return spec


def _status(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"unable to decode the answer: {error}") from error
    status = answer.get("status") if isinstance(answer, dict) and answer.get("kind") == "ImageReview" else None
    if not isinstance(status, dict) or not isinstance(status.get("auditAnnotations") or {}, dict):
        raise Unavailable("the answer is no ImageReview with a status")
    return status


def _build(environment: Environment, configuration: Any) -> ImagePolicyWebhook:
    if configuration is None:
        raise ConfigurationError("ImagePolicyWebhook: no config specified")
    settings = configuration.imagePolicy
    return ImagePolicyWebhook(settings, Client(load_kubeconfig(settings.kubeConfigFile), timeout=TIMEOUT))


PLUGIN = Plugin("ImagePolicyWebhook", _build, model=ImagePolicyConfiguration)
