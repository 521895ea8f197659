"""Invariants: who else may, among all subjects of the policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from kubegate.analysis.holders.model import Holder
from kubegate.analysis.who_can import holders
from kubegate.compose.dry_run import Engine
from kubegate.testing.cases.access import Invariant
from kubegate.testing.requests import Requests
from kubegate.testing.result import Path, Result

_EVERY = "*"


@dataclass(frozen=True)
class InvariantRunner:
    """Judges the invariants of the suite ``file``."""

    file: str
    engine: Engine
    requests: Requests

    def judge(self, invariant: Invariant, at: Path) -> Result:
        """Whether it holds, and who breaks it through what."""
        texts = [*([invariant.request] if invariant.request else ()), *invariant.requests]
        also: list[str] = []
        through: list[str] = []
        for text in texts:
            for namespace in self._namespaces(invariant):
                for holder in self._others(invariant, text, namespace):
                    who = f"{holder.kind} {_shown(holder)}"
                    where = f" ({text}{' -n ' + namespace if namespace else ' -A'})"
                    also.append(who + (where if len(texts) > 1 or invariant.namespace == _EVERY else ""))
                    places = "".join(f"\n  {place}" for place in holder.locations)
                    through.append(f"{who} through {holder.binding}, {holder.role}, {holder.rule}{places}")
        name = invariant.name or f"only those named may {', '.join(texts)}"
        failure = f"also may: {', '.join(dict.fromkeys(also))}" if also else ""
        doubts = dict.fromkeys(filter(None, map(self.requests.doubt, texts)))
        return Result(self.file, name, failure, "\n".join(dict.fromkeys(through)), at=at, warning="; ".join(doubts))

    def _namespaces(self, invariant: Invariant) -> list[str]:
        if invariant.namespace != _EVERY:
            return [invariant.namespace]
        return ["", *(name for name in self.engine.state.namespaces() if not _named(name, invariant.exceptNamespaces))]

    def _others(self, invariant: Invariant, text: str, namespace: str) -> Iterator[Holder]:
        question, where = self.requests.read(text, namespace)
        allowed = {
            "User": invariant.onlyUsers,
            "Group": [*invariant.onlyGroups, "system:masters"],
            "ServiceAccount": invariant.onlyServiceAccounts,
        }
        for holder in holders(self.engine.chain, question, where):
            if _named(_shown(holder), allowed.get(holder.kind, [])):
                continue
            if not invariant.includeSystem and _is_component(holder):
                continue
            if not _named(holder.binding.partition(" ")[2], invariant.exceptBindings):
                yield holder


def _named(name: str, patterns: list[str]) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def _is_component(holder: Holder) -> bool:
    return holder.authorizer == "Node" or holder.binding.startswith("ClusterRoleBinding system:")


def _shown(holder: Holder) -> str:
    return f"{holder.namespace}/{holder.name}" if holder.namespace else holder.name
