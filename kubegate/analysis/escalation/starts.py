"""The subjects from which paths are looked for."""

from __future__ import annotations

from kubegate.analysis.escalation.paths import singles
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who, subjects
from kubegate.api.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED

_ACCOUNTS = "system:serviceaccounts"
_ANYBODY = (ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, _ACCOUNTS)


def starts(world: World, pattern: str = "*", *, system: bool = False) -> dict[Who, set[str]]:
    """The subjects of bindings, and those that other authorizers name, with the scopes; components of the cluster only if
    asked for, but always the groups that many are in whom nobody has chosen."""
    found = subjects(world.rbac, pattern, system=True, others=singles(world.chain))
    if system:
        return found
    return {who: scopes for who, scopes in found.items() if not _is_component(who)}


def _is_component(who: Who) -> bool:
    if who.name in _ANYBODY or (who.kind == "Group" and who.name.startswith(f"{_ACCOUNTS}:")):
        return who.name == f"{_ACCOUNTS}:kube-system"
    return who.name.startswith("system:") or who.namespace == "kube-system"
