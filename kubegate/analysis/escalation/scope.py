"""What a search has looked at, and what it cannot see: what its silence means."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who

NOT_LOOKED_AT = (
    "webhooks, which are not asked (they are taken to admit everything)",
    "pods with labels, images or fields that a policy wants and neither its text nor a pod that runs shows",
    "groups that somebody is in and no binding names",
    "what programs do: operators and their custom resources, services behind proxies and forwarded ports, aggregated APIs",
    "rights outside Kubernetes: of the cloud, of image registries, of etcd",
    "mistakes of the kernel, of container runtimes and of Kubernetes itself",
)


@dataclass(frozen=True, slots=True)
class Searched:
    """How much was looked at; ``stopped``: steps that authorizers allow and admission alone refuses."""

    subjects: int
    identities: int
    writes: int
    stopped: int

    @property
    def text(self) -> str:
        """In one line."""
        found = (
            f"subjects: {self.subjects}, identities on the way: {self.identities}, writes put to admission: {self.writes}"
        )
        return found + (f", steps that admission alone stops: {self.stopped} (--blocked)" if self.stopped else "")


def searched(world: World, starts: Collection[Who]) -> Searched:
    """What a search from ``starts`` has looked at so far."""
    writes = world.trial.judged if world.trial is not None else 0
    return Searched(len(starts), len(world.people), writes, len(world.blocked))
