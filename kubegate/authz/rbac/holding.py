"""What one subject is granted in one scope (the cluster, or a namespace).

Few roles are looked at one by one; many are merged, so that a subject with a thousand bindings in one scope is decided as
quickly as one with a single binding.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from kubegate.authz.interface import Attributes, Verdict
from kubegate.authz.rbac.bindings import Binding, Role
from kubegate.authz.rbac.merged import Hit, Merged
from kubegate.authz.rbac.rows import MOST_ROWS, Row, first_rule

MERGE_ABOVE = 3
"""More distinct roles than this in one scope are merged."""

MOST_VERDICTS = 64
"""More than these are not remembered: roles may have changed often."""

_NOTHING: Mapping[Row, Verdict] = {}
_NONE: frozenset[Row] = frozenset()


class Holding:
    """The bindings of a user, or of a group, in a scope, ordered by name; never changed, but replaced.

    Most subjects have one binding in a scope, and its role stands here. This object must stay small, and what decides most
    requests stand in it: each line of memory that is not at hand costs as much as ten steps.

    Verdicts are remembered by action, where they depend on neither the object's name nor who else is named: making one
    costs more than deciding. A row is replaced with the rules that it is made of, so that no verdict outlives its rule. The
    verdict of the first action that was allowed, ``row``, is ``allowed``; of most subjects no more is asked for.
    """

    __slots__ = ("allowed", "bindings", "others", "refused", "role", "row")

    def __init__(self, bindings: tuple[Binding, ...]) -> None:
        self.bindings = bindings
        self.role: Role | None = bindings[0].role if len(bindings) == 1 else None
        self.row: Row | None = None
        self.allowed: Verdict | None = None
        self.others = _NOTHING
        self.refused: set[Row] | frozenset[Row] = _NONE

    def remember(self, row: Row, verdict: Verdict) -> None:
        """Keep a verdict; who calls this holds the lock of the index. Those of rows that are no more are never asked for."""
        if self.row is None:
            # In this order, and once: who reads takes no lock, and looks at the row first.
            self.allowed = verdict
            self.row = row
        else:
            self.others = {**(self.others if len(self.others) < MOST_VERDICTS else _NOTHING), row: verdict}

    @property
    def grants(self) -> tuple[tuple[Role, Binding], ...]:
        """Each role with its first binding."""
        binding = self.bindings[0]
        return ((binding.role, binding),)

    def may_allow(self, row: Row) -> bool:
        """False if no role allows the action; many roles are not looked at one by one: they may.

        Who calls this holds the lock of the index, so that a refusal can be remembered: a row is replaced when a role begins
        to allow its action. What nobody in a group may do is asked about with every request of everybody in it.
        """
        grants = self.grants
        if len(grants) > MERGE_ABOVE or any(row.covers(role) for role, _ in grants):
            return True
        if isinstance(self.refused, set) and len(self.refused) < MOST_ROWS:
            self.refused.add(row)
        else:
            self.refused = {row}
        return False

    def find_resource(self, attributes: Attributes, revision: int) -> Hit | None:
        """The first rule that allows, and its binding; ``revision`` is that of all roles."""
        for role, binding in self.grants:
            rule = first_rule(role.published, attributes)
            if rule is not None:
                return rule, binding
        return None

    def find_path(self, verb: str, path: str, revision: int) -> Hit | None:
        """The same of a non-resource request."""
        for role, binding in self.grants:
            if role.table is not None:
                for rule in role.table.for_path(path):
                    if rule.allows_verb(verb):
                        return rule, binding
        return None

    def missing(self) -> list[str]:
        """What bindings refer to in vain."""
        return [role.id.missing() for role, _ in self.grants if role.table is None]


class Several(Holding):
    """More than one binding; of several to the same role the first counts."""

    __slots__ = ("_grants", "_merged")

    def __init__(self, bindings: tuple[Binding, ...]) -> None:
        super().__init__(bindings)
        self._grants: tuple[tuple[Role, Binding], ...] = ()
        self._merged: Merged | None = None

    @property
    def grants(self) -> tuple[tuple[Role, Binding], ...]:
        """Found out when first asked, so that loading many bindings stays quick."""
        if not self._grants:
            by_role: dict[Role, Binding] = {}
            for binding in self.bindings:
                by_role.setdefault(binding.role, binding)
            self._grants = tuple(by_role.items())
        return self._grants

    def find_resource(self, attributes: Attributes, revision: int) -> Hit | None:
        """The first rule that allows, and its binding; ``revision`` is that of all roles."""
        if len(self.grants) > MERGE_ABOVE:
            return self._merge(revision).find_resource(attributes)
        return super().find_resource(attributes, revision)

    def find_path(self, verb: str, path: str, revision: int) -> Hit | None:
        """The same of a non-resource request."""
        if len(self.grants) > MERGE_ABOVE:
            return self._merge(revision).find_path(verb, path)
        return super().find_path(verb, path, revision)

    def _merge(self, revision: int) -> Merged:
        merged = self._merged
        if merged is None or merged.revision != revision:
            merged = self._merged = Merged(self.grants, revision)
        return merged


def with_binding(old: Holding | None, binding: Binding) -> Holding:
    """What is held with one binding more, or with it in place of the one of its name."""
    if old is None:
        return Holding((binding,))
    held = old.bindings
    at = bisect_left(held, binding.name, key=_by_name)
    after = at + 1 if at < len(held) and held[at].name == binding.name else at
    return _holding((*held[:at], binding, *held[after:]))


def without(old: Holding, binding: Binding) -> Holding | None:
    """What is held without the binding of that name; None if it was the last."""
    left = tuple(other for other in old.bindings if other.name != binding.name)
    return _holding(left) if left else None


def _holding(bindings: tuple[Binding, ...]) -> Holding:
    return Holding(bindings) if len(bindings) == 1 else Several(bindings)


def _by_name(binding: Binding) -> str:
    return binding.name
