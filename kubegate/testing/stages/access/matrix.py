"""Matrices: exactly what users may do, cell by cell, and whether somebody is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kubegate.analysis.matrix.cells import all_resources
from kubegate.analysis.matrix.elsewhere import is_pattern, named_elsewhere
from kubegate.analysis.matrix.subjects import EVERYWHERE, Who, subjects
from kubegate.analysis.reach import reach
from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.analysis.what_can import qualified
from kubegate.authz.interface import Attributes, Decision, Verdict
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput
from kubegate.testing.cases.access import MatrixCase
from kubegate.testing.running.result import Path, Result
from kubegate.testing.suites.places import placed
from kubegate.testing.suites.suite import Suite
from kubegate.testing.suites.users import user_of

_NAMED, _EXPLAINED = 40, 5
"""So much of what somebody may do besides is told, and explained."""

Row = dict[str, frozenset[str]]
"""Resource -> verbs; ``*`` for all resources that are not named."""


@dataclass(frozen=True)
class MatrixRunner:
    """Runs the matrices of one suite."""

    file: str
    suite: Suite
    engine: Engine
    vocabulary: Vocabulary
    explain: Callable[[Attributes], str]

    def run(self) -> Iterator[Result]:
        """A result for each verb that is to be allowed, and one a subject for all the rest; one more for each matrix that is
        to be complete."""
        for index, case in enumerate(self.suite.spec.matrix):
            with placed(self.file, ("spec", "matrix", index)):
                columns = self.columns(case)
            for name, given in case.subjects.items():
                with placed(self.file, ("spec", "matrix", index, "subjects", name)):
                    yield from self._subject(case, name, self.row(case, name, given), columns, index)
            if case.complete:
                yield self._completeness(case, index)

    def _subject(
        self, case: MatrixCase, name: str, row: Row, columns: dict[str, list[Question]], index: int
    ) -> Iterator[Result]:
        user, chain = user_of(name, self.suite.spec.users), self.engine.chain
        namespace, where = ("", "anywhere") if case.namespace == EVERYWHERE else (case.namespace, f"in {case.namespace}")
        at = ("spec", "matrix", index, "subjects", name)
        others = row.get(EVERYWHERE, frozenset())
        possible = reach(chain, self.engine.rbac, user, namespace)
        also: list[Attributes] = []
        for resource, questions in columns.items():
            expected = row.get(resource, others)
            for question in questions if expected or possible(questions[0]) else ():
                asked = question.asked_by(user, namespace)
                verdict, wanted = chain.authorize(asked), question.verb in expected
                if wanted or verdict.decision is Decision.DENY:
                    yield self._cell(f"{name} %s {question.verb} {resource} {where}", wanted, asked, verdict, at)
                elif verdict.allowed:
                    also.append(asked)
        more = f" and {len(also) - _NAMED:,} more" if len(also) > _NAMED else ""
        failure = f"{name} may also: {', '.join(map(_told, also[:_NAMED]))}{more}" if also else ""
        explanation = "\n".join(f"{_told(asked)}:\n{self.explain(asked)}" for asked in also[:_EXPLAINED])
        yield Result(self.file, f"{name} can do nothing else {where}", failure, explanation, at=at)

    def _cell(self, text: str, wanted: bool, asked: Attributes, verdict: Verdict, at: Path) -> Result:
        title = text % ("can" if wanted else "cannot")
        if verdict.allowed is wanted:
            return Result(self.file, title, "", "", asked, verdict, at)
        return Result(self.file, title, text % "may not", self.explain(asked), asked, verdict, at)

    def columns(self, case: MatrixCase) -> dict[str, list[Question]]:
        """The questions by resource."""
        names = self._all(case) if case.resources == "all" else list(case.resources)
        known = set(names)
        for name, given in case.subjects.items():
            for resource in self.row(case, name, given):
                if resource not in known and resource != EVERYWHERE:
                    known.add(resource)
                    names.append(resource)
        return {name: [parse_question(verb, name, "", self.vocabulary) for verb in case.verbs] for name in names}

    def _all(self, case: MatrixCase) -> list[str]:
        """In a namespace, only what is in namespaces."""
        names = all_resources(self.vocabulary)
        if case.namespace == EVERYWHERE:
            return names
        return [name for name in names if parse_question("get", name, "", self.vocabulary).namespaced]

    def row(self, case: MatrixCase, name: str, given: dict[str, str | list[str]]) -> Row:
        """A row with its resources one by one; raises `InvalidInput` for verbs that are none of the matrix's."""
        found: Row = {}
        for resources, words in given.items():
            verbs = words.split() if isinstance(words, str) else words
            unknown = sorted({*verbs} - {*case.verbs, EVERYWHERE})
            if unknown:
                raise InvalidInput(f"{name}: {resources}: {unknown[0]!r} is none of the matrix's verbs")
            everything = EVERYWHERE in verbs
            for resource in resources.split(","):
                found[resource.strip()] = frozenset(case.verbs if everything else verbs)
        return found

    @cached_property
    def _bound(self) -> dict[str, list[Who]]:
        """Who has bindings, by namespace."""
        found: dict[str, list[Who]] = {}
        for who, scopes in bound(self.engine).items():
            for scope in scopes:
                found.setdefault(scope, []).append(who)
        return found

    def _completeness(self, case: MatrixCase, index: int) -> Result:
        named = {user_of(name, self.suite.spec.users) for name in case.subjects}
        missing = [str(who) for who in self._bound.get(case.namespace, ()) if who.as_user() not in named]
        where = "for all namespaces" if case.namespace == EVERYWHERE else f"in {case.namespace}"
        failure = f"not in the matrix: {', '.join(missing)}" if missing else ""
        return Result(self.file, f"nobody else has a binding {where}", failure, at=("spec", "matrix", index))


def _told(asked: Attributes) -> str:
    """``get pods/log``, ``delete deployments.apps``."""
    resource = qualified(asked.group, f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource)
    return f"{asked.verb} {resource}"


def bound(engine: Engine) -> dict[Who, set[str]]:
    """The subjects of bindings, ABAC lines and AccessPolicies with the scopes in which they have one; neither the system's
    own nor names that stand for many."""
    found = subjects(engine.rbac, others=named_elsewhere(engine.chain))
    return {who: scopes for who, scopes in found.items() if not is_pattern(who)}
