"""The parts of a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kubegate.analysis.admission.request import Request
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import RoleId
from kubegate.errors import Location

ADMIN = RoleId("ClusterRole", "", "cluster-admin")

NODE, NODE_USER, BOUND = "Node", "NodeUser", "Bound"
"""Kinds of `Who` besides those of subjects: root on a node; who is taken for the node by the API; a subject that has bound
cluster-admin to itself in a namespace."""
NODES = (NODE, NODE_USER)

BindingId = tuple[str, str]
"""(namespace, or "" for a ClusterRoleBinding; name)"""

Write = Object | Request
"""What a step puts to admission: an object that is created or changed, or another request."""

Tries = Callable[[], Iterable[Sequence[Write]]]
"""Alternatives, each a series of writes; made only when the step is authorized."""


class Target(StrEnum):
    """What is worth reaching; who reaches the first reaches all."""

    ADMIN = "cluster-admin"
    NODE = "root on nodes"
    SECRETS = "secrets of kube-system"


@dataclass(frozen=True, slots=True)
class Step:
    """What could be done: each of ``requests`` must be allowed, and one of ``tries`` (None: nothing is written) admitted.

    ``becomes``: whose rights the next step uses; None for the last one. ``needs``: bindings that it rests on besides those
    that allow its requests (the check against escalation may rest on them)."""

    text: str
    requests: tuple[Attributes, ...]
    tries: Tries | None = None
    becomes: Who | None = None
    needs: frozenset[BindingId] = frozenset()
    has_host: bool = False
    pods: Tries | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """A step that the engine allows. ``support``: the bindings that it rests on; without one of them it may fail."""

    text: str
    requests: tuple[Attributes, ...]
    becomes: Who | None = None
    support: frozenset[BindingId] = frozenset()


@dataclass(frozen=True, slots=True)
class Blocked:
    """A step that is authorized, and refused by admission."""

    who: str
    text: str
    plugin: str
    message: str
    decided_by: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """How a subject reaches a target."""

    subject: Who
    target: Target
    hops: tuple[Hop, ...]

    @property
    def support(self) -> frozenset[BindingId]:
        """All bindings that it rests on."""
        return frozenset[BindingId]().union(*(hop.support for hop in self.hops))


def asked(
    user: User, verb: str, resource: str, *, group: str = "", namespace: str = "", name: str = "", subresource: str = ""
) -> Attributes:
    """A request for a resource."""
    return Attributes(user, verb, True, group, "*", resource, subresource, namespace, name)


def request_text(request: Attributes) -> str:
    """``create pods -n shop``."""
    what = request.resource + (f".{request.group}" if request.group else "")
    what += f"/{request.subresource}" if request.subresource else ""
    where = f"-n {request.namespace}" if request.namespace else ""
    return " ".join(word for word in (request.verb, what, request.name, where) if word)


def label(who: Who) -> str:
    """``User eve``, ``ServiceAccount ops/robot``, ``root on node n1``."""
    if who.kind == NODE:
        return f"root on node {who.name}"
    if who.kind == NODE_USER:
        return f"User system:node:{who.name}"
    if who.kind == BOUND:
        right = "" if " with " in who.name else " with cluster-admin"
        return f"{who.name}{right}" + (f" in {who.namespace}" if who.namespace else "")
    return str(who)
