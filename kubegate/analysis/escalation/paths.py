"""The search: backwards from the target, so that only identities that lead there are looked at, and each path is a shortest.

What a subject can do in groups that the policies do not name is not known: members of a group have their own rights and the
group's, and the group stands for itself here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubegate.analysis.escalation.model import ADMIN, BOUND, NODE, NODES, BindingId, Hop, Path, Target
from kubegate.analysis.escalation.powers import Power, power_of
from kubegate.analysis.escalation.roles import may_bind
from kubegate.analysis.escalation.running import Pods
from kubegate.analysis.escalation.targets import is_admin, last_hop
from kubegate.analysis.escalation.trial import Trial
from kubegate.analysis.escalation.waiting import Waiting
from kubegate.analysis.escalation.ways import binds, impersonates, takes_over
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.elsewhere import is_pattern, named_elsewhere
from kubegate.analysis.matrix.subjects import Who, subjects
from kubegate.api.names import name_of, namespace_of
from kubegate.authz.chain import Chain
from kubegate.authz.rbac.bindings import Role
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.state import ClusterState

_Place = tuple[Who, bool]
"""Somebody, and whether only by impersonation (which does not go on to impersonate)."""
_Ways = dict[_Place, tuple[Hop, ...]]
_ACCOUNTS = "system:serviceaccounts"


def world_of(chain: Chain, rbac: RbacAuthorizer, state: ClusterState, trial: Trial | None = None) -> World:
    """Everybody whom the policies know. ``trial`` asks admission, too; what it decides by must have come from ``state``."""
    pods, named = Pods.of(state), set(subjects(rbac, system=True, others=singles(chain)))
    accounts = {Who("ServiceAccount", namespace_of(obj), name_of(obj)) for obj in state.of_kind("", "ServiceAccount")}
    accounts |= {Who("ServiceAccount", namespace, name) for namespace, name in pods.by_account}
    groups = {who.name for who in named if who.kind == "Group" and who.name.startswith(f"{_ACCOUNTS}:")}
    accounts |= {Who("ServiceAccount", group.split(":")[2], "default") for group in groups}
    nodes = {Who(kind, "", name) for name in pods.nodes for kind in NODES}
    world = World(chain, rbac, state, sorted(accounts | named | nodes), pods, trial)
    if trial is not None:
        for who in world.people:
            if who.kind == "ServiceAccount":
                meta = {"name": who.name, "namespace": who.namespace}
                trial.know({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": who.namespace}, "status": _ACTIVE})
                trial.know({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    _bind_in_namespaces(world)
    return world


_ACTIVE = {"phase": "Active"}


def singles(chain: Chain) -> dict[Who, set[str]]:
    """The subjects that authorizers besides RBAC name, but for patterns, which stand for nobody in particular."""
    return {who: scopes for who, scopes in named_elsewhere(chain).items() if not is_pattern(who)}


def _bind_in_namespaces(world: World) -> None:
    """Those who can have all rights in a namespace, or a role that they do not hold, are somebody more; those who can in
    every namespace, in kube-system."""
    strong = [role for role in world.rbac.roles() if role.object is not None and role.id != ADMIN and power_of(role)]
    for who in list(world.people):
        if who.kind in NODES or is_admin(world, who) is not None:
            continue
        everywhere = world.powers.of(who) & Power.RULE
        for namespace in dict.fromkeys(
            (*(["kube-system"] if everywhere else []), *world.powers.namespaces(who, Power.RULE))
        ):
            bound = Who(BOUND, namespace, str(who))
            if binds(world, who, bound) is not None:
                world.bind(who, bound)
            else:
                _grant(world, who, namespace, strong)
        if everywhere:
            _grant(world, who, "", strong)


def _grant(world: World, who: Who, namespace: str, strong: list[Role]) -> None:
    """The roles of use that somebody may bind without holding them."""
    if not world.powers.of(who, namespace) & Power.BIND or may_bind(world, who, namespace, ADMIN):
        return
    for role in strong:
        if role.id.namespace in ("", namespace) and may_bind(world, who, namespace, role.id):
            bound = Who(BOUND, namespace, f"{who} with {role.id.kind} {role.id.name}")
            world.granted[bound] = role
            if binds(world, who, bound) is not None:
                world.bind(who, bound, role)
            else:
                del world.granted[bound]


def find_paths(world: World, starts: Iterable[Who]) -> list[Path]:
    """A shortest path of each subject to cluster-admin, or else to root on nodes and to the secrets of kube-system; those
    who may do everything already need none."""
    admins = {who: support for who in world.people if (support := is_admin(world, who)) is not None}
    found = {target: _ways(world, target, admins) for target in Target}
    paths = []
    for subject in starts:
        if subject in admins:
            continue
        for target in Target:
            hops = found[target].get((subject, False))
            if hops is not None:
                paths.append(Path(subject, target, hops))
                if target is Target.ADMIN:
                    break
    return paths


def _ways(world: World, target: Target, admins: dict[Who, frozenset[BindingId]]) -> _Ways:
    """Everybody who reaches the target, and how; the admins are there already."""
    ways: _Ways = {(who, by): () for who in admins for by in (False, True)}
    for who in world.people:
        if target is Target.NODE and who.kind == NODE:
            ways[who, False] = ways[who, True] = ()
        for by in (False, True):
            hop = last_hop(world, who, target, impersonated=by) if (who, by) not in ways else None
            if hop is not None:
                ways[who, by] = (hop,)
    frontier = sorted(ways, key=lambda place: (len(ways[place]), place))
    while frontier:
        waiting = Waiting(world, ways)
        reached: _Ways = {}
        for other, impersonated in frontier:
            onward = ways[other, impersonated]
            came = _requests_as(world, other, onward, waiting, target) if impersonated else _become(world, other, waiting)
            for before, hop in came:
                if before not in ways and before not in reached:
                    reached[before] = (_rests_on(hop, other, admins), *onward)
        ways.update(reached)
        frontier = sorted(reached)
    return ways


def _requests_as(
    world: World, other: Who, onward: tuple[Hop, ...], waiting: Waiting, target: Target
) -> Iterator[tuple[_Place, Hop]]:
    """Who sends requests as somebody, for what he does then."""
    following = onward[0] if onward else last_hop(world, other, target, impersonated=True)
    for who in waiting.impersonators(other.namespace):
        hop = impersonates(world, who, other, following) if who != other else None
        if hop is not None:
            yield (who, False), hop


def _become(world: World, other: Who, waiting: Waiting) -> Iterator[tuple[_Place, Hop]]:
    """Who comes by somebody's credentials (or rights, that he gives himself)."""
    for who in waiting.takers(other):
        hop = None
        if who != other:
            hop = binds(world, who, other) if other.kind == BOUND else takes_over(world, who, other)
        if hop is not None:
            yield from (((who, by), hop) for by in (False, True))


def _rests_on(hop: Hop, other: Who, admins: dict[Who, frozenset[BindingId]]) -> Hop:
    """The hop to an admin rests on what makes him one."""
    support = admins.get(other)
    return replace(hop, support=hop.support | support) if support else hop
