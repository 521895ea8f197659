"""The parts of a path, and the world in which it is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from kubegate.analysis.matrix import Who
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Binding, RoleId
from kubegate.authz.rbac.index import RbacAuthorizer

ADMIN = RoleId("ClusterRole", "", "cluster-admin")


class Target(StrEnum):
    """What is worth reaching."""

    ADMIN = "cluster-admin"
    SECRETS = "secrets of kube-system"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: ``text`` says what is done; each of ``requests`` is allowed by the engine. ``becomes``: whose rights the
    next step uses; None for the last one."""

    text: str
    requests: tuple[Attributes, ...]
    becomes: Who | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """How a subject reaches a target."""

    subject: Who
    target: Target
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class World:
    """The engine, and everybody whom the policies know: subjects of bindings and service accounts."""

    chain: Chain
    rbac: RbacAuthorizer
    people: tuple[Who, ...]

    @cached_property
    def admin_bindings(self) -> tuple[Binding, ...]:
        """The ClusterRoleBindings of cluster-admin."""
        return tuple(found for found in self.rbac.bindings() if not found.namespace and found.role.id == ADMIN)

    def allows(self, *requests: Attributes) -> bool:
        """Does the engine allow all of them?"""
        return all(self.chain.authorize(request).allowed for request in requests)

    def through(self, request: Attributes) -> dict[str, Any]:
        """What allows a request, and where that stands."""
        determinant = self.chain.authorize(request).determined_by
        if determinant is None:
            return {}
        return {"text": determinant.text, "locations": [str(place) for place in determinant.locations]}


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
