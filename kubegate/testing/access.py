"""The cases about authorization: access, decisions, invariants."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubegate.analysis.explain import explain
from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.analysis.who_can import Holder, holders
from kubegate.authz.interface import Attributes
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput
from kubegate.testing.cases.access import AccessCase, DecisionCase, Invariant
from kubegate.testing.result import Path, Result
from kubegate.testing.suite import Suite
from kubegate.testing.users import user_of


@dataclass(frozen=True)
class AccessRunner:
    """Runs the authorization cases of one suite against an engine. ``explained``: failures say why (which takes time)."""

    file: str
    suite: Suite
    engine: Engine
    vocabulary: Vocabulary
    explained: bool = True
    questions: dict[tuple[str, str], tuple[Question, str]] = field(default_factory=dict, compare=False)
    """Those that have been read, by text and namespace; mutants are asked the same ones again and again."""

    def run(self) -> Iterator[Result]:
        """A result a case, in the order of the file."""
        spec = self.suite.spec
        for index, case in enumerate(spec.access):
            for wanted, part, requests in ((True, "can", case.can), (False, "cannot", case.cannot)):
                for number, text in enumerate(requests):
                    yield self._access(case, text, wanted, ("spec", "access", index, part, number))
        for index, decision in enumerate(spec.decisions):
            yield self._decision(decision, ("spec", "decisions", index))
        for index, invariant in enumerate(spec.invariants):
            yield self._invariant(invariant, ("spec", "invariants", index))

    def _access(self, case: AccessCase, text: str, wanted: bool, at: Path) -> Result:
        user = case.user
        name = f"{user} {'can' if wanted else 'cannot'} {text}"
        attributes = self._attributes(user, text, case.namespace)
        verdict = self.engine.chain.authorize(attributes)
        if verdict.allowed is wanted:
            return Result(self.file, name, asked=attributes, verdict=verdict, at=at)
        failure = f"{user} {'may not' if wanted else 'may'} {text}"
        return Result(self.file, name, failure, self._explain(attributes), attributes, verdict, at)

    def _decision(self, case: DecisionCase, at: Path) -> Result:
        attributes = self._attributes(case.user, case.request, case.namespace)
        verdict = self.engine.chain.authorize(attributes)
        found = {
            "decision": verdict.decision.value,
            "reason": verdict.reason,
            "determinedBy": verdict.determined_by.text if verdict.determined_by else "",
        }
        wrong = []
        for part, value in found.items():
            expected = getattr(case, part)
            fits = expected is None or (expected in value if part == "determinedBy" else expected == value)
            if not fits:
                wrong.append(f"{part} is {value!r}, not {expected!r}")
        shown = case.name or f"{case.user}: {case.request}"
        explanation = self._explain(attributes) if wrong else ""
        return Result(self.file, shown, "; ".join(wrong), explanation, attributes, verdict, at)

    def _invariant(self, invariant: Invariant, at: Path) -> Result:
        question, namespace = self.question(invariant.request, invariant.namespace)
        allowed = {
            "User": set(invariant.onlyUsers),
            "Group": {*invariant.onlyGroups, "system:masters"},
            "ServiceAccount": set(invariant.onlyServiceAccounts),
        }
        others = [
            holder
            for holder in holders(self.engine.chain, self.engine.rbac, question, namespace)
            if _shown(holder) not in allowed.get(holder.kind, set())
            and (invariant.includeSystem or not _is_component(holder))
        ]
        name = f"only those named may {invariant.request}"
        if not others:
            return Result(self.file, name, at=at)
        failure = "also may: " + ", ".join(f"{holder.kind} {_shown(holder)}" for holder in others)
        through = [
            f"{holder.kind} {_shown(holder)} through {holder.binding}, {holder.role}, {holder.rule}" for holder in others
        ]
        return Result(self.file, name, failure, "\n".join(through), at=at)

    def question(self, text: str, namespace: str) -> tuple[Question, str]:
        """The question of ``list pods -n shop``; raises `InvalidInput` for one that cannot be read."""
        known = self.questions.get((text, namespace))
        if known is None:
            known = self.questions[text, namespace] = self._read(text, namespace)
        return known

    def _read(self, text: str, namespace: str) -> tuple[Question, str]:
        words = shlex.split(text)
        if "-n" in words[:-1]:
            at = words.index("-n")
            namespace = words[at + 1]
            del words[at : at + 2]
        if len(words) not in (2, 3):
            raise InvalidInput(f"{self.file}: request {text!r}: VERB RESOURCE [NAME] [-n NAMESPACE] is expected")
        return parse_question(words[0], words[1], words[2] if len(words) == 3 else "", self.vocabulary), namespace

    def _attributes(self, user: str, text: str, namespace: str) -> Attributes:
        question, where = self.question(text, namespace)
        return question.asked_by(user_of(user, self.suite.spec.users), where)

    def _explain(self, attributes: Attributes) -> str:
        if not self.explained:
            return ""
        explanation = explain(self.engine.chain, self.engine.rbac, attributes)
        lines = [
            f"{opinion.authorizer}: {opinion.verdict.decision.value} {opinion.verdict.reason}"
            for opinion in explanation.opinions
        ]
        lines += [f"nearest miss: {miss.text}" for miss in explanation.misses[:3]]
        return "\n".join(line.rstrip() for line in lines)


def _is_component(holder: Holder) -> bool:
    return holder.binding.startswith("ClusterRoleBinding system:")


def _shown(holder: Holder) -> str:
    return f"{holder.namespace}/{holder.name}" if holder.namespace else holder.name
