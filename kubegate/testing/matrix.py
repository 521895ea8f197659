"""Matrices: exactly what users may do, cell by cell, and whether somebody is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubegate.analysis.matrix import EVERYWHERE, all_resources, subjects
from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.authz.interface import Attributes
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput
from kubegate.testing.cases.access import MatrixCase
from kubegate.testing.result import Result
from kubegate.testing.suite import Suite
from kubegate.testing.users import user_of

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
        """A result a cell and verb, and one for each matrix that is to be complete."""
        for index, case in enumerate(self.suite.spec.matrix):
            yield from self._cells(case, index)
            if case.complete:
                yield self._completeness(case, index)

    def _cells(self, case: MatrixCase, index: int) -> Iterator[Result]:
        columns = self.columns(case)
        namespace = "" if case.namespace == EVERYWHERE else case.namespace
        where = "in all namespaces" if case.namespace == EVERYWHERE else f"in {namespace}"
        for name, given in case.subjects.items():
            user = user_of(name, self.suite.spec.users)
            row = self.row(case, name, given)
            others = row.get(EVERYWHERE, frozenset())
            at = ("spec", "matrix", index, "subjects", name)
            for resource, questions in columns.items():
                expected = row.get(resource, others)
                for question in questions:
                    asked = question.asked_by(user, namespace)
                    verdict = self.engine.chain.authorize(asked)
                    wanted = question.verb in expected
                    title = f"{name} {'can' if wanted else 'cannot'} {question.verb} {resource} {where}"
                    if verdict.allowed is wanted:
                        yield Result(self.file, title, "", "", asked, verdict, at)
                    else:
                        failure = f"{name} {'may not' if wanted else 'may'} {question.verb} {resource} {where}"
                        yield Result(self.file, title, failure, self.explain(asked), asked, verdict, at)

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
                raise InvalidInput(f"{self.file}: matrix: {name}: {resources}: {unknown[0]!r} is none of the matrix's verbs")
            everything = EVERYWHERE in verbs
            for resource in resources.split(","):
                found[resource.strip()] = frozenset(case.verbs if everything else verbs)
        return found

    def _completeness(self, case: MatrixCase, index: int) -> Result:
        listed = {str(who): who for who in subjects(self.engine.rbac)}
        scopes = {str(who): own for who, own in subjects(self.engine.rbac).items()}
        named = {user_of(name, self.suite.spec.users) for name in case.subjects}
        missing = [text for text, who in listed.items() if case.namespace in scopes[text] and who.as_user() not in named]
        where = "in all namespaces" if case.namespace == EVERYWHERE else f"in {case.namespace}"
        failure = f"not in the matrix: {', '.join(missing)}" if missing else ""
        return Result(self.file, f"nobody else has a binding {where}", failure, at=("spec", "matrix", index))
