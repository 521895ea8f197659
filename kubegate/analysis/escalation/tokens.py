"""Becoming a service account by its token: requested, made by the token controller into a Secret, or read from one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.request import Request
from kubegate.analysis.escalation.model import Step, Tries, asked
from kubegate.analysis.escalation.powers import Power
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix import Who
from kubegate.api.names import annotations_of, name_of, namespace_of

TYPE = "kubernetes.io/service-account-token"
ACCOUNT = "kubernetes.io/service-account.name"


def steps(world: World, who: Who, other: Who, power: int) -> Iterator[Step]:
    """The ways to a token of the service account ``other``."""
    user, where = world.user(who), other.namespace
    if power & Power.TOKENS:
        token = asked(user, "create", "serviceaccounts", namespace=where, name=other.name, subresource="token")
        yield Step(f"makes a token of {other}", (token,), token_request(world, other), other)
    if not power & Power.SECRETS:
        return
    for namespace, name in world.remember("token secrets", lambda: _secrets(world), lambda _: frozenset()) or ():
        if (namespace, name[1]) == (where, other.name):
            for verb in ("get", "list", "watch"):
                read = asked(user, verb, "secrets", namespace=where, name=name[0])
                yield Step(f"reads the token of {other} in Secret {where}/{name[0]}", (read,), None, other)
    secrets = (asked(user, "create", "secrets", namespace=where), asked(user, "get", "secrets", namespace=where))
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": TYPE,
        "metadata": {"name": "escalation", "namespace": where, "annotations": {ACCOUNT: other.name}},
    }
    yield Step(f"makes a Secret with a token of {other}, and reads it", secrets, lambda: [[secret]], other)


def token_request(world: World, account: Who, bound: dict[str, Any] | None = None) -> Tries | None:
    """The TokenRequest that is put to admission."""
    trial = world.trial
    if trial is None:
        return None
    spec: dict[str, Any] = {"audiences": [], "expirationSeconds": 3600}
    if bound is not None:
        spec["boundObjectRef"] = bound
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {"name": account.name, "namespace": account.namespace},
        "spec": spec,
    }
    resource = trial.resource("ServiceAccount")
    return lambda: [[Request(Operation.CREATE, resource, account.namespace, account.name, "token", body)]]


def _secrets(world: World) -> list[tuple[str, tuple[str, str]]]:
    """(namespace, (name, service account)) of the Secrets that hold tokens."""
    return [
        (namespace_of(secret), (name_of(secret), annotations_of(secret).get(ACCOUNT) or ""))
        for secret in world.state.of_kind("", "Secret")
        if secret.get("type") == TYPE
    ]
