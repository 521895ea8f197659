"""The policies of the cluster with their bindings, compiled when they change and indexed by resource.

Those from files come first, and are bound by bindings from files only. The cluster hands out the same objects until they
change, so that comparing identities tells what is new.

Source: k8s.io/apiserver ``pkg/admission/plugin/policy/generic/policy_source.go``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from kubegate.admission.interface import Environment, Review
from kubegate.admission.manifests.source import StaticObjects
from kubegate.admission.matching.criteria import Criteria, Match, Namespaces
from kubegate.admission.policies.exclusions import is_exempt, is_for_static_only
from kubegate.admission.policies.fields import FieldPath
from kubegate.api.names import Object, name_of
from kubegate.cel.trace import Trace, is_recording


class Traceable(Protocol):
    """What a policy's expressions were compiled to."""

    def traces(self) -> Iterator[tuple[FieldPath, Trace]]:
        """Where each expression stands, and which branches of it were taken, if that is recorded."""
        ...


E = TypeVar("E", bound=Traceable)

_NO_CONSTRAINTS = "policy contained no match constraints, a required field"


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding: its object, and what it narrows the policy to (None: nothing)."""

    object: Object
    criteria: Criteria | None
    met: set[str] | None = None
    """Where the names of bindings are noted that matched a request, if that is recorded."""

    @property
    def spec(self) -> Mapping[str, Any]:
        return self.object.get("spec") or {}

    def matches(self, review: Review) -> bool:
        """Whether the request is in the binding's range; raises `MatchError`."""
        found = self.criteria is None or self.criteria.match(review) is not None
        if found and self.met is not None:
            self.met.add(name_of(self.object))
        return found


@dataclass(frozen=True, slots=True)
class Policy(Generic[E]):
    """A policy with its bindings in the order of their names; ``evaluator`` is what its expressions were compiled to."""

    object: Object
    criteria: Criteria | None
    evaluator: E
    bindings: tuple[Binding, ...]
    met: set[str] | None = None
    """Where the names of policies are noted that matched a request, if that is recorded."""
    static: bool = False
    """Whether it comes from a file."""

    @property
    def name(self) -> str:
        return name_of(self.object)

    @property
    def spec(self) -> Mapping[str, Any]:
        return self.object.get("spec") or {}

    @property
    def ignores_failures(self) -> bool:
        return self.spec.get("failurePolicy") == "Ignore"

    def match(self, review: Review) -> Match | None:
        """As what the request is matched, or None; raises `MatchError`."""
        found = self.criteria.match(review) if self.criteria is not None else None
        if found is not None and self.met is not None:
            self.met.add(self.name)
        return found


class PolicySource(Generic[E]):
    """Policies of one kind. ``resource`` and ``bindings`` are qualified resource names; ``compile`` makes the evaluator of a
    policy's spec; ``manifests`` are the policies and bindings (in this order) from files."""

    def __init__(
        self,
        environment: Environment,
        resource: str,
        bindings: str,
        compile: Callable[[Mapping[str, Any]], E],
        manifests: StaticObjects,
    ) -> None:
        self._environment = environment
        self._manifests = manifests
        self._resource = resource
        self._bindings = bindings
        self._compile = compile
        self._namespaces = Namespaces(environment)
        self._lock = threading.Lock()
        self._seen: tuple[list[Object], list[Object]] = ([], [])
        self._evaluators: dict[int, tuple[Object, E, Criteria | None]] = {}
        self._index: dict[str, tuple[Policy[E], ...]] = {}
        self.met: set[str] | None = set() if is_recording() else None
        self.bindings_met: set[str] | None = set() if is_recording() else None

    def traces(self) -> Iterator[tuple[Object, FieldPath, Trace]]:
        """The expressions of the policies in use, with the branches that were taken, if that is recorded."""
        for obj, evaluator, _ in self._evaluators.values():
            for path, trace in evaluator.traces():
                yield obj, path, trace

    def candidates(self, review: Review) -> tuple[Policy[E], ...]:
        """The bound policies that may be about a request: those from files, then the other ones, each by name."""
        cluster = self._environment.cluster
        static, static_bindings = self._manifests.all()
        policies = [*static, *cluster.list(self._resource)]
        bindings = [*static_bindings, *cluster.list(self._bindings)]
        if not (_same(policies, self._seen[0]) and _same(bindings, self._seen[1])):
            with self._lock:
                self._rebuild(policies, bindings, len(static), len(static_bindings))
        found = self._index.get(review.resource.resource, self._index.get("*", ()))
        if found and is_exempt(review):
            return tuple(policy for policy in found if policy.static) if is_for_static_only(review) else ()
        return found

    def _rebuild(self, policies: list[Object], bindings: list[Object], static: int, static_bindings: int) -> None:
        kept: dict[int, tuple[Object, E, Criteria | None]] = {}
        made = self._bound(policies[:static], bindings[:static_bindings], kept, static=True)
        made += self._bound(policies[static:], bindings[static_bindings:], kept, static=False)
        self._evaluators = kept
        self._index = _indexed(made)
        self._seen = (policies, bindings)

    def _bound(
        self,
        policies: list[Object],
        bindings: list[Object],
        kept: dict[int, tuple[Object, E, Criteria | None]],
        *,
        static: bool,
    ) -> list[Policy[E]]:
        bound: dict[str, list[Binding]] = {}
        for obj in sorted(bindings, key=name_of):
            spec = obj.get("spec") or {}
            binding = Binding(obj, self._narrowing(spec), self.bindings_met)
            bound.setdefault(str(spec.get("policyName") or ""), []).append(binding)
        made: list[Policy[E]] = []
        for obj in sorted(policies, key=name_of):
            if name_of(obj) not in bound:
                continue
            known = self._evaluators.get(id(obj))
            if known is None:
                known = obj, self._compile(obj.get("spec") or {}), self._constraints(obj.get("spec") or {})
            kept[id(obj)] = known
            made.append(Policy(obj, known[2], known[1], tuple(bound[name_of(obj)]), self.met, static))
        return made

    def _constraints(self, spec: Mapping[str, Any]) -> Criteria | None:
        constraints = spec.get("matchConstraints")
        return None if constraints is None else Criteria(constraints, self._environment, self._namespaces)

    def _narrowing(self, spec: Mapping[str, Any]) -> Criteria | None:
        resources = spec.get("matchResources")
        return None if resources is None else Criteria(resources, self._environment, self._namespaces)


def _same(now: list[Object], before: list[Object]) -> bool:
    return len(now) == len(before) and all(a is b for a, b in zip(now, before, strict=True))


def _indexed(policies: list[Policy[E]]) -> dict[str, tuple[Policy[E], ...]]:
    """By resource; under ``*`` those that are about every resource."""
    named = [(policy, policy.criteria.resource_names if policy.criteria else frozenset("*")) for policy in policies]
    resources = frozenset[str]().union(*(names for _, names in named)) | {"*"}
    return {
        resource: tuple(policy for policy, names in named if resource in names or "*" in names) for resource in resources
    }
