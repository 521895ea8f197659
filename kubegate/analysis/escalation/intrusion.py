"""Getting into pods that run: commands, consoles, containers added for debugging, other images."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from kubegate.analysis.escalation.hosts import CONTAINER_POWERS
from kubegate.analysis.escalation.model import Step, Tries, Write, asked
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.probes import IMAGE
from kubegate.analysis.escalation.running import Running
from kubegate.analysis.escalation.trial import change, connection
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object

QUIET: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""What the level restricted asks of a container."""


def steps(
    world: World, who: Who, pod: Running, power: int, becomes: Who, *, has_host: bool = False, debug: bool = True
) -> Iterator[Step]:
    """The ways into a pod; ``has_host``: only those by which the container that one gets is one's own, and has
    the host; ``debug``: with those by which it is one's own at all."""
    user, where, name = world.user(who), pod.namespace, pod.name
    title = f"pod {where}/{name}"
    if power & Power.RUN and not has_host:
        run = asked(user, "create", "pods", namespace=where, name=name, subresource="exec")
        yield Step(f"runs commands in {title}, as {becomes}", (run,), _connect(world, pod, "exec"), becomes)
        if pod.has_stdin:
            attach = asked(user, "create", "pods", namespace=where, name=name, subresource="attach")
            yield Step(f"attaches to {title}, which runs as {becomes}", (attach,), _connect(world, pod, "attach"), becomes)
    if power & Power.RUN and debug:
        for verb in ("update", "patch"):
            add = asked(user, verb, "pods", namespace=where, name=name, subresource="ephemeralcontainers")
            kind = "a privileged container" if has_host else "a container"
            text = f"adds {kind} to {title}" + ("" if has_host else f", which runs as {becomes}")
            yield Step(text, (add,), _debug(world, pod, has_host=has_host), becomes, has_host=has_host)
    if power & Power.CHANGE_PODS and not has_host and not pod.made_by:
        for verb in ("update", "patch"):
            write = asked(user, verb, "pods", namespace=where, name=name)
            yield Step(
                f"changes the image of {title}, which runs as {becomes}", (write,), lambda: _images(world, pod), becomes
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


def _debug(world: World, pod: Running, *, has_host: bool) -> Tries | None:
    trial = world.trial
    if trial is None:
        return None
    resource = trial.resource("Pod")

    def tries() -> Iterator[list[Write]]:
        trial.know(_stored(pod))
        for image in (IMAGE, *(hint.image for hint in world.hints if hint.image)):
            for power in CONTAINER_POWERS if has_host else (None,):
                container: dict[str, Any] = {"name": "escalation", "image": image, "securityContext": dict(QUIET)}
                if power is not None:
                    power(container)
                elif mounts := _token_mounts(pod):
                    container["volumeMounts"] = mounts
                obj = copy.deepcopy(pod.obj)
                before = obj.setdefault("spec", {}).get("ephemeralContainers") or ()
                obj["spec"]["ephemeralContainers"] = [*before, container]
                yield [change(resource, obj, "ephemeralcontainers")]

    return tries


def _token_mounts(pod: Running) -> list[dict[str, Any]]:
    """What is added to a pod has no token unless it mounts the pod's."""
    volumes = (pod.obj.get("spec") or {}).get("volumes") or ()
    named = [row["name"] for row in volumes if "serviceAccountToken" in str((row.get("projected") or {}).get("sources"))]
    return [{"name": name, "mountPath": f"/{name}", "readOnly": True} for name in named[:1]]


def _stored(pod: Running) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", **copy.deepcopy(pod.obj)}


def _images(world: World, pod: Running) -> Iterator[list[Write]]:
    """The pod as it is stored, with the defaults that follow from its image, and another image."""
    stored = world.trial.gate.cluster.get("pods", pod.namespace, pod.name) if world.trial is not None else None
    for image in (IMAGE, *(hint.image for hint in world.hints if hint.image)):
        obj = copy.deepcopy(stored or pod.obj)
        for container in obj["spec"].get("containers") or ():
            container["image"] = image
        yield [obj]
