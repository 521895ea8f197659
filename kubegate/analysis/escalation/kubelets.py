"""What root on a node, or the kubelet's own API, gives: the pods of the node and their service accounts.

Source: kubernetes documentation "RBAC good practices" (access to nodes/proxy); the Node authorizer, which lets a node make
tokens of the service accounts of its pods.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation.model import Step, Tries, asked
from kubegate.analysis.escalation.running import Running
from kubegate.analysis.escalation.tokens import token_request
from kubegate.analysis.escalation.trial import connection
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import metadata


def by_proxy(world: World, who: Who, pod: Running, becomes: Who, text: str) -> Iterator[Step]:
    """Running commands in a pod through the kubelet of its node."""
    user = world.user(who)
    for verb in ("create", "get"):  # a GET may be upgraded to a connection that runs commands
        request = asked(user, verb, "nodes", name=pod.node, subresource="proxy")
        yield Step(text, (request,), proxied(world, pod), becomes)


def proxied(world: World, pod: Running | None) -> Tries | None:
    """The connection that is put to admission."""
    trial = world.trial
    if trial is None:
        return None
    resource = trial.resource("Node")
    path = f"exec/{pod.namespace}/{pod.name}/{pod.container}" if pod is not None else "exec"
    return lambda: [[connection(resource, "", pod.node if pod is not None else "", "proxy", path=path)]]


def from_node(world: World, node: Who, other: Who) -> Iterator[Step]:
    """A node makes tokens of the service accounts of its pods, as the Node authorizer allows."""
    user = world.user(node)
    for pod in world.pods.by_account.get((other.namespace, other.name), ()):
        if pod.node == node.name and not pod.made_by:
            token = asked(user, "create", "serviceaccounts", namespace=other.namespace, name=other.name, subresource="token")
            bound = {"apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": _uid(world, pod)}
            text = f"takes the token of {other} from pod {pod.namespace}/{pod.name}"
            yield Step(text, (token,), token_request(world, other, bound), other)


def _uid(world: World, pod: Running) -> str:
    """As admission knows it: manifests have none."""
    known = world.trial.gate.cluster.get("pods", pod.namespace, pod.name) if world.trial is not None else None
    return str(metadata(known or pod.obj).get("uid") or "")
