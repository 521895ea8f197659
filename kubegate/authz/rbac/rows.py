"""Which roles allow one action, for all roles at once: a decision looks at one bit for each role of the asker.

An action is a verb, an API group, a resource and a subresource. Its row is made when it is first asked for, since few
actions are, and replaced when a role changes. Rows serve all subjects and take a bit for each role, so that they stay in the
processor's cache where a table in each role, or one of all roles, would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.rules import Rule, resource_keys

if TYPE_CHECKING:
    from kubegate.authz.rbac.bindings import Role

MOST_ROWS = 4096
"""More rows than these are not kept: somebody asks for what does not exist."""

RulesByResource = Mapping[str, tuple[Rule, ...]]


class Row:
    """A bit for each role: is its first rule for the action one for any name (``always``), or one that names objects
    (``named``: its rules have to be looked at)? Never changed, but replaced."""

    __slots__ = ("always", "named")

    def __init__(self, always: bytes, named: bytes | None) -> None:
        self.always = always
        self.named = named

    def covers(self, role: Role) -> bool:
        """May the role allow the action?"""
        bit, byte = role.bit, role.byte
        if byte >= len(self.always):
            return False  # the role came after the row
        return bool(self.always[byte] & bit or (self.named is not None and self.named[byte] & bit))


Key = tuple[str, str, str, str]
"""Verb, API group, resource, subresource."""


class _Action(NamedTuple):
    key: Key
    resources: tuple[str, ...]
    """The names by which rules may speak of the resource, in the order in which they are asked."""


class Rows:
    """The rows asked for so far, and the bound roles that they are made of.

    Who calls `publish` or `make` holds the lock of the index. Readers take none: ``revision`` is odd while there is a
    change, and they look again if it was, or is another than before.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.by_action: dict[Key, Row] = {}
        self._texts: dict[str, str] = {}
        self._roles: dict[str, set[Role]] = {}
        self._actions: dict[str, list[_Action]] = {}
        self._bytes = 8
        self._used = 0
        self._free: list[int] = []

    def publish(self, role: Role, rules: RulesByResource) -> None:
        """Make ``rules`` those of a role; none if it is missing or not bound."""
        old = role.published
        if old is rules or not (old or rules):
            return
        self.revision += 1
        role.published = rules
        if not old:
            self._give_place(role)
        for resource in rules:
            self._roles.setdefault(resource, set()).add(role)
        for resource in old:
            if resource not in rules:
                roles = self._roles[resource]
                roles.discard(role)
                if not roles:
                    del self._roles[resource]
        for resource in {**old, **rules} if self.by_action else ():
            for action in self._actions.get(resource, ()):
                row = self.by_action[action.key]
                # Most rules of a resource are for other verbs or groups.
                if row.covers(role) or _first(rules, action) is not None:
                    always, named = bytearray(row.always), bytearray(row.named or self._bytes)
                    self.by_action[action.key] = _row(always, named, (role,), action)
        if not rules:
            self._free.append(role.byte << 3 | role.bit.bit_length() - 1)
            role.bit = 0
        self.revision += 1

    def make(self, attributes: Attributes) -> Row:
        """The row of an action, which was not asked for yet."""
        if len(self.by_action) >= MOST_ROWS:
            self._forget()
        resource, subresource = attributes.resource, attributes.subresource
        key = self._text(attributes.verb), self._text(attributes.group), self._text(resource), self._text(subresource)
        found = self.by_action.get(key)
        if found is not None:
            return found  # made while this waited for the lock
        names = resource_keys(f"{resource}/{subresource}" if subresource else resource, subresource)
        action = _Action(key, names)
        roles = {role for name in names for role in self._roles.get(name, ())}
        row = self.by_action[key] = _row(bytearray(self._bytes), bytearray(self._bytes), roles, action)
        for name in names:
            self._actions.setdefault(name, []).append(action)
        return row

    def _text(self, text: str) -> str:
        """One for all actions: each was read as a text of its own, and those in use are at hand."""
        return self._texts.setdefault(text, text)

    def _give_place(self, role: Role) -> None:
        number = self._free.pop() if self._free else self._used
        self._used = max(self._used, number + 1)
        if number >= self._bytes * 8:
            self._bytes *= 2
            self._forget()
        # A reader takes the bit first: what it finds is no other role's.
        role.byte, role.bit = number >> 3, 1 << (number & 7)

    def _forget(self) -> None:
        self.by_action, self._actions, self._texts = {}, {}, {}


def _row(always: bytearray, named: bytearray, roles: set[Role] | tuple[Role, ...], action: _Action) -> Row:
    """The row with the bits of these roles set anew."""
    for role in roles:
        byte, bit = role.byte, role.bit
        always[byte] &= ~bit
        named[byte] &= ~bit
        rule = _first(role.published, action)
        if rule is not None:
            (always if rule.names is None else named)[byte] |= bit
    return Row(bytes(always), bytes(named) if any(named) else None)


def _first(rules: RulesByResource, action: _Action) -> Rule | None:
    """The first rule for the action, whatever objects it names."""
    verb, group = action.key[:2]
    for resource in action.resources:
        for rule in rules.get(resource, ()):
            if (rule.verbs is None or verb in rule.verbs) and (rule.groups is None or group in rule.groups):
                return rule
    return None


def first_rule(rules: RulesByResource, attributes: Attributes) -> Rule | None:
    """The first of a role's rules that allows a request for a resource."""
    resource, subresource = attributes.resource, attributes.subresource
    for name in resource_keys(f"{resource}/{subresource}" if subresource else resource, subresource):
        for rule in rules.get(name, ()):
            if rule.allows_resource(attributes.verb, attributes.group, attributes.name):
                return rule
    return None
