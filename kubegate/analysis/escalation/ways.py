"""The steps before the last: taking on another identity."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation import (
    bootstrap,
    certificates,
    impersonation,
    intrusion,
    kubelets,
    mutation,
    node_root,
    roles,
    tokens,
    workloads,
)
from kubegate.analysis.escalation.model import NODE, NODES, Hop, Step
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who

OVER_ACCOUNTS = Power.TOKENS | Power.SECRETS | Power.CREATE_PODS | Power.CHANGE_PODS | Power.RUN
"""Powers in its namespace by which one becomes a service account."""
OVER_CLUSTER = Power.CERTIFY | Power.MUTATE | Power.KUBELET
OVER_NODES = Power.CREATE_PODS | Power.CHANGE_PODS | Power.RUN | Power.KUBELET


def impersonates(world: World, who: Who, other: Who, onward: Hop | None) -> Hop | None:
    """How an identity sends requests as another one, or None."""
    key = ("impersonate", who, other, onward.text if onward else "")
    return world.remember(
        key, lambda: world.first(who, impersonation.steps(world, who, other, onward)), lambda hop: hop.support
    )


def takes_over(world: World, who: Who, other: Who) -> Hop | None:
    """How an identity comes by the credentials of another one, or None."""
    return world.remember(("take", who, other), lambda: world.first(who, _steps(world, who, other)), lambda hop: hop.support)


def binds(world: World, who: Who, bound: Who) -> Hop | None:
    """How somebody gets all rights in the namespace of ``bound`` (or its role), which is what he is then, or None."""
    return world.remember(
        ("bind", bound),
        lambda: world.first(who, roles.binding(world, who, bound)),
        lambda hop: hop.support,
    )


def _steps(world: World, who: Who, other: Who) -> Iterator[Step]:
    everywhere = world.powers.of(who)
    if other.kind == "ServiceAccount":
        yield from _account_steps(world, who, other)
    elif other.kind == NODE and who.kind not in NODES:
        yield from node_root.steps(world, who, other.name)
    if world.powers.of(who, "kube-system") & Power.SECRETS:
        yield from bootstrap.steps(world, who, other)
    if everywhere & Power.CERTIFY:
        yield from certificates.steps(world, who, other)


def _account_steps(world: World, who: Who, other: Who) -> Iterator[Step]:
    if who.kind in NODES:
        yield from kubelets.from_node(world, who, other)
        return
    power, everywhere = world.powers.of(who, other.namespace), world.powers.of(who)
    pods = [pod for pod in world.pods.by_account.get((other.namespace, other.name), ()) if pod.has_token]
    yield from tokens.steps(world, who, other, power)
    yield from workloads.steps(world, who, other, power)
    if power & (Power.RUN | Power.CHANGE_PODS):
        for pod in pods:
            yield from intrusion.steps(world, who, pod, power, other)
    if everywhere & Power.KUBELET:
        for pod in pods:
            text = f"runs commands in pod {pod.namespace}/{pod.name}, as {other}, through the kubelet"
            yield from kubelets.by_proxy(world, who, pod, other, text)
    if everywhere & Power.MUTATE:
        yield from mutation.steps(world, who, other)
