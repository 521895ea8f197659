"""The cases about authorization: access, matrices, decisions, invariants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from kubegate.analysis.explain.decision import explain
from kubegate.analysis.requests import Question, Vocabulary
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.compose.dry_run import Engine
from kubegate.testing.cases.access import AccessCase, DecisionCase
from kubegate.testing.running.result import Path, Result
from kubegate.testing.stages.access.impersonating import impersonated
from kubegate.testing.stages.access.invariants import InvariantRunner
from kubegate.testing.stages.access.requests import Known, Requests
from kubegate.testing.suites.places import placed
from kubegate.testing.suites.suite import Suite
from kubegate.testing.suites.users import doubt_about, spec_of, user_of


@dataclass(frozen=True)
class AccessRunner:
    """Runs the authorization cases of one suite against an engine. ``explained``: failures say why (which takes time)."""

    file: str
    suite: Suite
    engine: Engine
    vocabulary: Vocabulary
    explained: bool = True
    questions: Known = field(default_factory=dict, compare=False)

    @cached_property
    def _requests(self) -> Requests:
        return Requests(self.file, self.vocabulary, self.questions)

    def run(self) -> Iterator[Result]:
        """A result a request, in the order of the file."""
        spec = self.suite.spec
        for index, case in enumerate(spec.access):
            with placed(self.file, ("spec", "access", index)):
                yield from self._table(case, index)
        if spec.matrix:
            from kubegate.testing.stages.access.matrix import MatrixRunner

            yield from MatrixRunner(self.file, self.suite, self.engine, self.vocabulary, self.explain).run()
        for index, decision in enumerate(spec.decisions):
            with placed(self.file, ("spec", "decisions", index)):
                yield self._decision(decision, ("spec", "decisions", index))
        invariants = InvariantRunner(self.file, self.engine, self._requests)
        for index, invariant in enumerate(spec.invariants):
            with placed(self.file, ("spec", "invariants", index)):
                yield invariants.judge(invariant, ("spec", "invariants", index))

    def _table(self, case: AccessCase, index: int) -> Iterator[Result]:
        user = user_of(case.user, self.suite.spec.users)
        who = f"{case.user} as {case.impersonating}" if case.impersonating else case.user
        doubtful = self._doubt(case)
        for wanted, part, requests in ((True, "can", case.can), (False, "cannot", case.cannot)):
            for number, text in enumerate(requests):
                question, where = self.question(text, case.namespace)
                asked, verdict = self._decide(question.asked_by(user, where), case.impersonating)
                name, failure = f"{who} {part} {text}", ""
                if verdict.allowed is not wanted:
                    failure = f"{who} {'may not' if wanted else 'may'} {text}"
                elif wanted and case.determinedBy is not None and case.determinedBy not in _determinant(verdict):
                    failure = f"{who} may {text} by {_determinant(verdict)!r}, without {case.determinedBy!r}"
                explanation = self._because(asked, verdict) if failure else ""
                at = ("spec", "access", index, part, number)
                doubt = "; ".join(filter(None, (self._requests.doubt(text), doubtful)))
                yield Result(self.file, name, failure, explanation, asked, verdict, at, warning=doubt)

    def _decision(self, case: DecisionCase, at: Path) -> Result:
        question, where = self.question(case.request, case.namespace)
        user = user_of(case.user, self.suite.spec.users)
        asked, verdict = self._decide(question.asked_by(user, where), case.impersonating)
        found = {"decision": verdict.decision.value, "reason": verdict.reason, "determinedBy": _determinant(verdict)}
        wrong = []
        for part, value in found.items():
            expected = getattr(case, part)
            fits = expected is None or (expected in value if part == "determinedBy" else expected == value)
            if not fits:
                wrong.append(f"{part} is {value!r}, not {expected!r}")
        shown = case.name or f"{case.user}: {case.request}"
        explanation = self._because(asked, verdict) if wrong else ""
        doubt = "; ".join(filter(None, (self._requests.doubt(case.request), self._doubt(case))))
        return Result(self.file, shown, "; ".join(wrong), explanation, asked, verdict, at, warning=doubt)

    def _doubt(self, case: AccessCase | DecisionCase) -> str:
        """Why a case may not be about whom it means."""
        users = self.suite.spec.users
        return "; ".join(filter(None, (doubt_about(case.user, users), doubt_about(case.impersonating, users))))

    def _decide(self, asked: Attributes, impersonating: str) -> tuple[Attributes, Verdict]:
        """The verdict, and the request that it is about: of who is impersonated if there is one."""
        if not impersonating:
            return asked, self.engine.chain.authorize(asked)
        outcome = impersonated(self.engine.chain, asked, spec_of(impersonating, self.suite.spec.users))
        if isinstance(outcome, str):
            return asked, Verdict(Decision.NO_OPINION, outcome)
        return outcome, self.engine.chain.authorize(outcome)

    def question(self, text: str, namespace: str) -> tuple[Question, str]:
        """The question of ``list pods -n shop``, and the namespace; raises `InvalidInput` for one that cannot be read."""
        return self._requests.read(text, namespace)

    def _because(self, asked: Attributes, verdict: Verdict) -> str:
        """An impersonation that is refused says why itself."""
        refused = verdict.decision is Decision.NO_OPINION and "cannot impersonate" in verdict.reason
        return verdict.reason if refused else self.explain(asked)

    def explain(self, attributes: Attributes) -> str:
        """Each authorizer's opinion and the nearest misses; "" if that is not wanted."""
        if not self.explained:
            return ""
        explanation = explain(self.engine.chain, self.engine.rbac, attributes)
        lines = [
            f"{opinion.authorizer}: {opinion.verdict.decision.value} {opinion.why}"
            for opinion in explanation.opinions
            if opinion.known
        ]
        lines += [f"nearest miss: {miss.text}" for miss in explanation.misses[:3]]
        return "\n".join(line.rstrip() for line in lines)


def _determinant(verdict: Verdict) -> str:
    return verdict.determined_by.text if verdict.determined_by else ""
