"""ImageLocality: nodes that already have the pod's images are liked, by the images' size.

An image counts by the share of nodes that have it, so that not all pods pile up where it was pulled first.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import MAX_SCORE
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo

NAME = "ImageLocality"
_MEBIBYTE = 1024 * 1024
_LEAST = 23 * _MEBIBYTE
_MOST_PER_CONTAINER = 1000 * _MEBIBYTE


class ImageLocality:
    """See the module."""

    name = NAME
    weight = 1

    def score(self, pod: PodInfo, nodes: Sequence[NodeInfo], cluster: Cluster) -> list[int]:
        wanted = _images(pod)
        sizes = {node.name: _sizes(node) for node in cluster.nodes.values()}
        shares = {image: sum(image in found for found in sizes.values()) / max(len(sizes), 1) for image in set(wanted)}
        return [_score(wanted, sizes.get(node.name, {}), shares) for node in nodes]


def _score(wanted: Sequence[str], sizes: dict[str, int], shares: dict[str, float]) -> int:
    total = sum(int(sizes[image] * shares[image]) for image in wanted if image in sizes)
    most = _MOST_PER_CONTAINER * max(len(wanted), 1)
    return MAX_SCORE * (min(max(total, _LEAST), most) - _LEAST) // (most - _LEAST)


def _images(pod: PodInfo) -> list[str]:
    containers = (*(pod.spec.get("initContainers") or ()), *(pod.spec.get("containers") or ()))
    found = [container.get("image") or "" for container in containers]
    found += [volume["image"].get("reference") or "" for volume in pod.spec.get("volumes") or () if volume.get("image")]
    return [_full_name(image) for image in found]


def _sizes(node: NodeInfo) -> dict[str, int]:
    return {name: image.get("sizeBytes") or 0 for image in node.images for name in image.get("names") or ()}


def _full_name(image: str) -> str:
    """With the tag that is meant when none is given."""
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"
