"""The last step: what makes an identity the master of the cluster, by rights that it has itself."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation import impersonation, mounts, node_root, roles
from kubegate.analysis.escalation.model import BOUND, NODE, NODES, BindingId, Hop, Step, Target, asked
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.secrets import reads
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import metadata

SYSTEM = "kube-system"
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
    if power & Power.RULE and (who.kind != BOUND or who in world.granted):
        yield from roles.in_cluster(world, who)
    if world.powers.of(who, SYSTEM) & Power.CONFIGURE:
        yield from _mapped(world, who)
    if power & Power.IMPERSONATE and not impersonated:
        yield from impersonation.masters(world, who)


def _node(world: World, who: Who, impersonated: bool) -> Iterator[Step]:
    return node_root.steps(world, who)


def _secrets(world: World, who: Who, impersonated: bool) -> Iterator[Step]:
    if world.powers.of(who, SYSTEM) & Power.SECRETS:
        for request, tries in reads(world, who, SYSTEM):
            yield Step("reads the secrets of kube-system", (request,), tries)
    if who.kind in NODES:
        for pod in world.pods.by_namespace.get(SYSTEM, ()):
            for name in pod.secrets if pod.node == who.name else ():
                request = asked(world.user(who), "get", "secrets", namespace=SYSTEM, name=name)
                yield Step(f"reads Secret {SYSTEM}/{name} of pod {pod.name}, as its node", (request,))
        return
    power = world.powers.of(who, SYSTEM)
    yield from mounts.steps(world, who, power)


def _mapped(world: World, who: Who) -> Iterator[Step]:
    """In clusters of EKS, a ConfigMap says who is in which group."""
    known = world.state.get("", "ConfigMap", SYSTEM, "aws-auth")
    for verb in ("update", "patch") if known is not None else ():
        write = asked(world.user(who), verb, "configmaps", namespace=SYSTEM, name="aws-auth")
        yield Step(f"adds itself to ConfigMap {SYSTEM}/aws-auth, in system:masters", (write,), lambda: [[known or {}]])
