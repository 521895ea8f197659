"""Whether what a step writes would be admitted: put to the whole chain of admission, and forgotten afterwards."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from kubegate.admission.interface import Operation
from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.request import Request
from kubegate.analysis.escalation.model import Step, Tries, Write
from kubegate.analysis.escalation.powers import ADMISSION
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.status import internal
from kubegate.api.user import ANONYMOUS, NODES, User

_POLICIES = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
_ABOUT_USERS = ("userInfo", "authorizer")
"""Words of CEL policies whose answer may depend on who asks."""
_POD_SECURITY = "PodSecurity"
_SOMEBODY = "somebody"
"""Stands for a member of a group: policies may want a name."""


@dataclass(slots=True)
class Trial:
    """Puts writes to ``gate``; whether the same write was refused before is remembered."""

    gate: Gate
    minds: frozenset[str] = frozenset("*")
    """The resources (``*``: any) of which the answer may depend on who asks; of the others, one answer is for all."""
    judged: int = 0
    """So many writes were put to admission."""
    _known: dict[Hashable, list[Judgement]] = field(default_factory=dict)
    _lucky: int = 0
    """Which of the pods that have the host was admitted last."""

    def refusals(self, user: User, step: Step, before: Sequence[Write] = ()) -> list[Judgement]:
        """The refusals of the alternatives, one of each decider, if none of them is admitted; empty if one is.

        ``before`` is written first."""
        if step.tries is None:
            return []
        resources = {"pods", *(request.resource for request in step.requests)}
        by_user = self._minds_who(resources) or NODES in user.groups or bool(before and self.minds)
        asks = user if by_user else None
        if step.pods is not None and asks is None:
            plain = self._remembered(None, step, (), step.pods, before)
            if plain:
                return plain
        what = tuple((r.verb, r.group, r.resource, r.subresource, r.namespace, r.name) for r in step.requests)
        return self._remembered(user, step, (asks, what), step.tries, before)

    def admits(self, namespace: str, pod: Object) -> bool:
        """Is a pod admitted, whoever asks? Remembered by namespace."""
        if self._minds_who({"pods"}):
            return False
        key = ("plain", namespace)
        if key not in self._known:
            refused = self._judge((pod,), User(ANONYMOUS))
            self._known[key] = [refused] if refused else []
        return not self._known[key]

    def _minds_who(self, resources: set[str]) -> bool:
        return "*" in self.minds or bool(self.minds & resources)

    def _remembered(
        self, user: User | None, step: Step, key: Hashable, tries: Tries, before: Sequence[Write]
    ) -> list[Judgement]:
        whole = (step.text, key, tuple(map(str, before)))
        if whole not in self._known:
            self._known[whole] = self._refusals(user or User(ANONYMOUS), step.has_host, tries, before)
        return self._known[whole]

    def _refusals(self, user: User, has_host: bool, tries: Tries, before: Sequence[Write]) -> list[Judgement]:
        user = user if user.name else replace(user, name=_SOMEBODY)
        if has_host and self._lucky:  # what was admitted elsewhere is likely to be admitted here
            again = next(islice(tries(), self._lucky, None), None)
            if again is not None and self._judge((*before, *again), user) is None:
                return []
        found: dict[tuple[str, str], Judgement] = {}
        for number, series in enumerate(tries()):
            refused = self._judge((*before, *series), user)
            if refused is None:
                self._lucky = number if has_host else self._lucky
                return []
            found.setdefault((refused.refused_by, refused.decided_by), refused)
            if has_host and refused.refused_by == _POD_SECURITY:
                break  # the level baseline refuses every one of these, and so do those above it
        # What was not tried is not admitted.
        return list(found.values()) or [Judgement({}, "", refusal=internal("nothing was tried"))]

    def _judge(self, series: Sequence[Write], user: User) -> Judgement | None:
        with self.gate.cluster.imagining():
            for write in series:
                self.judged += 1
                found = self.gate.ask(write, user) if isinstance(write, Request) else self.gate.judge(write, user)
                if not found.admitted:
                    return next((pod for pod in found.pods if not pod.admitted), found)
                if isinstance(write, Request) and write.operation is Operation.DELETE:
                    self.gate.cluster.remove(write.resource.key, write.namespace, write.name)
        return None

    def resource(self, kind: str, api_version: str = "v1") -> Resource:
        """The resource of a kind."""
        return self.gate.resource_of({"apiVersion": api_version, "kind": kind})

    def know(self, obj: Object) -> None:
        """Make an object part of the state, unless one of its name is."""
        resource = self.gate.resource_of(obj)
        if self.gate.cluster.get(resource.key, namespace_of(obj), name_of(obj)) is None:
            self.gate.cluster.put(resource.key, obj)


def minds_who(gate: Gate, *, configured: bool = False) -> frozenset[str]:
    """The resources (``*``: any) of which admission may answer one user otherwise than another; ``configured``: a file of
    configuration names exemptions."""
    if configured or gate.state.of_kind("policy", "PodSecurityPolicy"):
        return frozenset("*")
    policies = gate.state.of_kind(ADMISSION, *_POLICIES)
    specs = [
        policy.get("spec") or {} for policy in policies if any(word in str(policy.get("spec")) for word in _ABOUT_USERS)
    ]
    rules = [rule for spec in specs for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ()]
    return frozenset(name.partition("/")[0] for rule in rules for name in rule.get("resources") or ("*",))


def connection(resource: Resource, namespace: str, name: str, subresource: str, **options: str) -> Request:
    """A connection to a pod or node, as ``kubectl exec`` asks for one."""
    return Request(Operation.CONNECT, resource, namespace, name, subresource, options=dict(options))


def change(resource: Resource, obj: Object, subresource: str = "") -> Request:
    """An update of a subresource."""
    return Request(Operation.UPDATE, resource, namespace_of(obj), name_of(obj), subresource, object=obj)


def deletion(resource: Resource, namespace: str, name: str) -> Request:
    """The deletion of an object."""
    return Request(Operation.DELETE, resource, namespace, name)
