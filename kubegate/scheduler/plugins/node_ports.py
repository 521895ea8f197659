"""NodePorts: a port of the node can be had once per protocol and address."""

from __future__ import annotations

from kubegate.scheduler.cluster import Cluster
from kubegate.scheduler.interface import Prepared
from kubegate.scheduler.node import NodeInfo
from kubegate.scheduler.pod import PodInfo
from kubegate.scheduler.verdict import Rejection

NAME = "NodePorts"
_REFUSAL = Rejection(NAME, ("node(s) didn't have free ports for the requested pod ports",))
_ANY = "0.0.0.0"


class _Prepared(Prepared):
    def __init__(self, pod: PodInfo) -> None:
        self._wanted = pod.host_ports

    def check(self, node: NodeInfo) -> Rejection | None:
        for address, protocol, port in self._wanted:
            for used_address, used_protocol, used_port in node.ports:
                same = (protocol, port) == (used_protocol, used_port)
                if same and (address == used_address or _ANY in (address, used_address)):
                    return _REFUSAL
        return None


class NodePorts:
    """See the module."""

    name = NAME
    concerns = frozenset({"nodes/add", "pods/delete"})

    def prepare(self, pod: PodInfo, cluster: Cluster) -> Prepared | None:
        return _Prepared(pod) if pod.host_ports else None
