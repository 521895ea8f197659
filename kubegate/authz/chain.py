"""Several authorizers as one: asked in order until one allows or denies.

Source: k8s.io/apiserver ``authorization/union``."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.user import User
from kubegate.authz.interface import NO_OPINION, Attributes, Authorizer, Decision, RuleList, RuleLister, Verdict


class Chain:
    """The members' reasons are joined by newlines, and their errors kept, when nobody decides."""

    def __init__(self, members: Sequence[Authorizer]) -> None:
        self.members = tuple(members)
        self._listers = tuple(member for member in members if isinstance(member, RuleLister))

    def replace(self, old: Authorizer, new: Authorizer) -> None:
        """Another member in the place of one: chains of tests that try a change of a policy."""
        self.members = tuple(new if member is old else member for member in self.members)
        self._listers = tuple(member for member in self.members if isinstance(member, RuleLister))

    def authorize(self, attributes: Attributes) -> Verdict:
        """The first verdict that is not NO_OPINION, as it is; else the reasons and errors of all."""
        undecided: list[Verdict] = []
        for member in self.members:
            verdict = member.authorize(attributes)
            if verdict.decision is not Decision.NO_OPINION:
                return verdict
            if verdict.reason or verdict.errors:
                undecided.append(verdict)
        if not undecided:
            return NO_OPINION
        reasons = [verdict.reason for verdict in undecided if verdict.reason]
        errors = [error for verdict in undecided for error in verdict.errors]
        return Verdict(Decision.NO_OPINION, "\n".join(reasons), None, tuple(errors))

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """The members' rules one after the other."""
        lists = [lister.rules_for(user, namespace) for lister in self._listers]
        return RuleList(
            tuple(rule for rules in lists for rule in rules.resource_rules),
            tuple(rule for rules in lists for rule in rules.non_resource_rules),
            any(rules.incomplete for rules in lists),
            tuple(error for rules in lists for error in rules.errors),
        )
