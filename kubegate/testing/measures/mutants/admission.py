"""Mutants of what admission goes by: policies, bindings, quotas, limit ranges, levels of Pod Security."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from kubegate.admission.quota.recount import status_of
from kubegate.analysis.admission.children import CONTROLLERS
from kubegate.analysis.mutation.effect.equivalence import decides_nothing
from kubegate.analysis.mutation.generate import DEFINITION, REGISTRATION
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.operators.edit import value_at
from kubegate.analysis.mutation.operators.params import policies_of
from kubegate.analysis.mutation.witnesses.suggestion import Suggestion
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.errors import InvalidInput
from kubegate.registry.custom.definition import RESOURCE as DEFINITIONS
from kubegate.registry.interface import WriteContext
from kubegate.testing.measures.mutants.admission_cases import AdmissionCases
from kubegate.testing.measures.mutants.witness import Search
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import LoadedSuite
from kubegate.testing.stages.admission.runner import ADMINISTRATOR, Prepared

_QUOTAS = "resourcequotas"


@dataclass(frozen=True)
class AdmissionTrial:
    """Mutated objects are put into the state that the suite's cases are judged against, and taken out again."""

    loaded: LoadedSuite
    cases: AdmissionCases
    _known: dict[int, frozenset[str]] = field(default_factory=dict, compare=False)
    """What validation says of the originals, by identity."""

    @contextmanager
    def applied(self, mutant: Mutant) -> Iterator[None]:
        gate, target = self.loaded.gate, mutant.target
        resource = gate.resource_of(target)
        try:
            with gate.cluster.imagining():
                if mutant.mutated is None:
                    gate.cluster.remove(resource.key, namespace_of(target), name_of(target))
                else:
                    self._check(resource, mutant)
                    gate.place(mutant.mutated)
                    if resource.key == _QUOTAS:
                        self._recount(mutant.mutated)
                yield
        finally:
            if resource.key == DEFINITIONS:
                self._define(target)

    def results(self, mutant: Mutant, pattern: str) -> Iterator[Result]:
        """The cases of the resources, or in the namespace, that the mutant is about."""
        relevant = self._relevance(mutant)
        return self.cases.results(pattern, relevant)

    def is_equivalent(self, mutant: Mutant) -> bool:
        return decides_nothing(self.loaded.engine.state, mutant, self.loaded.gate.catalog())

    def suggestion(self, mutant: Mutant) -> Suggestion | None:
        return self._search.find(mutant, lambda: self.applied(mutant), self._relevance(mutant))

    @cached_property
    def _search(self) -> Search:
        return Search(self.loaded, self.cases)

    def _relevance(self, mutant: Mutant) -> Relevance:
        target = mutant.target
        group, _, kind = kind_of(target)
        if kind == DEFINITION:
            return Relevance(resources=frozenset({str(value_at(target, ("spec", "names", "plural")))}))
        policies = policies_of(self.loaded.engine.state, target) if group != REGISTRATION else ()
        if policies:
            return Relevance(resources=frozenset(name for policy in policies for name in _resources(policy)))
        if group != REGISTRATION:
            return Relevance(namespace=namespace_of(target) or name_of(target))
        policy: Object | None = target
        if kind.endswith("Binding"):
            name = str(value_at(target, ("spec", "policyName")) or "")
            policy = self.loaded.engine.state.get(REGISTRATION, kind.removesuffix("Binding"), "", name)
        return Relevance(resources=frozenset({*_resources(policy), *_resources(mutant.mutated or target)}))

    def _define(self, definition: Object) -> None:
        """Kinds are served as before."""
        stored = self.loaded.gate.cluster.get(DEFINITIONS, "", name_of(definition))
        if stored is not None:
            self.loaded.gate.define(stored)

    def _check(self, resource: Resource, mutant: Mutant) -> None:
        """Raises `InvalidInput` if the mutant is wrong in a way in which the original is not."""
        assert mutant.mutated is not None
        known = self._known.get(id(mutant.target))
        if known is None:
            known = self._known[id(mutant.target)] = self._complaints(resource, mutant.target)
        wrong = self._complaints(resource, mutant.mutated) - known
        if wrong:
            raise InvalidInput(min(wrong), location=mutant.location)

    def _complaints(self, resource: Resource, obj: Object) -> frozenset[str]:
        gate = self.loaded.gate
        rules = gate.rules(resource)
        context = WriteContext(ADMINISTRATOR, namespace_of(obj), gate.now(), gate.cluster)
        try:
            decoded, _ = gate.decode(resource, obj)
        except StatusError as error:
            return frozenset((error.status.message,))
        rules.default(resource.gvr, decoded)
        return frozenset(map(str, rules.validate_create(resource.gvr, decoded, context)))

    def _recount(self, quota: Object) -> None:
        cluster = self.loaded.gate.cluster
        stored = cluster.get(_QUOTAS, namespace_of(quota), name_of(quota))
        if stored is not None:
            cluster.put(_QUOTAS, {**stored, "status": status_of(stored, cluster, self.loaded.gate.now())})


@dataclass(frozen=True)
class Relevance:
    """Which cases a mutant may concern: those in a namespace, or about resources (plural names; ``*``: all)."""

    namespace: str = ""
    resources: frozenset[str] = frozenset()

    def __call__(self, prepared: Prepared) -> bool:
        new = prepared.new
        if self.namespace:
            return self.namespace in (new.namespace, new.name)
        names = self.resources
        if "*" in names or new.resource.gvr.resource in names or prepared.case.given:
            return True
        return "pods" in names and new.resource.gvr.qualified in CONTROLLERS


def _resources(policy: Object | None) -> Iterator[str]:
    rules = list(value_at(policy, ("spec", "matchConstraints", "resourceRules")) or [])
    rules += [rule for webhook in (policy or {}).get("webhooks") or [] for rule in webhook.get("rules") or []]
    for rule in rules:
        yield from (str(name).partition("/")[0] for name in rule.get("resources") or [])
