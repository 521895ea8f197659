"""The rules that a user holds, less what an AccessPolicy denies of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kubegate.api.catalog import builtin
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes, Decision, RuleList
from kubegate.authz.kinds import is_access
from kubegate.authz.rule_cover import Atom, atoms

_UNNAMED = frozenset({"list", "watch", "deletecollection", "create"})
_NO_NAME = "-"
"""No object can have it."""
_Rules = tuple[dict[str, list[str]], ...]


def without_denied(chain: Chain, user: User, namespace: str, rules: RuleList) -> RuleList:
    """The list without the verbs, resources and paths that the chain denies there. What a rule says with ``*`` stays as a
    whole: of it only some is denied, which the list's errors say."""
    if not any(map(is_access, chain.members)):
        return rules

    def is_denied(atom: Atom) -> bool:
        return all(chain.authorize(asked).decision is Decision.DENY for asked in _questions(atom, user, namespace))

    return replace(
        rules,
        resource_rules=tuple(_left(rules.resource_rules, is_denied)),
        non_resource_rules=tuple(_left(rules.non_resource_rules, is_denied)),
    )


def _left(rules: _Rules, is_denied: Callable[[Atom], bool]) -> Iterator[dict[str, list[str]]]:
    for rule in rules:
        parts = list(atoms(rule))
        kept = [atom for atom in parts if "*" in (atom.verb, atom.group, atom.resource) or not is_denied(atom)]
        if len(kept) == len(parts):
            yield rule
        else:
            yield from (atom.rule for atom in kept)


def _questions(atom: Atom, user: User, namespace: str) -> Iterator[Attributes]:
    """What must be denied so that nothing of the atom is left: objects without a name stand for all, of which some may be
    denied; so one of no known name is asked for too, where a request must name one."""
    if atom.path is not None:
        yield Attributes(user, atom.verb, False, path=atom.path)
        return
    resource, _, subresource = atom.resource.partition("/")
    known = builtin().preferred(atom.group or "", resource)
    where = namespace if known is None or known.namespaced else ""
    names = [atom.name or ""] if atom.name or atom.verb in _UNNAMED else ["", _NO_NAME]
    for name in names:
        yield Attributes(user, atom.verb, True, atom.group or "", "*", resource, subresource, where, name)
