"""The steps before the last: taking on another identity."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation.model import Hop, World, asked
from kubegate.analysis.matrix import Who
from kubegate.api.user import MASTERS, User
from kubegate.authz.interface import Attributes

WORKLOADS = (
    ("", "pods"),
    ("apps", "deployments"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("apps", "replicasets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("", "replicationcontrollers"),
)
CERTIFICATES = "certificates.k8s.io"
_SIGNER = "kubernetes.io/kube-apiserver-client"
_ANYBODY = "somebody"


def hop_to(world: World, user: User, other: Who) -> Hop | None:
    """How an identity comes to act as another one, or None."""
    return next(_hops(world, user, other), None)


def _hops(world: World, user: User, other: Who) -> Iterator[Hop]:
    for text, requests in _ways(user, other):
        if world.allows(*requests):
            yield Hop(text, requests, other)


def _ways(user: User, other: Who) -> Iterator[tuple[str, tuple[Attributes, ...]]]:
    if other.kind == "ServiceAccount":
        yield from _account_ways(user, other)
        return
    if other.kind == "User":
        yield f"impersonates {other}", (asked(user, "impersonate", "users", name=other.name),)
    else:
        somebody = asked(user, "impersonate", "users", name=_ANYBODY)
        yield f"impersonates {other}", (asked(user, "impersonate", "groups", name=other.name), somebody)
    if other.name != MASTERS:  # admission refuses certificates of that group
        yield f"makes itself a certificate of {other}", _certificate(user)


def _account_ways(user: User, other: Who) -> Iterator[tuple[str, tuple[Attributes, ...]]]:
    where, name = other.namespace, other.name
    yield f"impersonates {other}", (asked(user, "impersonate", "serviceaccounts", namespace=where, name=name),)
    token = asked(user, "create", "serviceaccounts", namespace=where, name=name, subresource="token")
    yield f"makes a token of {other}", (token,)
    for group, resource in WORKLOADS:
        yield f"runs a pod as {other}", (asked(user, "create", resource, group=group, namespace=where),)
    secrets = (asked(user, "create", "secrets", namespace=where), asked(user, "get", "secrets", namespace=where))
    yield f"makes a Secret with a token of {other}, and reads it", secrets


def _certificate(user: User) -> tuple[Attributes, ...]:
    """Request, approve (which needs the right to the signer too), and fetch it."""
    approval = asked(user, "update", "certificatesigningrequests", group=CERTIFICATES, subresource="approval")
    return (
        asked(user, "create", "certificatesigningrequests", group=CERTIFICATES),
        asked(user, "get", "certificatesigningrequests", group=CERTIFICATES),
        approval,
        asked(user, "approve", "signers", group=CERTIFICATES, name=_SIGNER),
    )
