"""Who holds something, scope by scope: users and groups by name, in one table for each scope.

A decision looks into two tables, the cluster's and its namespace's, for the user and for each group. A namespace's table is
small: most names have nothing there, and to see that costs a look at memory that is near already.
"""

from __future__ import annotations

from typing import Any

from kubegate.authz.rbac.bindings import Binding, Key
from kubegate.authz.rbac.holding import Holding, with_binding, without


class Namesakes:
    """What a user and a group of the same name hold."""

    __slots__ = ("group", "user")
    of_group = None

    def __init__(self, user: Holding, group: Holding) -> None:
        self.user = user
        self.group = group


Entry = Holding | Namesakes


def _table() -> dict[Any, Any]:
    """An empty dictionary for cold memory.

    One that has seen another key than a text compares hashes in itself (CPython), where one of texts alone reads each text
    that it meets on its way; texts of 100,000 bindings are not in the processor's cache.
    """
    table: dict[Any, Any] = {None: None}
    del table[None]
    return table


class Holders:
    """The tables by namespace; "" is the cluster's. What stands in them is replaced, never changed: readers take no lock."""

    def __init__(self) -> None:
        self.cluster: dict[str, Entry] = _table()
        self.scopes: dict[str, dict[str, Entry]] = _table()
        self.scopes[""] = self.cluster

    def user(self, namespace: str, name: str) -> Holding | None:
        """What the user of that name holds in a scope."""
        entry = self.scopes[namespace].get(name) if namespace in self.scopes else None
        if isinstance(entry, Namesakes):
            return entry.user
        return None if entry is None or entry.of_group else entry

    def group(self, namespace: str, name: str) -> Holding | None:
        """What the group of that name holds in a scope."""
        entry = self.scopes[namespace].get(name) if namespace in self.scopes else None
        if isinstance(entry, Namesakes):
            return entry.group
        return entry if entry is not None and entry.of_group else None

    def add(self, key: Key, binding: Binding) -> None:
        """A binding that names the subject, new or in place of one of its name."""
        scope, name = binding.namespace, key.name
        user, group = self.user(scope, name), self.group(scope, name)
        if key.is_group:
            group = with_binding(group, True, binding)
        else:
            user = with_binding(user, False, binding)
        self._put(scope, name, user, group)

    def remove(self, key: Key, binding: Binding) -> None:
        """A binding that no longer names the subject."""
        scope, name = binding.namespace, key.name
        user, group = self.user(scope, name), self.group(scope, name)
        if key.is_group:
            group = without(group, binding) if group else None
        else:
            user = without(user, binding) if user else None
        self._put(scope, name, user, group)

    def _put(self, scope: str, name: str, user: Holding | None, group: Holding | None) -> None:
        entry = Namesakes(user, group) if user and group else user or group
        table = self.scopes.get(scope)
        if entry is not None:
            if table is None:
                table = self.scopes[scope] = _table()
            table[name] = entry
        elif table is not None:
            table.pop(name, None)
            if not table and scope:
                del self.scopes[scope]
