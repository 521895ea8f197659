"""The default profile: which filters and scores there are, in which order, and who helps a pod that fits nowhere.

Source: kube-scheduler ``apis/config/v1/default_plugins.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kubegate.scheduler.interface import Filter, Score
from kubegate.scheduler.plugins.balanced_allocation import BalancedAllocation
from kubegate.scheduler.plugins.dynamic_resources import DynamicResources
from kubegate.scheduler.plugins.image_locality import ImageLocality
from kubegate.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from kubegate.scheduler.plugins.node_affinity import NodeAffinity
from kubegate.scheduler.plugins.node_name import NodeName
from kubegate.scheduler.plugins.node_ports import NodePorts
from kubegate.scheduler.plugins.node_resources_fit import NodeResourcesFit
from kubegate.scheduler.plugins.node_unschedulable import NodeUnschedulable
from kubegate.scheduler.plugins.node_volume_limits import NodeVolumeLimits
from kubegate.scheduler.plugins.pod_topology_spread import PodTopologySpread
from kubegate.scheduler.plugins.taint_toleration import TaintToleration
from kubegate.scheduler.plugins.volume_binding import VolumeBinding
from kubegate.scheduler.plugins.volume_restrictions import VolumeRestrictions
from kubegate.scheduler.plugins.volume_zone import VolumeZone


@dataclass(frozen=True, slots=True)
class Profile:
    """A scheduler by name: pods choose it with ``spec.schedulerName``."""

    scheduler_name: str
    filters: Sequence[Filter]
    scores: Sequence[Score]


def default_profile() -> Profile:
    """The order decides which refusal a node is counted under: the first."""
    taints, affinity, fit = TaintToleration(), NodeAffinity(), NodeResourcesFit()
    spread, pods, devices = PodTopologySpread(), InterPodAffinity(), DynamicResources()
    return Profile(
        "default-scheduler",
        filters=(
            NodeUnschedulable(),
            NodeName(),
            taints,
            affinity,
            NodePorts(),
            fit,
            VolumeRestrictions(),
            NodeVolumeLimits(),
            VolumeBinding(),
            VolumeZone(),
            spread,
            pods,
            devices,
        ),
        scores=(taints, affinity, fit, spread, pods, devices, BalancedAllocation(), ImageLocality()),
    )
