"""Secrets of kube-system without a right to Secrets: pods mount them, and one gets into those that do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kubegate.analysis.escalation.hosts import Twist, mount
from kubegate.analysis.escalation.intrusion import steps as ways_into
from kubegate.analysis.escalation.model import Step
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.workloads import existing, made, rewritten
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import name_of, namespace_of

SYSTEM = "kube-system"
_UNKNOWN = "some-secret"
"""Where no Secrets are given, there are some all the same."""


def steps(world: World, who: Who, power: int) -> Iterator[Step]:
    """The ways to have a Secret mounted, or to where one is."""
    if power & (Power.CREATE_PODS | Power.CHANGE_PODS):
        known = [name_of(obj) for obj in world.state.of_kind("", "Secret") if namespace_of(obj) == SYSTEM]
        ways: list[Twist] = [
            partial(mount, volume={"secret": {"secretName": name}}) for name in (*known[:3],) or (_UNKNOWN,)
        ]
        yield from made(world, who, SYSTEM, power, f"runs a pod in {SYSTEM} that mounts its secrets", ways, None)
        for resource, obj in existing(world, SYSTEM) if power & Power.CHANGE_PODS else ():
            text = f"has {obj['kind']} {SYSTEM}/{name_of(obj)} run pods that mount its secrets"
            yield from rewritten(world, who, resource, obj, text, ways, None)
    if power & (Power.RUN | Power.CHANGE_PODS):
        account = Who("ServiceAccount", SYSTEM, "")
        for pod in world.pods.by_namespace.get(SYSTEM, ()):
            for step in ways_into(world, who, pod, power, account, debug=False) if pod.secrets else ():
                text = f"{step.text.split(', ')[0]}, which mounts Secret {SYSTEM}/{pod.secrets[0]}"
                yield Step(text, step.requests, step.tries)
