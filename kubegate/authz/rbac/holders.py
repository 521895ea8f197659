"""Who holds something: users and groups by name, in the cluster and in namespaces.

What a decision among many bindings spends its time on is waiting for memory that nobody has asked for in a while. So a user
is found in a namespace with one look into one table, and a group about which no binding says anything with one look for both
scopes: most of a user's groups are of that kind.
"""

from __future__ import annotations

from typing import Any

from kubegate.authz.rbac.bindings import Binding, Key
from kubegate.authz.rbac.holding import Holding, with_binding, without


def _table() -> dict[Any, Any]:
    """An empty dictionary for cold memory.

    One that has seen another key than a text compares hashes in itself (CPython), where one of texts alone reads each text
    that it meets on its way; texts of 100,000 bindings are not in the processor's cache.
    """
    table: dict[Any, Any] = {None: None}
    del table[None]
    return table


class GroupHoldings:
    """What a group holds: in the cluster, and by namespace; None is nothing."""

    __slots__ = ("cluster", "namespaces")

    def __init__(self) -> None:
        self.cluster: Holding | None = None
        self.namespaces: dict[str, Holding] | None = None


class Holders:
    """The tables, ready to be read without a lock: what stands in them is replaced, never changed, but for the parts of
    `GroupHoldings`, which are read one at a time.

    ``users`` are found by namespace and name with a NUL between them; ``odd`` has those of which one contains a NUL itself,
    so that nobody is taken for somebody else.
    """

    def __init__(self) -> None:
        self.cluster_users: dict[str, Holding] = _table()
        self.users: dict[str, Holding] = _table()
        self.groups: dict[str, GroupHoldings] = _table()
        self.odd: dict[tuple[str, str], Holding] = {}

    def user(self, namespace: str, name: str) -> Holding | None:
        """What the user of that name holds in a scope."""
        if not namespace:
            return self.cluster_users.get(name)
        return self.users.get(f"{namespace}\0{name}") or self.odd.get((namespace, name))

    def group(self, namespace: str, name: str) -> Holding | None:
        """What the group of that name holds in a scope."""
        held = self.groups.get(name)
        if held is None:
            return None
        if not namespace:
            return held.cluster
        return held.namespaces.get(namespace) if held.namespaces else None

    def add(self, key: Key, binding: Binding) -> None:
        """A binding that names the subject, new or in place of one of its name."""
        scope, name = binding.namespace, key.name
        if key.is_group:
            self._put_group(scope, name, with_binding(self.group(scope, name), binding))
        else:
            self._put_user(scope, name, with_binding(self.user(scope, name), binding))

    def remove(self, key: Key, binding: Binding) -> None:
        """A binding that no longer names the subject."""
        scope, name = binding.namespace, key.name
        held = self.group(scope, name) if key.is_group else self.user(scope, name)
        if held is not None:
            put = self._put_group if key.is_group else self._put_user
            put(scope, name, without(held, binding))

    def _put_user(self, scope: str, name: str, holding: Holding | None) -> None:
        if not scope:
            _put(self.cluster_users, name, holding)
        elif "\0" in scope or "\0" in name:
            _put(self.odd, (scope, name), holding)
        else:
            _put(self.users, f"{scope}\0{name}", holding)

    def _put_group(self, scope: str, name: str, holding: Holding | None) -> None:
        held = self.groups.get(name) or GroupHoldings()
        if not scope:
            held.cluster = holding
        else:
            namespaces = {} if held.namespaces is None else held.namespaces
            _put(namespaces, scope, holding)
            held.namespaces = namespaces or None
        _put(self.groups, name, held if held.cluster or held.namespaces else None)


def _put(table: dict[Any, Any], key: object, value: object | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
