"""The union of authorizers, and who is asked before it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kubegate.api.user import User
from kubegate.authz.always import AlwaysAllow, AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, RuleList, Verdict
from kubegate.authz.privileged import PrivilegedGroups

ALICE = User.of("alice")
REQUEST = Attributes(ALICE, "get", resource="pods")


@dataclass
class Says:
    """A fake that always gives the same verdict."""

    verdict: Verdict

    def authorize(self, attributes: Attributes) -> Verdict:
        return self.verdict

    def rules_for(self, user: User, namespace: str) -> RuleList:
        return RuleList(incomplete=bool(self.verdict.errors), errors=self.verdict.errors)


ALLOW = Verdict(Decision.ALLOW, "yes")
DENY = Verdict(Decision.DENY, "never")
HM = Verdict(Decision.NO_OPINION, "hm")
BROKEN = Verdict(Decision.NO_OPINION, "", None, ("down",))

TABLE = [
    ([], Decision.NO_OPINION, "", ()),
    ([HM, ALLOW, DENY], Decision.ALLOW, "yes", ()),
    ([HM, DENY, ALLOW], Decision.DENY, "never", ()),
    ([HM, NO_OPINION, HM], Decision.NO_OPINION, "hm\nhm", ()),  # empty reasons are skipped
    ([BROKEN, HM], Decision.NO_OPINION, "hm", ("down",)),
    ([BROKEN, ALLOW], Decision.ALLOW, "yes", ()),  # who decides is right, whoever was down before
]


@pytest.mark.parametrize(("verdicts", "decision", "reason", "errors"), TABLE)
def test_union(verdicts: list[Verdict], decision: Decision, reason: str, errors: tuple[str, ...]) -> None:
    verdict = Chain([Says(row) for row in verdicts]).authorize(REQUEST)
    assert (verdict.decision, verdict.reason, verdict.errors) == (decision, reason, errors)


def test_rules_of_all_members_are_joined_and_incompleteness_stays() -> None:
    rules = Chain([AlwaysAllow(), Says(BROKEN), AlwaysDeny()]).rules_for(ALICE, "n")
    assert len(rules.resource_rules) == 1
    assert rules.incomplete
    assert rules.errors == ("down",)


def test_always_deny_has_no_opinion() -> None:
    verdict = AlwaysDeny().authorize(REQUEST)
    assert (verdict.decision, verdict.reason) == (Decision.NO_OPINION, "Everything is forbidden.")


def test_masters_are_allowed_before_a_denial() -> None:
    root = Attributes(User.of("root", ["system:masters"]), "delete", resource="nodes")
    chain = Chain([PrivilegedGroups(), Says(DENY)])
    assert chain.authorize(root).allowed
    assert chain.authorize(REQUEST).decision is Decision.DENY


def test_a_decision_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(Decision.DENY)
