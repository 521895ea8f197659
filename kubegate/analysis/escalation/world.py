"""The world in which a path is looked for: the engine, everybody whom the policies know, and the pods that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.escalation.hints import Hint, hints
from kubegate.analysis.escalation.lifts import Lifter, joined
from kubegate.analysis.escalation.model import (
    ADMIN,
    NODES,
    BindingId,
    Blocked,
    Hop,
    Step,
    label,
)
from kubegate.analysis.escalation.powers import ADMISSION, Power, Powers, power_of
from kubegate.analysis.escalation.running import Pods
from kubegate.analysis.escalation.trial import Trial
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object, metadata
from kubegate.api.user import AUTHENTICATED, User
from kubegate.api.user import NODES as NODES_GROUP
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.authz.rbac.bindings import Binding, Role
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.state import ClusterState
from kubegate.errors import Location

Found = TypeVar("Found")


@dataclass
class World:
    """``trial`` asks admission about what steps write; without it only authorization is asked."""

    chain: Chain
    rbac: RbacAuthorizer
    state: ClusterState
    people: list[Who]
    pods: Pods
    trial: Trial | None = None
    blocked: dict[tuple[str, str], Blocked] = field(default_factory=dict)
    removed: frozenset[BindingId] = frozenset()
    """Bindings that are taken away for the moment."""
    bound: dict[Who, Who] = field(default_factory=dict)
    """Who has all rights in a namespace, or a role, by having written them -> who that was before."""
    granted: dict[Who, Role] = field(default_factory=dict)
    """Of these, the role of those who have but a role."""
    _users: dict[Who, User] = field(default_factory=dict)
    _powers: Powers | None = None
    _own: RbacAuthorizer = field(default_factory=RbacAuthorizer)
    """What was written on the way: bindings in namespaces."""
    _known: dict[Any, tuple[Any, frozenset[BindingId]]] = field(default_factory=dict)

    @property
    def powers(self) -> Powers:
        """Who may be able to take which kind of step."""
        if self._powers is None:
            plain = ((who, self.user(who)) for who in self.people if who not in self.bound)
            self._powers = Powers(plain, self.chain, self.rbac)
            for bound in self.bound:
                self._give(self._powers, bound)
        return self._powers

    @property
    def admin_bindings(self) -> list[Binding]:
        """The ClusterRoleBindings of cluster-admin."""
        return [found for found in self.rbac.bindings() if not found.namespace and found.role.id == ADMIN]

    @cached_property
    def namespaces(self) -> list[str]:
        """Every namespace, the best known first."""
        names = {*self.state.namespaces(), "default", "kube-system"}
        return sorted(names, key=lambda name: (name != "default", name))

    @cached_property
    def hints(self) -> list[Hint]:
        """What policies may want of pods."""
        return hints(self.state)

    @cached_property
    def windows(self) -> bool:
        """Are there nodes of Windows?"""
        labels = (metadata(node).get("labels") or {} for node in self.state.of_kind("", "Node"))
        return any(row.get("kubernetes.io/os") == "windows" for row in labels)

    @cached_property
    def mutating_webhooks(self) -> list[Object]:
        """The configurations of mutating webhooks."""
        return self.state.of_kind(ADMISSION, "MutatingWebhookConfiguration")

    def user(self, who: Who) -> User:
        """The user that somebody is."""
        user = self._users.get(who)
        if user is None:
            if who.kind in NODES:
                user = User(f"system:node:{who.name}", groups=(NODES_GROUP, AUTHENTICATED))
            else:
                user = who.as_user()
            self._users[who] = user
        return user

    def bind(self, who: Who, bound: Who, role: Role | None = None) -> None:
        """Let ``bound`` be ``who`` with a role (None: cluster-admin) bound in its namespace ("": in the cluster): he keeps
        his rights, and has those, too."""
        user, namespace = self.user(who), bound.namespace
        name = ADMIN.name if role is None else role.id.name
        marker = f"kubegate:bound:{namespace}:{name}"
        rules = _EVERYTHING if role is None or role.object is None else role.object.get("rules") or []
        kind = "RoleBinding" if namespace else "ClusterRoleBinding"
        meta = {"name": marker} | ({"namespace": namespace} if namespace else {})
        ref = {"kind": "ClusterRole", "name": marker}
        self._own.upsert({"kind": "ClusterRole", "metadata": {"name": marker}, "rules": rules})
        subjects = [{"kind": "Group", "name": marker}]
        self._own.upsert({"kind": kind, "metadata": meta, "roleRef": ref, "subjects": subjects})
        self._users[bound] = User(user.name, user.uid, (*user.groups, marker), user.extra)
        self.bound[bound] = who
        if role is not None:
            self.granted[bound] = role
        self.people.append(bound)
        self._give(self.powers, bound)

    def _give(self, powers: Powers, bound: Who) -> None:
        who, role = self.bound[bound], self.granted.get(bound)
        powers.add(bound, bound.namespace, powers.of(who), Power.ALL if role is None else power_of(role))
        powers.take_over(bound, who)

    def authorize(self, request: Attributes) -> Verdict:
        """As an authorizer, `verdict`."""
        return self.verdict(request)

    def verdict(self, request: Attributes) -> Verdict:
        """What the chain says; where it has no opinion, what was bound on the way counts."""
        verdict = self.chain.authorize(request)
        if verdict.decision is Decision.NO_OPINION and self.bound:
            return self._own.authorize(request)
        return verdict

    def allows(self, *requests: Attributes) -> bool:
        """Does the engine allow all of them?"""
        return all(self.verdict(request).allowed for request in requests)

    def support(self, requests: Iterable[Attributes]) -> frozenset[BindingId]:
        """The bindings that allow them."""
        found = set()
        for request in requests:
            determinant = self.chain.authorize(request).determined_by
            binding = dict(determinant.details).get("binding") if determinant else None
            if binding:
                found.add((binding["namespace"], binding["name"]))
        return frozenset(found)

    def take(self, who: Who, step: Step) -> Hop | None:
        """The hop that a step is, if it is authorized and what it writes is admitted."""
        if not self.allows(*step.requests):
            return None
        if self.trial is not None and step.tries is not None:
            user = self.user(who)
            refusals = self.trial.refusals(user, step)
            lifts = Lifter(self.trial, self.state, user, self.allows).of(step, refusals) if refusals else []
            if refusals and not lifts:
                self._block(who, step, refusals[0])
                return None
            step = joined(step, lifts)
        return Hop(step.text, step.requests, step.becomes, self.support(step.requests) | step.needs)

    def _block(self, who: Who, step: Step, refused: Judgement) -> None:
        message = refused.refusal.message if refused.refusal is not None else ""
        row = Blocked(label(who), step.text, refused.refused_by, message, refused.decided_by, refused.decided_at)
        self.blocked.setdefault((row.who, row.text), row)

    def first(self, who: Who, steps: Iterator[Step]) -> Hop | None:
        """The first of some steps that can be taken."""
        return next((hop for step in steps if (hop := self.take(who, step)) is not None), None)

    def remember(
        self, key: Any, find: Callable[[], Found | None], support: Callable[[Found], frozenset[BindingId]]
    ) -> Found | None:
        """What ``find`` answers; found before, it holds as long as no binding that it rests on is taken away, and what was
        not to be found is not to be found with fewer bindings."""
        known = self._known.get(key)
        if known is not None:
            answer, when = known
            if (when <= self.removed) if answer is None else not support(answer) & self.removed:
                return cast("Found | None", answer)
        found = find()
        if known is None or found is not None or self.removed <= known[1]:
            self._known[key] = found, self.removed
        return found

    @contextmanager
    def without(self, bindings: Iterable[BindingId]) -> Iterator[None]:
        """The world in which these bindings are not."""
        wanted, before, powers = frozenset(bindings), self.removed, self._powers
        taken = [binding.object for binding in self.rbac.bindings() if binding.id in wanted]
        for obj in taken:
            meta = obj["metadata"]
            self.rbac.remove(str(obj["kind"]), str(meta.get("namespace") or ""), str(meta["name"]))
        self.removed, self._powers = before | wanted, None
        try:
            yield
        finally:
            for obj in taken:
                self.rbac.upsert(obj)
            self.removed, self._powers = before, powers

    def through(self, request: Attributes) -> dict[str, Any]:
        """What allows a request, and where that stands."""
        determinant = self.verdict(request).determined_by
        if determinant is None:
            return {}
        return {"text": determinant.text, "locations": [str(place) for place in determinant.locations]}

    def place(self, hop: Hop) -> Location | None:
        """Where the binding stands that allows a hop."""
        for request in hop.requests:
            determinant = self.verdict(request).determined_by
            if determinant is not None and determinant.locations:
                return determinant.locations[0]
        return None


_EVERYTHING = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
