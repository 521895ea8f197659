"""Becoming a service account by its token: requested, made by the token controller into a Secret, or read from one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.request import Request
from kubegate.analysis.escalation.hosts import NAME
from kubegate.analysis.escalation.model import Step, Tries, asked
from kubegate.analysis.escalation.powers import READS, Power
from kubegate.analysis.escalation.secrets import reads
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object, annotations_of, name_of, namespace_of

TYPE = "kubernetes.io/service-account-token"
ACCOUNT = "kubernetes.io/service-account.name"
UID = "kubernetes.io/service-account.uid"


def steps(world: World, who: Who, other: Who, power: int) -> Iterator[Step]:
    """The ways to a token of the service account ``other``."""
    user, where = world.user(who), other.namespace
    if power & Power.TOKENS:
        token = asked(user, "create", "serviceaccounts", namespace=where, name=other.name, subresource="token")
        yield Step(f"makes a token of {other}", (token,), token_request(world, other), other)
    if not power & Power.SECRETS:
        return
    held = world.remember("token secrets", lambda: _secrets(world), lambda _: frozenset()) or []
    there = [secret for secret in held if namespace_of(secret) == where]
    for secret in there:
        if annotations_of(secret).get(ACCOUNT) == other.name:
            for request, tries in reads(world, who, where, secret):
                text = f"reads the token of {other} in Secret {where}/{name_of(secret)}"
                yield Step(text, (request,), tries, other)
    yield from _made(world, who, other)
    for secret in there:
        if annotations_of(secret).get(ACCOUNT) != other.name:
            yield from _refilled(world, who, other, secret)


def _made(world: World, who: Who, other: Who) -> Iterator[Step]:
    """The token controller fills Secrets of this type."""
    user, where = world.user(who), other.namespace
    create = asked(user, "create", "secrets", namespace=where)
    meta = {"name": NAME, "namespace": where, "annotations": {ACCOUNT: other.name}}
    secret = {"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": meta}
    for verb in READS[:-1]:  # a deletion would be of all of them
        read = asked(user, verb, "secrets", namespace=where, name="" if verb == "list" else NAME)
        yield Step(f"makes a Secret with a token of {other}, and reads it", (create, read), lambda: [[secret]], other)


def _refilled(world: World, who: Who, other: Who, secret: Object) -> Iterator[Step]:
    """It fills them again when they have lost their token, for whom they name then."""
    user, where, name = world.user(who), other.namespace, name_of(secret)
    notes = {key: value for key, value in annotations_of(secret).items() if key != UID} | {ACCOUNT: other.name}
    emptied = {key: value for key, value in secret.items() if key not in ("data", "stringData")}
    emptied["metadata"] = {**secret["metadata"], "annotations": notes}
    for write, read in (("patch", "patch"), ("patch", "get"), ("update", "get"), ("update", "list"), ("update", "watch")):
        requests = tuple(asked(user, verb, "secrets", namespace=where, name=name) for verb in dict.fromkeys((write, read)))
        text = f"has Secret {where}/{name} filled with a token of {other}, and reads it"
        yield Step(text, requests, lambda: [[emptied]], other)


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


def _secrets(world: World) -> list[Object]:
    """The Secrets that hold tokens."""
    return [secret for secret in world.state.of_kind("", "Secret") if secret.get("type") == TYPE]
