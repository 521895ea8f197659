"""What became of the mutants, for people and machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from kubegate.analysis.mutation.mutant import Mutant, MutantKey
from kubegate.analysis.mutation.operators.admission_policies import FAILURE
from kubegate.analysis.mutation.witnesses.suggestion import Suggestion

_RARE = (FAILURE,)
_CONFIGURATION = "AuthorizationConfiguration"


class Fate(Enum):
    """What a suite made of a mutant: a case noticed it; none did; nothing could (that is proved); it cannot be loaded."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case noticed, and the case that would, if one was found."""

    mutant: Mutant
    suggestion: Suggestion | None = None

    @property
    def case(self) -> str:
        """The case to add to a suite, as YAML; "" if none is known."""
        return self.suggestion.case if self.suggestion is not None else ""


@dataclass
class Score:
    """Mutants by what became of them. One that several suites try is killed if one of them notices it. Those that decide no
    request differently are no mutants, nor are those that do not compile."""

    killed: set[MutantKey] = field(default_factory=set)
    survivors: dict[MutantKey, Survivor] = field(default_factory=dict)
    equivalent: set[MutantKey] = field(default_factory=set)
    undecided: dict[MutantKey, Mutant] = field(default_factory=dict)
    """Changes of what happens when expressions fail, of policies of which nothing that was tried made one fail."""

    def note(self, mutant: Mutant, fate: Fate, suggestion: Suggestion | None = None) -> None:
        """What a suite made of it."""
        key = mutant.key
        if fate is Fate.KILLED:
            self.killed.add(key)
            self.survivors.pop(key, None)
        elif fate is Fate.EQUIVALENT:
            self.equivalent.add(key)
        elif fate is Fate.SURVIVED and key not in self.killed:
            self.survivors[key] = Survivor(mutant, suggestion)

    def explain(self, mutant: Mutant, suggestion: Suggestion | None) -> None:
        """The case that would notice a survivor; where there is none, a mutant may be one that nothing can notice."""
        if suggestion is not None or not _depends(mutant):
            self.note(mutant, Fate.SURVIVED, suggestion)
        elif self.survivors.pop(mutant.key, None) is not None:
            self.undecided[mutant.key] = mutant

    @property
    def total(self) -> int:
        """All that could be noticed."""
        return len(self.killed) + len(self.survivors)

    @property
    def percent(self) -> float:
        """How many of them are killed; of none, all."""
        return 100.0 * len(self.killed) / self.total if self.total else 100.0

    def by_operator(self) -> dict[str, tuple[int, int]]:
        """Operator -> (killed, all)."""
        killed = Counter(key.operator for key in self.killed)
        total = killed + Counter(key.operator for key in self.survivors)
        return {operator: (killed[operator], total[operator]) for operator in sorted(total)}


def _depends(mutant: Mutant) -> bool:
    """Whether it may be that nothing can notice it: where nothing fails, or a service answers as all others do."""
    return mutant.operator in _RARE or mutant.target.get("kind") == _CONFIGURATION


def score_text(score: Score) -> str:
    """Every survivor as a patch with the case that would kill it, then the figures."""
    lines = []
    for survivor in score.survivors.values():
        lines += [f"survived: {survivor.mutant.place}: {survivor.mutant.text}"]
        lines += [f"    {line}" for line in survivor.mutant.patch.splitlines()]
        if survivor.case:
            lines += ["  this case would notice it:", *(f"    {line}" for line in survivor.case.splitlines())]
        else:
            lines += ["  no case was found that would notice it"]
    same = f", {len(score.equivalent)} without effect" if score.equivalent else ""
    same += f", {len(score.undecided)} undecided" if score.undecided else ""
    lines += [f"undecided: {mutant.place}: {mutant.text}" for mutant in score.undecided.values()]
    lines.append(f"mutation: {score.percent:.1f} % ({len(score.killed)} of {score.total} mutants killed{same})")
    return "\n".join(lines)


def score_object(score: Score) -> dict[str, Any]:
    """For ``-o json``."""
    return {
        "percent": round(score.percent, 2),
        "killed": len(score.killed),
        "mutants": score.total,
        "withoutEffect": len(score.equivalent),
        "undecided": [
            {"operator": mutant.operator, "text": mutant.text, "file": mutant.location.file, "line": mutant.location.line}
            for mutant in score.undecided.values()
        ],
        "operators": {
            operator: {"killed": killed, "mutants": total} for operator, (killed, total) in score.by_operator().items()
        },
        "survivors": [_survivor(survivor) for survivor in score.survivors.values()],
    }


def _survivor(survivor: Survivor) -> dict[str, Any]:
    mutant, suggestion = survivor.mutant, survivor.suggestion
    found: dict[str, Any] = {
        "operator": mutant.operator,
        "text": mutant.text,
        "file": mutant.location.file,
        "line": mutant.location.line,
        "column": mutant.location.column,
        "path": mutant.location.path,
        "patch": mutant.patch,
    }
    if suggestion is not None:
        found["suggestion"] = {**suggestion.details, "case": suggestion.case}
    return found
