"""Invariants: who else may, among all subjects of the policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import islice

from kubegate.analysis.holders.model import ALLOW, Holder
from kubegate.analysis.requests import Question
from kubegate.analysis.who_can import who_may
from kubegate.api.names import namespace_of
from kubegate.compose.dry_run import ACCESS, ACCESS_GROUP, RBAC_GROUP, Engine
from kubegate.testing.cases.access import Invariant
from kubegate.testing.running.result import Path, Result
from kubegate.testing.stages.access.requests import Requests

_EVERY = "*"
_ROLES = ("ClusterRole", "Role")
_SHOWN, _EXPLAINED = 20, 100
"""So many of those who should not are named, and told of through what they may."""


@dataclass(frozen=True)
class InvariantRunner:
    """Judges the invariants of the suite ``file``."""

    file: str
    engine: Engine
    requests: Requests

    def judge(self, invariant: Invariant, at: Path) -> Result:
        """Whether it holds, and who breaks it through what. It does not hold where somebody cannot be asked about."""
        texts = [*([invariant.request] if invariant.request else ()), *invariant.requests]
        found: dict[str, None] = {}
        through: dict[str, None] = {}
        for text in texts:
            for namespace in self._namespaces(invariant):
                asked, where = self.requests.read(text, namespace)
                plain = len(texts) == 1 and invariant.namespace != _EVERY
                for question in self._named_too(asked, where):
                    answer = who_may(self.engine.chain, question, where)
                    found.update((f"undecided: {reason}", None) for reason in answer.incomplete)
                    for holder in _others(invariant, answer.holders):
                        who = f"{holder.kind} {_shown(holder)}"
                        request = f"{text} {question.name}".strip() if question.name != asked.name else text
                        place = "" if request == text and plain else f" ({request}{' -n ' + where if where else ' -A'})"
                        found[f"also may: {who}{place}"] = None
                        through["\n".join([f"{who}{place} through {_means(holder)}", *_lines(holder)])] = None
        name = invariant.name or f"only those named may {', '.join(texts)}"
        doubts = dict.fromkeys(filter(None, map(self.requests.doubt, texts)))
        explanation = "\n".join([*islice(through, _EXPLAINED)]) + _more(through, _EXPLAINED)
        return Result(self.file, name, _joined(found), explanation, at=at, warning="; ".join(doubts))

    def _namespaces(self, invariant: Invariant) -> list[str]:
        if invariant.namespace != _EVERY:
            return [invariant.namespace]
        return ["", *(name for name in self.engine.state.namespaces() if not _named(name, invariant.exceptNamespaces))]

    def _named_too(self, question: Question, namespace: str) -> Iterator[Question]:
        """The question, and for each name that a rule grants alone the same about this one: who may read one secret reads
        secrets. A create has no name."""
        yield question
        if question.is_resource and not question.name and question.verb != "create":
            places = {(where, resource) for where in ("", namespace) for resource in (_EVERY, question.resource)}
            names = sorted({name for place in places for name in self._names.get(place, ())})
            yield from (replace(question, name=name) for name in names)

    @cached_property
    def _names(self) -> dict[tuple[str, str], set[str]]:
        """The names in the rules of roles and AccessPolicies, by the role's namespace and resource (``*``: of any)."""
        found: dict[tuple[str, str], set[str]] = {}
        for obj in (*self.engine.state.of_kind(RBAC_GROUP, *_ROLES), *self.engine.state.of_kind(ACCESS_GROUP, ACCESS)):
            for rule in obj.get("rules") or (obj.get("spec") or {}).get("rules") or ():
                for resource in rule.get("resources") or ():
                    place = namespace_of(obj), str(resource).partition("/")[0]
                    found.setdefault(place, set()).update(rule.get("resourceNames") or ())
        return found


def _others(invariant: Invariant, holders: Iterable[Holder]) -> Iterator[Holder]:
    """Those that may and should not."""
    allowed = {
        "User": invariant.onlyUsers,
        "Group": [*invariant.onlyGroups, "system:masters"],
        "ServiceAccount": invariant.onlyServiceAccounts,
    }
    for holder in holders:
        if holder.effect != ALLOW or _named(_shown(holder), allowed.get(holder.kind, [])):
            continue
        if not invariant.includeSystem and _is_component(holder):
            continue
        if not _named(holder.binding.partition(" ")[2], invariant.exceptBindings):
            yield holder


def _joined(found: Iterable[str]) -> str:
    """``undecided: ...; also may: a, b``."""
    parts: dict[str, list[str]] = {}
    for text in found:
        kind, _, rest = text.partition(": ")
        parts.setdefault(kind, []).append(rest)
    return "; ".join(f"{kind}: {', '.join(rest[:_SHOWN])}{_more(rest, _SHOWN)}" for kind, rest in parts.items())


def _more(items: Sized, shown: int) -> str:
    return f" and {len(items) - shown:,} more" if len(items) > shown else ""


def _means(holder: Holder) -> str:
    means = [holder.binding, holder.role, f"rule {holder.rule}" if holder.rule.isdigit() else holder.rule]
    means += [f"if {holder.condition}"] if holder.condition else []
    return ", ".join(filter(None, means))


def _lines(holder: Holder) -> list[str]:
    return [f"  {place}" for place in holder.locations]


def _named(name: str, patterns: list[str]) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def _is_component(holder: Holder) -> bool:
    return holder.authorizer == "Node" or holder.binding.startswith("ClusterRoleBinding system:")


def _shown(holder: Holder) -> str:
    return f"{holder.namespace}/{holder.name}" if holder.namespace else holder.name
