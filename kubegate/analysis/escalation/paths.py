"""The search: backwards from the target, so that only identities that lead there are looked at, and each path is a shortest.

What a subject can do in groups that the policies do not name is not known: members of a group have their own rights and the
group's, and the group stands for itself here.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.analysis.escalation.candidates import Candidates
from kubegate.analysis.escalation.model import Hop, Path, Target, World
from kubegate.analysis.escalation.targets import is_admin, last_hop
from kubegate.analysis.escalation.ways import hop_to
from kubegate.analysis.matrix import Who, subjects
from kubegate.api.names import name_of, namespace_of
from kubegate.authz.chain import Chain
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.state import ClusterState

_Ways = dict[Who, tuple[Hop, ...]]


def world_of(chain: Chain, rbac: RbacAuthorizer, state: ClusterState) -> World:
    """Everybody whom the policies know."""
    accounts = {Who("ServiceAccount", namespace_of(obj), name_of(obj)) for obj in state.of_kind("", "ServiceAccount")}
    return World(chain, rbac, tuple(sorted(accounts | set(subjects(rbac, system=True)))))


def find_paths(world: World, starts: Iterable[Who]) -> list[Path]:
    """A shortest path of each subject to cluster-admin, or else to the secrets of kube-system; those who may do everything
    already need none."""
    admins = {who for who in world.people if is_admin(world, who.as_user())}
    candidates = Candidates(world.people, world.chain, world.rbac)
    found = {target: _ways(world, target, admins, candidates) for target in Target}
    paths = []
    for subject in starts:
        target = next((target for target in Target if subject in found[target]), None)
        if target is not None and subject not in admins:
            paths.append(Path(subject, target, found[target][subject]))
    return paths


def _ways(world: World, target: Target, admins: set[Who], candidates: Candidates) -> _Ways:
    """Everybody who reaches the target, and how; the admins are there already."""
    ways: _Ways = {who: () for who in world.people if who in admins}
    for who in world.people:
        hop = None if who in admins else last_hop(world, who.as_user(), target)
        if hop is not None:
            ways[who] = (hop,)
    frontier = sorted(ways, key=lambda who: (len(ways[who]), who))
    while frontier:
        reached: _Ways = {}
        for other in frontier:
            for who in candidates.of(other):
                if who not in ways and who not in reached:
                    hop = hop_to(world, who.as_user(), other)
                    if hop is not None:
                        reached[who] = (hop, *ways[other])
        ways.update(reached)
        frontier = sorted(reached)
    return ways
