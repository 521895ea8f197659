"""CVE-2023-2727: images of ephemeral containers were not shown to the image policy webhook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from kubegate.admission.interface import Operation
from kubegate.admission.plugins.image_policy_webhook import ImagePolicyModel, ImagePolicyWebhook
from kubegate.outbound.client import Answer


class OnlyGood:
    """A policy service that allows the image ``good`` alone."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        images = [container["image"] for container in orjson.loads(body)["spec"]["containers"]]
        self.seen += images
        status = {"allowed": set(images) == {"good"}}
        return Answer(200, orjson.dumps({"kind": "ImageReview", "status": status}), {})


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
@pytest.mark.parametrize("image", ["good", "evil"])
def test_the_images_of_all_containers_are_judged(
    image: str, kind: str, pod: Callable[..., dict[str, Any]], review: Callable[..., Any]
) -> None:
    service = OnlyGood()
    plugin: Any = ImagePolicyWebhook(ImagePolicyModel(kubeConfigFile="x"), service, sleep=lambda s: None)  # type: ignore[arg-type]
    old = pod(containers=[{"name": "c", "image": "good"}])
    new = pod(**{"containers": [{"name": "c", "image": "good"}], kind: [{"name": "x", "image": image}]})
    if kind == "ephemeralContainers":
        asked = review(new, old=old, operation=Operation.UPDATE, subresource="ephemeralcontainers")
    else:
        asked = review(new)
    refused = plugin.validate(asked)
    assert image in service.seen
    assert (refused is None) == (image == "good")


def test_an_image_that_changes_is_judged_again(pod: Callable[..., dict[str, Any]], review: Callable[..., Any]) -> None:
    plugin: Any = ImagePolicyWebhook(ImagePolicyModel(kubeConfigFile="x"), OnlyGood(), sleep=lambda s: None)  # type: ignore[arg-type]
    good, evil = (pod(containers=[{"name": "c", "image": image}]) for image in ("good", "evil"))
    assert plugin.validate(review(good)) is None
    assert plugin.validate(review(evil, old=good)) is not None
