"""A pod as the scheduler sees it: what its object says, computed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kubegate.api.names import Object
from kubegate.scheduler.label_selection import selector_of
from kubegate.scheduler.requests import ASSUMED, CPU, MEMORY, Amounts, pod_requests
from kubegate.selectors.requirement import EVERYTHING, LabelSelector


@dataclass(frozen=True, slots=True)
class AffinityTerm:
    """A (preferred) pod affinity or anti-affinity term of some pod."""

    selector: LabelSelector
    namespaces: frozenset[str]
    namespace_selector: LabelSelector
    topology_key: str
    weight: int = 0

    def matches(self, pod: PodInfo, namespace_labels: Mapping[str, str]) -> bool:
        """Is the pod (whose namespace has these labels) one of those that the term is about?"""
        here = pod.namespace in self.namespaces or self.namespace_selector.matches(namespace_labels)
        return here and self.selector.matches(pod.labels)


class PodInfo:
    """A pod; immutable like its object."""

    def __init__(self, pod: Object) -> None:
        meta = pod.get("metadata") or {}
        self.object = pod
        self.name: str = meta.get("name") or ""
        self.namespace: str = meta.get("namespace") or ""
        self.uid: str = meta.get("uid") or ""
        self.labels: Mapping[str, str] = meta.get("labels") or {}
        self.spec: Mapping[str, Any] = pod.get("spec") or {}
        self.status: Mapping[str, Any] = pod.get("status") or {}
        self.priority: int = self.spec.get("priority") or 0

    def __repr__(self) -> str:
        return f"PodInfo({self.namespace}/{self.name})"

    @property
    def node_name(self) -> str:
        """The node it is bound to, or ""."""
        return self.spec.get("nodeName") or ""

    @property
    def nominated_node(self) -> str:
        """The node that preemption frees for it, or ""."""
        return self.status.get("nominatedNodeName") or ""

    @property
    def terminating(self) -> bool:
        """Its deletion has begun."""
        return bool((self.object.get("metadata") or {}).get("deletionTimestamp"))

    @property
    def finished(self) -> bool:
        """It holds nothing any more."""
        return self.status.get("phase") in ("Succeeded", "Failed")

    @property
    def made_claims(self) -> Sequence[Object]:
        """Which claims of devices were made for it."""
        return self.status.get("resourceClaimStatuses") or ()

    @property
    def gated(self) -> bool:
        """It must not be scheduled yet."""
        return bool(self.spec.get("schedulingGates"))

    @cached_property
    def requests(self) -> Amounts:
        """What it needs."""
        return pod_requests(self.object)

    @cached_property
    def assumed_requests(self) -> tuple[int, int]:
        """(CPU, memory) for scoring: containers without requests count as if they had the usual ones."""
        found = pod_requests(self.object, ASSUMED)
        return found.get(CPU, 0), found.get(MEMORY, 0)

    @cached_property
    def tolerations(self) -> Sequence[Object]:
        return tuple(self.spec.get("tolerations") or ())

    @cached_property
    def host_ports(self) -> frozenset[tuple[str, str, int]]:
        """(address, protocol, port) on the node."""
        restartable = [part for part in self.spec.get("initContainers") or () if part.get("restartPolicy") == "Always"]
        return frozenset(
            (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", int(port["hostPort"]))
            for container in (*(self.spec.get("containers") or ()), *restartable)
            for port in container.get("ports") or ()
            if (port.get("hostPort") or 0) > 0
        )

    @cached_property
    def required_affinity(self) -> tuple[AffinityTerm, ...]:
        return tuple(self._terms("podAffinity", required=True))

    @cached_property
    def required_anti_affinity(self) -> tuple[AffinityTerm, ...]:
        return tuple(self._terms("podAntiAffinity", required=True))

    @cached_property
    def preferred_affinity(self) -> tuple[AffinityTerm, ...]:
        return tuple(self._terms("podAffinity", required=False))

    @cached_property
    def preferred_anti_affinity(self) -> tuple[AffinityTerm, ...]:
        return tuple(self._terms("podAntiAffinity", required=False))

    @cached_property
    def has_affinity(self) -> bool:
        """It says something about other pods."""
        affinity = self.spec.get("affinity") or {}
        return bool(affinity.get("podAffinity") or affinity.get("podAntiAffinity"))

    def _terms(self, part: str, *, required: bool) -> Iterator[AffinityTerm]:
        affinity = (self.spec.get("affinity") or {}).get(part) or {}
        if required:
            for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ():
                yield self._term(term, 0)
        else:
            for weighted in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
                yield self._term(weighted.get("podAffinityTerm") or {}, weighted.get("weight") or 0)

    def _term(self, term: Object, weight: int) -> AffinityTerm:
        namespaces, chosen = term.get("namespaces") or (), term.get("namespaceSelector")
        if not namespaces and chosen is None:
            namespaces = (self.namespace,)
        return AffinityTerm(
            selector_of(term.get("labelSelector")),
            frozenset(namespaces),
            EVERYTHING if chosen == {} else selector_of(chosen),
            term.get("topologyKey") or "",
            weight,
        )

    def named_claims(self) -> list[str]:
        """The claims that its volumes name; not those that are made for its ephemeral volumes."""
        volumes = self.spec.get("volumes") or ()
        return [claim.get("claimName") or "" for volume in volumes if (claim := volume.get("persistentVolumeClaim"))]

    def volumes(self) -> Iterator[tuple[Object, str]]:
        """Its volumes, each with the name of its claim ("" if it has none)."""
        for volume in self.spec.get("volumes") or ():
            if claim := volume.get("persistentVolumeClaim"):
                yield volume, claim.get("claimName") or ""
            elif volume.get("ephemeral") is not None:
                yield volume, f"{self.name}-{volume.get('name')}"
            else:
                yield volume, ""
