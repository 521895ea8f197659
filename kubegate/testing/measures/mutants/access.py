"""Mutants of authorizers: of RBAC, AccessPolicies, ABAC lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from kubegate.analysis.mutation.effect.apply import applied, changes_of, concerned
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.witnesses.access_examples import policy_examples
from kubegate.analysis.mutation.witnesses.examples import Example, rbac_examples
from kubegate.analysis.mutation.witnesses.line_examples import line_examples
from kubegate.analysis.mutation.witnesses.suggestion import Suggestion, access_suggestion
from kubegate.api.user import AUTHENTICATED
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.interface import Authorizer, Decision
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.measures.mutants.admission_cases import AdmissionCases
from kubegate.testing.measures.mutants.members import Rebuild
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import LoadedSuite
from kubegate.testing.stages.access.runner import AccessRunner
from kubegate.testing.suites.users import user_of

_TRIED = 500
"""How many candidates of a request that tells a mutant from its original are tried."""


@dataclass(frozen=True)
class AccessTrial(ABC):
    """What the authorization mutants of a suite have in common."""

    loaded: LoadedSuite
    admission: AdmissionCases

    @cached_property
    def _runner(self) -> AccessRunner:
        loaded = self.loaded
        return AccessRunner(str(loaded.path), loaded.suite, loaded.engine, loaded.vocabulary, False, loaded.questions)

    def results(self, mutant: Mutant, pattern: str) -> Iterator[Result]:
        """All cases about access, and those about admission that ask the authorizers too."""
        yield from (result for result in self._runner.run() if pattern in result.name)
        yield from self.admission.results_of_asking(pattern)

    @abstractmethod
    def candidates(self, mutant: Mutant) -> Iterable[Example] | None:
        """Requests to try; None if nothing tells the mutant from the original."""

    @abstractmethod
    def applied(self, mutant: Mutant) -> AbstractContextManager[None]:
        """While it lasts, the mutant is in force."""

    def is_equivalent(self, mutant: Mutant) -> bool:
        return self.candidates(mutant) is None

    def suggestion(self, mutant: Mutant) -> Suggestion | None:
        with self.applied(mutant):
            tried = [_as_in_suites(example) for example in islice(self.candidates(mutant) or (), _TRIED)]
            decided = [self._decide(example) for example in tried]
        for example, mutated in zip(tried, decided, strict=True):
            decision = self._decide(example)
            if decision is not mutated:
                return access_suggestion(example, decision, mutated)
        return None

    def _decide(self, example: Example) -> Decision:
        """Decide exactly what the suggested case would ask."""
        question, namespace = self._runner.question(example.request, example.namespace)
        user = user_of(example.user, {example.user: UserSpec(name=example.user, groups=list(example.groups))})
        return self.loaded.engine.chain.authorize(question.asked_by(user, namespace)).decision


class RbacTrial(AccessTrial):
    """Roles and bindings: the index is changed and changed back."""

    @contextmanager
    def applied(self, mutant: Mutant) -> Iterator[None]:
        engine = self.loaded.engine
        with applied(engine.rbac, changes_of(engine.state, mutant)):
            yield

    def candidates(self, mutant: Mutant) -> Iterable[Example] | None:
        state = self.loaded.engine.state
        return rbac_examples(*concerned(state, changes_of(state, mutant)))


@dataclass(frozen=True)
class MemberTrial(AccessTrial):
    """A member of the chain is made anew of the changed policies, and takes the place of the original."""

    member: Authorizer
    rebuild: Rebuild

    @contextmanager
    def applied(self, mutant: Mutant) -> Iterator[None]:
        chain, other = self.loaded.engine.chain, self.rebuild(self.loaded.engine.state, self.member, mutant)
        chain.replace(self.member, other)
        try:
            yield
        finally:
            chain.replace(other, self.member)

    def candidates(self, mutant: Mutant) -> Iterable[Example] | None:
        member = self.member
        if isinstance(member, AbacAuthorizer):
            return line_examples(member, mutant)
        return policy_examples(self.loaded.engine.state, mutant)


def _as_in_suites(example: Example) -> Example:
    """Without the group that a suite adds by itself."""
    groups = tuple(group for group in example.groups if group != AUTHENTICATED)
    if example.user.startswith("system:serviceaccount:"):
        groups = tuple(group for group in groups if not group.startswith("system:serviceaccounts"))
    return replace(example, groups=groups)
