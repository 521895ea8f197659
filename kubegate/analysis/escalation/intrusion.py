"""Getting into pods that run: commands, consoles, containers added for debugging, other images."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kubegate.analysis.escalation.model import Step, Tries, Write, asked
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.probes import IMAGE
from kubegate.analysis.escalation.running import Running
from kubegate.analysis.escalation.trial import change, connection
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix import Who
from kubegate.api.names import Object


def steps(world: World, who: Who, pod: Running, power: int, becomes: Who, *, privileged: bool = False) -> Iterator[Step]:
    """The ways into a pod; ``privileged``: only those by which the container that one gets is one's own, and privileged."""
    user, where, name = world.user(who), pod.namespace, pod.name
    title = f"pod {where}/{name}"
    if power & Power.RUN and not privileged:
        run = asked(user, "create", "pods", namespace=where, name=name, subresource="exec")
        yield Step(f"runs commands in {title}, as {becomes}", (run,), _connect(world, pod, "exec"), becomes)
        if pod.has_stdin:
            attach = asked(user, "create", "pods", namespace=where, name=name, subresource="attach")
            yield Step(f"attaches to {title}, which runs as {becomes}", (attach,), _connect(world, pod, "attach"), becomes)
    if power & Power.RUN:
        for verb in ("update", "patch"):
            add = asked(user, verb, "pods", namespace=where, name=name, subresource="ephemeralcontainers")
            kind = "a privileged container" if privileged else "a container"
            text = f"adds {kind} to {title}" + ("" if privileged else f", which runs as {becomes}")
            yield Step(text, (add,), _debug(world, pod, privileged), becomes)
    if power & Power.CHANGE_PODS and not privileged and not pod.made_by:
        for verb in ("update", "patch"):
            write = asked(user, verb, "pods", namespace=where, name=name)
            yield Step(
                f"changes the image of {title}, which runs as {becomes}", (write,), lambda: [[_image(world, pod)]], becomes
            )


def _connect(world: World, pod: Running, subresource: str) -> Tries | None:
    trial = world.trial
    if trial is None:
        return None
    resource = trial.resource("Pod")
    options = {"container": pod.container, "stdin": "true", "stdout": "true"}
    if subresource == "exec":
        options["command"] = "sh"
    return lambda: [[connection(resource, pod.namespace, pod.name, subresource, **options)]]


def _debug(world: World, pod: Running, privileged: bool) -> Tries | None:
    trial = world.trial
    if trial is None:
        return None
    resource = trial.resource("Pod")

    def tries() -> list[list[Write]]:
        container: dict[str, Any] = {"name": "escalation", "image": IMAGE}
        if privileged:
            container["securityContext"] = {"privileged": True}
        else:
            container["securityContext"] = {
                "allowPrivilegeEscalation": False,
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
                "capabilities": {"drop": ["ALL"]},
            }
        obj = copy.deepcopy(pod.obj)
        obj.setdefault("spec", {})["ephemeralContainers"] = [
            *(obj["spec"].get("ephemeralContainers") or ()),
            container,
        ]
        trial.know(_stored(pod))
        return [[change(resource, obj, "ephemeralcontainers")]]

    return tries


def _stored(pod: Running) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", **copy.deepcopy(pod.obj)}


def _image(world: World, pod: Running) -> Object:
    """The pod as it is stored, with the defaults that follow from its image, and another image."""
    stored = world.trial.gate.cluster.get("pods", pod.namespace, pod.name) if world.trial is not None else None
    obj = copy.deepcopy(stored or pod.obj)
    for container in obj["spec"].get("containers") or ():
        container["image"] = IMAGE
    return obj
