"""The subjects of bindings: the rows of the access matrix."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass

from kubegate.analysis.holders.model import as_user
from kubegate.api.user import User
from kubegate.authz.rbac.index import RbacAuthorizer

EVERYWHERE = "*"
"""The scope of what holds in all namespaces and for cluster-scoped resources."""


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """A subject of some binding."""

    kind: str
    namespace: str
    name: str

    def as_user(self) -> User:
        """A user that is the subject; a group is asked for as somebody who is in that group only."""
        return as_user(self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def subjects(
    rbac: RbacAuthorizer, pattern: str = "*", *, system: bool = False, others: Mapping[Who, set[str]] | None = None
) -> dict[Who, set[str]]:
    """The subjects of all bindings, and ``others``, with the scopes in which they have one; those of the system only if
    asked for."""
    found: dict[Who, set[str]] = {who: set(scopes) for who, scopes in (others or {}).items()}
    for binding in rbac.bindings():
        for subject in binding.subjects:
            kind, name = str(subject.get("kind")), str(subject.get("name"))
            namespace = str(subject.get("namespace") or binding.namespace) if kind == "ServiceAccount" else ""
            found.setdefault(Who(kind, namespace, name), set()).add(binding.namespace or EVERYWHERE)
    return {who: found[who] for who in sorted(found) if (system or not _is_system(who)) and _named(who, pattern)}


def _is_system(who: Who) -> bool:
    return who.name.startswith("system:") or who.namespace == "kube-system"


def _named(who: Who, pattern: str) -> bool:
    return fnmatch.fnmatchcase(who.name, pattern)
