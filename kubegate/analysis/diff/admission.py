"""What admission makes of the same objects by two sets: refused by one only, changed or warned about differently."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from kubegate.analysis.admission.gate import Gate
from kubegate.analysis.admission.judgement import Judgement
from kubegate.api.names import Object
from kubegate.api.user import User

_CHANCE = re.compile(r"\b(kube-api-access-)[a-z0-9]{5}\b")
_RUN_TO_RUN = ("uid", "creationTimestamp", "resourceVersion", "managedFields")


class Effect(StrEnum):
    """How the new set's answer differs."""

    ADMITTED = "newly admitted"
    REJECTED = "newly rejected"
    MUTATED = "mutated differently"
    WARNED = "warned differently"


@dataclass(frozen=True)
class AdmissionChange:
    """One object that the sets treat differently. ``detail``: the refusal of the one that refuses, or how the results or
    warnings differ."""

    effect: Effect
    old: Judgement
    new: Judgement
    detail: str

    @property
    def decider(self) -> str:
        """What refuses it."""
        return self.new.decider or self.old.decider


def compare_admission(old: Gate, new: Gate, corpus: Iterable[Object], user: User) -> Iterator[AdmissionChange]:
    """Create the objects one after the other in both; what is admitted is there for the next. Raises `InvalidInput` for a
    kind that one of them does not have."""
    for obj in corpus:
        judged = [_judge(gate, obj, user) for gate in (old, new)]
        found = compare_judgements(*judged)
        if found is not None:
            yield found


def _judge(gate: Gate, obj: Object, user: User) -> Judgement:
    return gate.judge(copy.deepcopy(obj), user)


def compare_judgements(old: Judgement, new: Judgement) -> AdmissionChange | None:
    """The difference that matters most, or None."""
    if old.admitted is not new.admitted:
        refusing = old if new.admitted else new
        return AdmissionChange(Effect.ADMITTED if new.admitted else Effect.REJECTED, old, new, _refusal(refusing))
    if not old.admitted:
        return None
    differing = sorted(set(_leaves(_stable(old))) ^ set(_leaves(_stable(new))))
    if differing:
        before, after = (dict(_leaves(_stable(side))) for side in (old, new))
        path = differing[0][0]
        detail = f"{path}: {before.get(path, 'absent')} -> {after.get(path, 'absent')}"
        return AdmissionChange(Effect.MUTATED, old, new, detail)
    warned = [set(_warnings(side)) for side in (old, new)]
    if warned[0] != warned[1]:
        signed = [f"- {text}" for text in warned[0] - warned[1]] + [f"+ {text}" for text in warned[1] - warned[0]]
        return AdmissionChange(Effect.WARNED, old, new, "; ".join(sorted(signed)))
    return None


def _refusal(found: Judgement) -> str:
    for judgement in (found, *found.pods):
        if judgement.refusal is not None:
            return judgement.refusal.message
    return ""


def _warnings(found: Judgement) -> Iterator[str]:
    for judgement in (found, *found.pods):
        yield from judgement.warnings


def _stable(found: Judgement) -> list[Any]:
    """The results, the pod's too, without what differs from run to run."""
    return [_without_chance(judgement.result) for judgement in (found, *found.pods) if judgement.result is not None]


def _without_chance(obj: Object) -> Any:
    kept: Any = orjson.loads(_CHANCE.sub(r"\1", orjson.dumps(obj).decode()))
    for name in _RUN_TO_RUN:
        kept.get("metadata", {}).pop(name, None)
    if kept.get("metadata", {}).get("generateName"):
        kept["metadata"].pop("name", None)
    return kept


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]" if path else ("" if index == 0 else "pod"))
    else:
        yield path, orjson.dumps(value).decode()
