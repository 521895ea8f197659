"""A suite against mutants of its own policies: one that no case notices is a hole in the suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from kubegate.analysis.mutation.apply import applied, changes_of, concerned, is_rbac
from kubegate.analysis.mutation.examples import Example, policy_examples, rbac_examples
from kubegate.analysis.mutation.generate import mutants
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.score import Score, Survivor
from kubegate.api.names import Object
from kubegate.api.user import AUTHENTICATED
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Decision
from kubegate.compose.dry_run import ACCESS, ACCESS_GROUP, Engine
from kubegate.errors import InvalidInput
from kubegate.testing.access import AccessRunner
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.runner import LoadedSuite
from kubegate.testing.users import user_of

_TRIED = 500
"""How many candidates of a request that tells a mutant from its original are tried."""


@dataclass(frozen=True)
class MutationRun:
    """One suite (whose cases all hold) and its mutants; ``pattern`` limits the cases."""

    loaded: LoadedSuite
    score: Score
    pattern: str = ""

    def mutants(self) -> list[Mutant]:
        """Those of the objects that the suite's engine asks."""
        members = self.loaded.engine.chain.members
        rbac = any(member is self.loaded.engine.rbac for member in members)
        access = _access_position(self.loaded.engine) is not None
        return [mutant for mutant in mutants(self.loaded.engine.state) if (rbac if is_rbac(mutant) else access)]

    def judge(self, mutant: Mutant) -> None:
        """Run the suite against one mutant and keep the score."""
        try:
            with self._engine(mutant) as engine:
                if any(not result.passed for result in self.loaded.run(self.pattern, engine, explained=False)):
                    self.score.kill(mutant)
                    return
                candidates = self._candidates(mutant)
                if candidates is None:
                    self.score.equivalent.add(mutant.key)
                    return
                decided = [(example, self._decide(engine, example)) for example in islice(candidates, _TRIED)]
        except InvalidInput:
            self.score.equivalent.add(mutant.key)  # such a policy cannot be loaded: nobody has to notice it
            return
        self.score.survive(self._survivor(mutant, decided))

    def _survivor(self, mutant: Mutant, decided: Iterable[tuple[Example, Decision]]) -> Survivor:
        """With the first of the requests, decided by the mutant, that the policy as it stands decides differently."""
        for example, mutated in decided:
            decision = self._decide(self.loaded.engine, example)
            if decision is not mutated:
                return Survivor(mutant, example, decision, mutated)
        return Survivor(mutant)

    @contextmanager
    def _engine(self, mutant: Mutant) -> Iterator[Engine]:
        engine = self.loaded.engine
        if is_rbac(mutant):
            with applied(engine.rbac, changes_of(engine.state, mutant)):
                yield engine
        else:
            yield _with_policy(engine, mutant)

    def _candidates(self, mutant: Mutant) -> Iterator[Example] | None:
        if is_rbac(mutant):
            state = self.loaded.engine.state
            found = rbac_examples(*concerned(state, changes_of(state, mutant)))
        else:
            found = policy_examples(mutant)
        return None if found is None else map(_as_in_suites, found)

    def _decide(self, engine: Engine, example: Example) -> Decision:
        """Decide exactly what the suggested case would ask."""
        runner = AccessRunner("", self.loaded.suite, engine, self.loaded.vocabulary)
        question, namespace = runner.question(example.request, example.namespace)
        user = user_of(example.user, {example.user: UserSpec(name=example.user, groups=list(example.groups))})
        return engine.chain.authorize(question.asked_by(user, namespace)).decision


def _as_in_suites(example: Example) -> Example:
    """Without the group that a suite adds by itself."""
    groups = tuple(group for group in example.groups if group != AUTHENTICATED)
    if example.user.startswith("system:serviceaccount:"):
        groups = tuple(group for group in groups if not group.startswith("system:serviceaccounts"))
    return replace(example, groups=groups)


def _access_position(engine: Engine) -> int | None:
    # Imported here: AccessPolicies need the expression language, which most suites do without.
    from kubegate.authz.access.authorizer import AccessPolicyAuthorizer

    positions = (at for at, member in enumerate(engine.chain.members) if isinstance(member, AccessPolicyAuthorizer))
    return next(positions, None)


def _with_policy(engine: Engine, mutant: Mutant) -> Engine:
    from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
    from kubegate.authz.configuration.conditions import compile_condition

    policies: list[Object] = []
    for obj in engine.state.of_kind(ACCESS_GROUP, ACCESS):
        changed = mutant.mutated if obj is mutant.target else obj
        if changed is not None:
            policies.append(changed)
    position = _access_position(engine)
    assert position is not None
    members = list(engine.chain.members)
    members[position] = AccessPolicyAuthorizer(policies, compile_condition)
    return replace(engine, chain=Chain(members))
