"""Whether what a step writes would be admitted: put to the whole chain of admission, and forgotten afterwards."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.request import Request
from kubegate.analysis.escalation.model import Step, Write
from kubegate.analysis.escalation.powers import ADMISSION
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import internal
from kubegate.api.user import NODES, User

_POLICIES = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
_ABOUT_USERS = ("userInfo", "authorizer")
"""Words of CEL policies whose answer may depend on who asks."""


@dataclass(slots=True)
class Trial:
    """Puts writes to ``gate``; whether the same write was refused before is remembered."""

    gate: Gate
    by_user: bool = True
    """Whether the answer may depend on who asks; if not, one answer is for all."""
    _known: dict[Hashable, Judgement | None] = field(default_factory=dict)

    def refusal(self, user: User, step: Step) -> Judgement | None:
        """The refusal of the first alternative, if none of them is admitted; None if one is."""
        if step.tries is None:
            return None
        asks = user if self.by_user or NODES in user.groups else None
        what = tuple((r.verb, r.group, r.resource, r.subresource, r.namespace, r.name) for r in step.requests)
        key = (asks, step.text, what)
        if key not in self._known:
            self._known[key] = self._first_refusal(user, step)
        return self._known[key]

    def _first_refusal(self, user: User, step: Step) -> Judgement | None:
        first = None
        for series in step.tries() if step.tries else ():
            refused = self._judge(series, user)
            if refused is None:
                return None
            first = first or refused
        # What was not tried is not admitted.
        return first or Judgement({}, "", refusal=internal("nothing was tried"))

    def _judge(self, series: Sequence[Write], user: User) -> Judgement | None:
        with self.gate.cluster.imagining():
            for write in series:
                found = self.gate.ask(write, user) if isinstance(write, Request) else self.gate.judge(write, user)
                if not found.admitted:
                    return next((pod for pod in found.pods if not pod.admitted), found)
        return None

    def resource(self, kind: str, api_version: str = "v1") -> Resource:
        """The resource of a kind."""
        return self.gate.resource_of({"apiVersion": api_version, "kind": kind})

    def know(self, obj: Object) -> None:
        """Make an object part of the state, unless one of its name is."""
        resource = self.gate.resource_of(obj)
        if self.gate.cluster.get(resource.key, namespace_of(obj), name_of(obj)) is None:
            self.gate.cluster.put(resource.key, obj)


def depends_on_user(gate: Gate, *, configured: bool = False) -> bool:
    """May admission answer one user otherwise than another? ``configured``: a file of configuration names exemptions."""
    if configured or gate.state.of_kind("policy", "PodSecurityPolicy"):
        return True
    policies = gate.state.of_kind(ADMISSION, *_POLICIES)
    return any(word in str(policy.get("spec")) for policy in policies for word in _ABOUT_USERS)


def connection(resource: Resource, namespace: str, name: str, subresource: str, **options: str) -> Request:
    """A connection to a pod or node, as ``kubectl exec`` asks for one."""
    return Request(Operation.CONNECT, resource, namespace, name, subresource, options=dict(options))


def change(resource: Resource, obj: Object, subresource: str = "") -> Request:
    """An update of a subresource."""
    return Request(Operation.UPDATE, resource, namespace_of(obj), name_of(obj), subresource, object=obj)
