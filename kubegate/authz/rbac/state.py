"""The roles and bindings that there are, indexed scope -> subject -> roles, kept up to date object by object.

Reading takes no lock: what a reader holds is replaced, never changed. Changes are serialised by a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from kubegate.api.names import Object, name_of, namespace_of
from kubegate.authz.interface import Locate, nowhere
from kubegate.authz.rbac.bindings import Binding, Key, Role, RoleId, role_of
from kubegate.authz.rbac.holders import Holders
from kubegate.authz.rbac.rows import Rows

KINDS = ("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")


class RbacState:
    """Feed it with `upsert` and `remove`."""

    def __init__(self, objects: Iterable[Object] = (), *, locate: Locate = nowhere) -> None:
        self._holders = Holders()
        self._roles: dict[RoleId, Role] = {}
        self._bindings: dict[tuple[str, str], Binding] = {}
        self._rows = Rows()
        self._dangling: dict[RoleId, Role] = {}
        self._in_vain: frozenset[str] | None = None
        self._revision = 0
        self._locate = locate
        self._lock = threading.RLock()
        for obj in objects:
            self.upsert(obj)

    def upsert(self, obj: Object) -> None:
        """Take a role or binding in, or a new version of it; objects of other kinds are left alone.

        The object must not be changed afterwards.
        """
        kind, api_version = obj.get("kind"), obj.get("apiVersion")
        if api_version and not str(api_version).startswith("rbac.authorization.k8s.io/"):
            return  # a kind of the same name of somebody else
        with self._lock:
            if kind in ("ClusterRole", "Role"):
                identity = RoleId(kind, namespace_of(obj) if kind == "Role" else "", name_of(obj))
                self._set_role(identity, obj)
            elif kind in ("ClusterRoleBinding", "RoleBinding"):
                self._set_binding(obj)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget a role or binding; unknown ones are no error."""
        with self._lock:
            if kind in ("ClusterRole", "Role"):
                self._set_role(RoleId(kind, namespace if kind == "Role" else "", name), None)
            elif kind in ("ClusterRoleBinding", "RoleBinding"):
                binding = self._bindings.pop((namespace if kind == "RoleBinding" else "", name), None)
                if binding is not None:
                    self._unlink(binding, frozenset(binding.keys))

    def _set_role(self, identity: RoleId, obj: Object | None) -> None:
        role = self._roles.get(identity)
        if role is None:
            if obj is None:
                return
            role = self._roles[identity] = Role(identity)
        # Counted before and after: what is merged meanwhile is merged again.
        self._revision += 1
        role.set_object(obj)
        self._settle(role)
        self._revision += 1

    def _settle(self, role: Role) -> None:
        """Show the rules of roles that are bound, keep the set of references to missing roles right, and forget roles that
        nobody knows of any more."""
        self._rows.publish(role, role.table.resources if role.table and role.bindings else {})
        if role.table is None and role.bindings:
            self._dangling[role.id] = role
            self._in_vain = None
        else:
            if self._dangling.pop(role.id, None):
                self._in_vain = None
            if role.table is None:
                self._roles.pop(role.id, None)

    def named_in_vain(self) -> frozenset[str]:
        """The names of the users and groups of bindings to roles that are missing."""
        names = self._in_vain
        if names is None:
            with self._lock:
                bindings = (binding for role in self._dangling.values() for binding in role.bindings.values())
                names = self._in_vain = frozenset(key.name for binding in bindings for key in binding.keys if key)
        return names

    def _set_binding(self, obj: Object) -> None:
        identity = role_of(obj)
        role = self._roles.get(identity)
        if role is None:
            role = self._roles[identity] = Role(identity)
        binding = Binding(obj, role)
        old = self._bindings.get(binding.id)
        self._bindings[binding.id] = role.bindings[binding.id] = binding
        self._settle(role)
        for key in set(binding.keys):
            if key is not None:
                self._holders.add(key, binding)
        # The new is in before the old goes: a subject of both is never without.
        if old is not None:
            self._unlink(old, frozenset(old.keys) - frozenset(binding.keys))

    def _unlink(self, binding: Binding, keys: frozenset[Key | None]) -> None:
        if binding.role.bindings.get(binding.id) is binding:
            del binding.role.bindings[binding.id]
        self._settle(binding.role)
        for key in keys:
            if key is not None:
                self._holders.remove(key, binding)
