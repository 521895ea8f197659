"""Reading pods, as several plugins need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.interface import Operation, Review

MIRROR_ANNOTATION = "kubernetes.io/config.mirror"
"""Marks a pod that only mirrors a static pod of a node."""

CONTAINER_FIELDS = ("initContainers", "containers", "ephemeralContainers")
"""The fields with containers, in the order in which the server visits them."""


def is_pod_write(review: Review, *operations: Operation) -> bool:
    """True for these operations on the pod itself (no subresource)."""
    return review.resource[::2] == ("", "pods") and not review.subresource and review.operation in operations


def pod_spec(review: Review) -> dict[str, Any]:
    """The spec of the pod under review, made if absent."""
    pod = review.object
    if pod is None:
        return {}
    spec = pod.get("spec")
    if not isinstance(spec, dict):
        spec = pod["spec"] = {}
    return spec


def containers(spec: dict[str, Any], *fields: str) -> Iterator[dict[str, Any]]:
    """All containers of a pod spec, or those of some fields."""
    for field in fields or CONTAINER_FIELDS:
        yield from spec.get(field) or ()


def containers_with_path(spec: dict[str, Any], path: str = "spec") -> Iterator[tuple[str, dict[str, Any]]]:
    """All containers with their paths: ``spec.initContainers[0]``."""
    for field in CONTAINER_FIELDS:
        for index, container in enumerate(spec.get(field) or ()):
            yield f"{path}.{field}[{index}]", container


def is_mirror(pod: dict[str, Any]) -> bool:
    """True for a mirror pod."""
    return MIRROR_ANNOTATION in ((pod.get("metadata") or {}).get("annotations") or {})
