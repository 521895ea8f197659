"""What candidate policies change for recorded requests: counted by user and kind of request, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from kubegate.analysis.in_parallel import Remembering, answers, asks_webhooks
from kubegate.analysis.replay.events import Recorded
from kubegate.authz.interface import Attributes, Authorizer, Verdict

REMEMBERED = 100_000
"""Decisions that are remembered; clusters repeat themselves."""

Group: TypeAlias = tuple[str, str, str, str]
"""user, verb, resource (or path), namespace"""

OTHERS: Group = ("(others)", "", "", "")
"""Where requests go when more groups than `REMEMBERED` have been found."""


class Effect(StrEnum):
    """What the candidate policies do to a request."""

    DENIED = "newly denied"
    ALLOWED = "newly allowed"


@dataclass(slots=True)
class Finding:
    """Requests of one group that one rule decided: how many, and the first one.

    ``rule``: of what is newly denied, what allowed it when it was recorded (or what denies it now, if the log does not say);
    of what is newly allowed, what allows it now.
    """

    effect: Effect
    group: Group
    rule: str
    example: Attributes
    count: int = 0


@dataclass(slots=True)
class Replay:
    """The result so far."""

    total: int = 0
    findings: dict[tuple[Effect, Group, str], Finding] = field(default_factory=dict)
    failures: int = 0
    """Requests that are refused since somebody who is asked did not answer, or is not there."""
    failure: str = ""
    """Why the first of them is."""

    def sorted(self) -> list[Finding]:
        """The most frequent first."""
        return sorted(
            self.findings.values(), key=lambda finding: (finding.effect, -finding.count, finding.group, finding.rule)
        )


_Answer: TypeAlias = tuple[bool, str, str]
"""allowed, reason, what failed"""


def replay(requests: Iterable[Recorded], candidate: Authorizer) -> Replay:
    """Ask the candidate about every request; webhooks many at a time."""
    result = Replay()
    may_fail = asks_webhooks(candidate)
    known: Remembering[Attributes, _Answer] = Remembering(
        lambda attributes: _answer(candidate.authorize(attributes), may_fail=may_fail), REMEMBERED
    )
    for recorded, answer in answers(lambda recorded: (recorded, known(recorded.attributes)), requests, candidate):
        result.total += 1
        if answer[2]:
            result.failures += 1
            result.failure = result.failure or answer[2]
        if answer[0] is not recorded.allowed:
            _note(result, recorded, answer)
    return result


def _answer(verdict: Verdict, *, may_fail: bool) -> _Answer:
    return verdict.allowed, verdict.reason, "; ".join(verdict.errors) if may_fail and not verdict.allowed else ""


def _note(result: Replay, recorded: Recorded, answer: _Answer) -> None:
    if answer[0]:
        effect, rule = Effect.ALLOWED, answer[1]
    else:
        effect, rule = Effect.DENIED, recorded.rule or answer[1]
    group = group_of(recorded.attributes)
    finding = result.findings.get((effect, group, rule))
    if finding is None and len(result.findings) >= REMEMBERED:
        group, rule = OTHERS, ""
        finding = result.findings.get((effect, group, rule))
    if finding is None:
        finding = result.findings[effect, group, rule] = Finding(effect, group, rule, recorded.attributes)
    finding.count += 1


def group_of(attributes: Attributes) -> Group:
    """Requests of one user on one kind of thing belong together, whatever the object's name."""
    what = attributes.path
    if attributes.is_resource:
        what = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
        what += f".{attributes.group}" if attributes.group else ""
    return attributes.user.name, attributes.verb, what, attributes.namespace
