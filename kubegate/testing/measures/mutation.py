"""A suite against mutants of its own policies: one that no case notices is a hole in the suite."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kubegate.analysis.coverage.authorizers import configuration_state
from kubegate.analysis.coverage.items import ACCESS, BINDINGS, POLICY, RBAC, ROLES
from kubegate.analysis.mutation.generate import WEBHOOKS, configuration_mutants, mutants
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.patches.line_changes import line_mutants
from kubegate.analysis.mutation.score import Fate, Score
from kubegate.analysis.mutation.witnesses.suggestion import Suggestion
from kubegate.api.names import kind_of
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import GROUP_VERSION
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.configuration.model import KIND as CONFIGURATION
from kubegate.errors import KubegateError
from kubegate.testing.measures.mutants.access import MemberTrial, RbacTrial
from kubegate.testing.measures.mutants.admission import AdmissionTrial
from kubegate.testing.measures.mutants.admission_cases import AdmissionCases
from kubegate.testing.measures.mutants.configuration import ConfigurationTrial
from kubegate.testing.measures.mutants.members import abac_lines, access_policies
from kubegate.testing.measures.mutants.trial import Trial
from kubegate.testing.running.runner import LoadedSuite

_ABAC = GROUP_VERSION.partition("/")[0]


@dataclass(frozen=True)
class MutationRun:
    """One suite (whose cases all hold) and its mutants; ``pattern`` limits the cases."""

    loaded: LoadedSuite
    score: Score
    pattern: str = ""

    def mutants(self) -> list[Mutant]:
        """Those of what the suite's engine asks: of its authorizers, and of admission."""
        found = [mutant for mutant in mutants(self.loaded.engine.state) if self._trial(mutant) is not None]
        for member in self.loaded.engine.chain.members:
            if isinstance(member, AbacAuthorizer):
                found += line_mutants(member.policies)
        config = self.loaded.suite.spec.authorizationConfig
        if config:
            found += configuration_mutants(configuration_state(str(self.loaded.path.parent / config)))
        return found

    def fate(self, mutant: Mutant) -> Fate:
        """What the suite makes of one mutant."""
        trial = self._trial(mutant)
        assert trial is not None, "there are trials for all mutants"
        try:
            with trial.applied(mutant):
                if any(not result.passed for result in trial.results(mutant, self.pattern)):
                    return Fate.KILLED
                return Fate.EQUIVALENT if trial.is_equivalent(mutant) else Fate.SURVIVED
        except KubegateError:
            return Fate.INVALID  # such a policy cannot be loaded: nobody has to notice it

    def suggestion(self, mutant: Mutant) -> Suggestion | None:
        """The case that would notice a mutant which survived."""
        trial = self._trial(mutant)
        return trial.suggestion(mutant) if trial is not None else None

    def judge(self, mutant: Mutant) -> None:
        """Keep the score."""
        fate = self.fate(mutant)
        self.score.note(mutant, fate)
        if fate is Fate.SURVIVED:
            self.score.explain(mutant, self.suggestion(mutant))

    def _trial(self, mutant: Mutant) -> Trial | None:
        """How mutants of this kind are tried; None if nobody asks such policies."""
        group, _, kind = kind_of(mutant.target)
        if group == RBAC and kind in (*BINDINGS, *ROLES):
            return self._rbac
        if (group, kind) == (ACCESS, POLICY):
            return self._access
        if kind == CONFIGURATION:
            return self._configuration
        if kind in WEBHOOKS and not self.loaded.suite.spec.admissionOptions.webhooks:
            return None
        return self._lines if group == _ABAC else self._admission

    @cached_property
    def _cases(self) -> AdmissionCases:
        return AdmissionCases(self.loaded)

    @cached_property
    def _rbac(self) -> RbacTrial | None:
        asked = any(member is self.loaded.engine.rbac for member in self.loaded.engine.chain.members)
        return RbacTrial(self.loaded, self._cases) if asked else None

    @cached_property
    def _access(self) -> MemberTrial | None:
        return self._of_member(AccessPolicyAuthorizer)

    @cached_property
    def _lines(self) -> MemberTrial | None:
        return self._of_member(AbacAuthorizer)

    @cached_property
    def _configuration(self) -> ConfigurationTrial:
        return ConfigurationTrial(self.loaded, self._cases)

    def _of_member(self, kind: type[AccessPolicyAuthorizer | AbacAuthorizer]) -> MemberTrial | None:
        rebuild = access_policies if kind is AccessPolicyAuthorizer else abac_lines
        members = (member for member in self.loaded.engine.chain.members if isinstance(member, kind))
        return next((MemberTrial(self.loaded, self._cases, member, rebuild) for member in members), None)

    @cached_property
    def _admission(self) -> AdmissionTrial:
        return AdmissionTrial(self.loaded, self._cases)
