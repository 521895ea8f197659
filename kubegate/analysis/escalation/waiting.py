"""Who is still to be reached by the search, by what brings him on: so that nobody who has arrived is looked at again."""

from __future__ import annotations

from collections.abc import Container, Iterator

from kubegate.analysis.escalation.bootstrap import GROUP as BOOTSTRAPPERS
from kubegate.analysis.escalation.model import BOUND, NODE, NODES
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.ways import OVER_ACCOUNTS, OVER_CLUSTER, OVER_NODES
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who


class Waiting:
    """Those who have not ``arrived`` (somebody, and whether as one who is impersonated); made anew for each round."""

    def __init__(self, world: World, arrived: Container[tuple[Who, bool]]) -> None:
        self._world = world
        self._arrived = arrived
        self._known: dict[tuple[int, str], list[Who]] = {}
        self._to_nodes: list[Who] | None = None

    def impersonators(self, namespace: str) -> Iterator[Who]:
        """Who may be able to impersonate accounts of a namespace, and everybody else."""
        for scope in dict.fromkeys(("", namespace)):
            yield from (who for who in self._holders(Power.IMPERSONATE, scope) if (who, False) not in self._arrived)

    def takers(self, other: Who) -> Iterator[Who]:
        """Who may be able to come by somebody's credentials."""
        if other.kind == BOUND:
            yield self._world.bound[other]
            return
        yield from self._holders(OVER_CLUSTER, "")
        if other.kind == "ServiceAccount":
            yield from self._holders(OVER_ACCOUNTS, "")
            yield from self._holders(OVER_ACCOUNTS, other.namespace)
            pods = self._world.pods.by_account.get((other.namespace, other.name), ())
            yield from dict.fromkeys(Who(kind, "", pod.node) for pod in pods if pod.node for kind in NODES)
        elif other.kind == NODE:
            yield from self._nodes()
        elif other.kind == "Group" and other.name.startswith(BOOTSTRAPPERS):
            yield from self._holders(Power.SECRETS, "")
            yield from self._holders(Power.SECRETS, "kube-system")

    def _holders(self, powers: int, namespace: str) -> list[Who]:
        known = self._known.get((powers, namespace))
        if known is None:
            # Who has arrived with credentials of his own has arrived in both ways.
            holders = self._world.powers.holders(powers, namespace)
            known = self._known[powers, namespace] = [who for who in holders if (who, True) not in self._arrived]
        return known

    def _nodes(self) -> list[Who]:
        if self._to_nodes is None:
            powers, people = self._world.powers, self._world.people
            able = (who for who in people if powers.of(who) & OVER_NODES or powers.namespaces(who, OVER_NODES))
            self._to_nodes = [who for who in able if (who, True) not in self._arrived]
        return self._to_nodes
