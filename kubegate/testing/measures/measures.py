"""How good the suites are: coverage of the policies and mutants killed, over all suites of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import orjson

from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.coverage.authorizers import configuration_state
from kubegate.analysis.coverage.measure import Coverage
from kubegate.analysis.coverage.report import coverage_object, coverage_text
from kubegate.analysis.mutation.mutant import Mutant, MutantKey
from kubegate.analysis.mutation.score import Fate, Score, score_object, score_text
from kubegate.api.catalog import Resource
from kubegate.cel.trace import recording
from kubegate.registry.custom.rules import RuleTree
from kubegate.registry.custom.strategy import CustomRegistry
from kubegate.testing.measures.mutation import MutationRun
from kubegate.testing.running.pool import forked, processors
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import LoadedSuite

T = TypeVar("T")


class Progress(Protocol):
    """Passes on what it is given, of which there are ``count``, and may show how far it has come."""

    def __call__(self, label: str, found: Iterable[T], count: int) -> Iterable[T]: ...


@dataclass
class Measures:
    """What was asked for is not None."""

    coverage: Coverage | None = None
    mutation: Score | None = None
    _suites: list[LoadedSuite] = field(default_factory=list)

    def add(self, loaded: LoadedSuite, results: Iterable[Result]) -> None:
        """A suite that has been run, and its results."""
        self._suites.append(loaded)
        if self.coverage is None:
            return
        engine, spec = loaded.engine, loaded.suite.spec
        members = engine.chain.members
        config = spec.authorizationConfig
        configuration = configuration_state(str(loaded.path.parent / config)) if config else None
        self.coverage.add_policies(engine.state, members, configuration, webhooks=bool(spec.admissionOptions.webhooks))
        for result in results:
            if result.asked is not None and result.verdict is not None:
                self.coverage.record(engine.state, result.asked, result.verdict)
        self.coverage.record_evaluations(engine.state, members, loaded.gate.chain if spec.admission else None)
        if spec.admission:
            self.coverage.record_custom_kinds(engine.state, loaded.gate.catalog(), lambda each: _rules(loaded.gate, each))
        if configuration is not None:
            self.coverage.record_evaluations(configuration, members)

    def watching(self) -> AbstractContextManager[None]:
        """While suites are opened and run in this: what is measured is recorded."""
        return recording(self.coverage is not None)

    def mutate(self, pattern: str, progress: Progress, jobs: int = 1) -> None:
        """Run every suite against its mutants, in ``jobs`` processes (0: as many as there are processors); for suites whose
        cases all hold."""
        score = self.mutation
        if score is None:
            return
        runs = [MutationRun(loaded, score, pattern) for loaded in self._suites]
        survivors: dict[MutantKey, tuple[MutationRun, Mutant]] = {}
        for run in runs:
            mutants = [mutant for mutant in run.mutants() if mutant.key not in score.killed]
            fates = forked(run.fate, mutants, jobs or processors())
            for mutant, fate in zip(mutants, progress("mutants", fates, len(mutants)), strict=True):
                score.note(mutant, fate)
                if fate is Fate.SURVIVED:
                    survivors.setdefault(mutant.key, (run, mutant))
        for run in runs:
            own = [mutant for asked, mutant in survivors.values() if asked is run and mutant.key in score.survivors]
            suggestions = forked(run.suggestion, own, jobs or processors())
            for mutant, suggestion in zip(own, progress("survivors", suggestions, len(own)), strict=True):
                score.explain(mutant, suggestion)

    def texts(self) -> Iterator[str]:
        """For people."""
        if self.coverage is not None:
            yield coverage_text(self.coverage)
        if self.mutation is not None:
            yield score_text(self.mutation)

    def with_cases(self, cases: str) -> str:
        """One JSON object with the report of the cases."""
        found: dict[str, Any] = {"cases": orjson.loads(cases)}
        if self.coverage is not None:
            found["coverage"] = coverage_object(self.coverage)
        if self.mutation is not None:
            found["mutation"] = score_object(self.mutation)
        return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()

    def shortfalls(self, coverage_min: float | None, mutation_min: float | None) -> Iterator[str]:
        """What does not reach its minimum."""
        for name, found, least in (
            ("coverage", self.coverage, coverage_min),
            ("mutation", self.mutation, mutation_min),
        ):
            if found is not None and least is not None and found.percent < least:
                yield f"{name} of {found.percent:.1f} % is below {least:g} %"


def _rules(gate: Gate, resource: Resource) -> RuleTree | None:
    rules = gate.rules(resource)
    return rules.rule_tree(resource.gvr) if isinstance(rules, CustomRegistry) else None
