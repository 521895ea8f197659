"""AlwaysPullImages: every image of a new pod is pulled with the pod's own credentials, even if the node has it already.

Containers of all sorts and image volumes; an update counts only if it brings an image that the pod had not.

Source: kubernetes ``plugin/pkg/admission/alwayspullimages``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.pods import containers, containers_with_path, is_pod_write, pod_spec
from kubegate.admission.rejections import forbidden, plain
from kubegate.api.field_errors import FieldError, not_supported
from kubegate.api.status import Status

ALWAYS = "Always"


class AlwaysPullImages:
    """Sets, and later insists on, imagePullPolicy Always."""

    def mutate(self, review: Review) -> Status | None:
        if not _concerns(review):
            return None
        spec = pod_spec(review)
        for container in containers(spec):
            container["imagePullPolicy"] = ALWAYS
        for volume in spec.get("volumes") or ():
            if volume.get("image") is not None:
                volume["image"]["pullPolicy"] = ALWAYS
        return None

    def validate(self, review: Review) -> Status | None:
        errors = _wrong_policies(pod_spec(review)) if _concerns(review) else []
        if not errors:
            return None
        texts = list(dict.fromkeys(forbidden(review, str(error)).message for error in errors))
        return plain(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")


def _concerns(review: Review) -> bool:
    if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
        return False
    return review.operation is Operation.CREATE or bool(_images(review.object) - _images(review.old_object))


def _images(pod: dict[str, Any] | None) -> set[str]:
    return {container.get("image") or "" for container in containers((pod or {}).get("spec") or {})}


def _wrong_policies(spec: dict[str, Any]) -> list[FieldError]:
    found = [
        not_supported(f"{path}.imagePullPolicy", container.get("imagePullPolicy") or "", [ALWAYS])
        for path, container in containers_with_path(spec)
        if container.get("imagePullPolicy") != ALWAYS
    ]
    for index, volume in enumerate(spec.get("volumes") or ()):
        policy = (volume.get("image") or {"pullPolicy": ALWAYS}).get("pullPolicy") or ""
        if policy != ALWAYS:
            found.append(not_supported(f"spec.volumes[{index}].image.pullPolicy", policy, [ALWAYS]))
    return found


def _build(environment: Environment, configuration: Any) -> AlwaysPullImages:
    return AlwaysPullImages()


PLUGIN = Plugin("AlwaysPullImages", _build)
