"""What became of the mutants, for people and machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubegate.analysis.mutation.examples import Example
from kubegate.analysis.mutation.mutant import Mutant, MutantKey
from kubegate.authz.interface import Decision


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case noticed, and a request that would: its decision by the policy as it stands, and the mutant's."""

    mutant: Mutant
    example: Example | None = None
    decision: Decision = Decision.NO_OPINION
    mutated: Decision = Decision.NO_OPINION

    @property
    def case(self) -> str:
        """The case to add to a suite, as YAML; "" if none is known."""
        example = self.example
        if example is None:
            return ""
        who = f"user: '{example.user}', namespace: '{example.namespace}'"
        if Decision.ALLOW in (self.decision, self.mutated):
            verb = "can" if self.decision is Decision.ALLOW else "cannot"
            case = f"access: [{{{who}, {verb}: ['{example.request}']}}]"
        else:
            case = f"decisions: [{{{who}, request: '{example.request}', decision: {self.decision.value}}}]"
        if not example.groups:
            return case
        groups = ", ".join(f"'{group}'" for group in example.groups)
        return f"users: {{'{example.user}': {{name: '{example.user}', groups: [{groups}]}}}}\n{case}"


@dataclass
class Score:
    """Mutants by what became of them. One that several suites try is killed if one of them notices it. Those that decide no
    request differently are no mutants."""

    killed: set[MutantKey] = field(default_factory=set)
    survivors: dict[MutantKey, Survivor] = field(default_factory=dict)
    equivalent: set[MutantKey] = field(default_factory=set)

    def kill(self, mutant: Mutant) -> None:
        """A suite noticed it."""
        self.killed.add(mutant.key)
        self.survivors.pop(mutant.key, None)

    def survive(self, survivor: Survivor) -> None:
        """A suite did not notice it."""
        if survivor.mutant.key not in self.killed:
            self.survivors[survivor.mutant.key] = survivor

    @property
    def total(self) -> int:
        """All that could be noticed."""
        return len(self.killed) + len(self.survivors)

    @property
    def percent(self) -> float:
        """How many of them are killed; of none, all."""
        return 100.0 * len(self.killed) / self.total if self.total else 100.0


def score_text(score: Score) -> str:
    """Every survivor as a patch with the case that would kill it, then the figures."""
    lines = []
    for survivor in score.survivors.values():
        place = survivor.mutant.location
        lines += [f"survived: {place.file}:{place.line}: {survivor.mutant.text}"]
        lines += [f"    {line}" for line in survivor.mutant.patch.splitlines()]
        if survivor.case:
            lines += ["  this case would notice it:", *(f"    {line}" for line in survivor.case.splitlines())]
    same = f", {len(score.equivalent)} without effect" if score.equivalent else ""
    lines.append(f"mutation: {score.percent:.1f} % ({len(score.killed)} of {score.total} mutants killed{same})")
    return "\n".join(lines)


def score_object(score: Score) -> dict[str, Any]:
    """For ``-o json``."""
    return {
        "percent": round(score.percent, 2),
        "killed": len(score.killed),
        "mutants": score.total,
        "withoutEffect": len(score.equivalent),
        "survivors": [_survivor(survivor) for survivor in score.survivors.values()],
    }


def _survivor(survivor: Survivor) -> dict[str, Any]:
    mutant, example = survivor.mutant, survivor.example
    found: dict[str, Any] = {
        "operator": mutant.operator,
        "text": mutant.text,
        "file": mutant.location.file,
        "line": mutant.location.line,
        "patch": mutant.patch,
    }
    if example is not None:
        found["suggestion"] = {
            "user": example.user,
            "groups": list(example.groups),
            "namespace": example.namespace,
            "request": example.request,
            "decision": survivor.decision.value,
            "case": survivor.case,
        }
    return found
