"""The last step: what makes an identity the master of the cluster, by rights that it has itself."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation import impersonation, node_root, roles
from kubegate.analysis.escalation.model import BOUND, NODE, BindingId, Hop, Step, Target, asked
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix import Who
from kubegate.api.names import metadata

_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def is_admin(world: World, who: Who) -> frozenset[BindingId] | None:
    """May it do everything already? By which bindings; None if not."""
    everything = asked(world.user(who), "*", "*", group="*")

    def find() -> tuple[frozenset[BindingId]] | None:
        return (world.support((everything,)),) if world.allows(everything) else None

    found = world.remember(("admin", who), find, lambda found: found[0])
    return found[0] if found is not None else None


def last_hop(world: World, who: Who, target: Target, *, impersonated: bool) -> Hop | None:
    """The step by which an identity reaches the target itself, or None."""
    steps = {Target.ADMIN: _admin, Target.NODE: _node, Target.SECRETS: _secrets}[target]
    return world.remember(
        ("last", target, who, impersonated),
        lambda: world.first(who, steps(world, who, impersonated)),
        lambda hop: hop.support,
    )


def _admin(world: World, who: Who, impersonated: bool) -> Iterator[Step]:
    if who.kind == NODE:
        node = world.state.get("", "Node", "", who.name) or {}
        if any(label in (metadata(node).get("labels") or {}) for label in _CONTROL_PLANE):
            yield Step("reads the keys of the cluster, on a node of the control plane", ())
        return
    power = world.powers.of(who)
    if power & Power.RULE and who.kind != BOUND:
        yield from roles.in_cluster(world, who)
    if power & Power.IMPERSONATE and not impersonated:
        yield from impersonation.masters(world, who)


def _node(world: World, who: Who, impersonated: bool) -> Iterator[Step]:
    return node_root.steps(world, who)


def _secrets(world: World, who: Who, impersonated: bool) -> Iterator[Step]:
    if world.powers.of(who, "kube-system") & Power.SECRETS:
        for verb in ("get", "list", "watch"):
            read = asked(world.user(who), verb, "secrets", namespace="kube-system")
            yield Step("reads the secrets of kube-system", (read,))
