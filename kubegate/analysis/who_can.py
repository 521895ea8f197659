"""Everybody who may do something, by the whole chain as far as it can be listed.

RBAC is read from its index and every finding confirmed by the chain, so that an authorizer before it that denies is heeded.
Other authorizers cannot list whom they would allow; what a kubelet may is decided pod by pod.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubegate.analysis.nearest import role_title, title
from kubegate.analysis.requests import Question
from kubegate.api.user import AUTHENTICATED, MASTERS, User, service_account_groups, service_account_name
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.who_can import Grant, who_can
from kubegate.errors import Location


@dataclass(frozen=True, slots=True)
class Holder:
    """A subject that may, and through what; for system:masters there is no binding."""

    kind: str
    namespace: str
    name: str
    binding: str = ""
    role: str = ""
    rule: str = ""
    locations: tuple[Location, ...] = ()

    def to_object(self) -> dict[str, Any]:
        """For ``-o json``."""
        subject = {"kind": self.kind, "name": self.name} | ({"namespace": self.namespace} if self.namespace else {})
        through = {"binding": self.binding, "role": self.role, "rule": self.rule}
        return {"subject": subject, **through, "locations": [str(place) for place in self.locations]}


def holders(chain: Chain, rbac: RbacAuthorizer, question: Question, namespace: str) -> list[Holder]:
    """All subjects, system:masters first, then by kind and name. ``namespace`` "" asks about all at once."""
    found = [Holder("Group", "", MASTERS, "", "", "always")]
    if not any(member is rbac for member in chain.members):
        return found
    anybody = question.asked_by(User(""), namespace)
    for grant in who_can(rbac, anybody):
        if chain.authorize(_asked_as(grant, question, namespace)).allowed:
            found.append(_holder(rbac, grant))
    return found


def _asked_as(grant: Grant, question: Question, namespace: str) -> Attributes:
    subject = grant.subject
    name = str(subject.get("name") or "")
    if subject.get("kind") == "Group":
        return question.asked_by(User("", groups=(name,)), namespace)
    if subject.get("kind") == "ServiceAccount":
        own = str(subject.get("namespace") or grant.binding.namespace)
        groups = (*service_account_groups(own), AUTHENTICATED)
        return question.asked_by(User(service_account_name(own, name), groups=groups), namespace)
    return question.asked_by(User(name, groups=(AUTHENTICATED,)), namespace)


def _holder(rbac: RbacAuthorizer, grant: Grant) -> Holder:
    subject, binding = grant.subject, grant.binding
    kind = str(subject.get("kind"))
    namespace = str(subject.get("namespace") or binding.namespace) if kind == "ServiceAccount" else ""
    places = [rbac.locate(binding.object, f"subjects[{grant.position}]")]
    if binding.role.object is not None:
        places.append(rbac.locate(binding.role.object, f"rules[{grant.rule.index}]"))
    known = tuple(place for place in places if place is not None)
    return Holder(
        kind, namespace, str(subject.get("name")), title(binding), role_title(binding.role), str(grant.rule.index), known
    )
