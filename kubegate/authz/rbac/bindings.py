"""Bindings and the subjects they name.

Source: kubernetes ``pkg/registry/rbac/validation/rule.go`` (``appliesTo``, the describers of the reason).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from kubegate.api.go import quote
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import User, service_account_name
from kubegate.authz.interface import Verdict
from kubegate.authz.rbac.rules import RoleTable, Rule

USER, GROUP, SERVICE_ACCOUNT = "User", "Group", "ServiceAccount"


_NOTHING: Mapping[str, tuple[Rule, ...]] = {}


class Key(NamedTuple):
    """Whom a subject means: a user by name (service accounts too), or everybody in a group."""

    is_group: bool
    name: str


class RoleId(NamedTuple):
    """A Role (namespace set) or a ClusterRole; ``kind`` is kept, for references to kinds that do not exist."""

    kind: str
    namespace: str
    name: str

    def missing(self) -> str:
        """What is wrong with a reference to a role that is not there."""
        if self.kind not in ("Role", "ClusterRole"):
            return f"unsupported role reference kind: {quote(self.kind)}"
        return f"{self.kind.lower()}.rbac.authorization.k8s.io {quote(self.name)} not found"


class Role:
    """A role as bindings see it: it may be missing (``table`` is None), and come or go while they stay."""

    __slots__ = ("bindings", "bit", "byte", "id", "object", "published", "table")

    def __init__(self, identity: RoleId) -> None:
        self.id = identity
        self.table: RoleTable | None = None
        # Kept by `Rows`: the rules that it knows of, and the place of this role's bit in every row (0: it has none).
        self.published: Mapping[str, tuple[Rule, ...]] = _NOTHING
        self.byte = self.bit = 0
        self.object: Object | None = None
        self.bindings: dict[tuple[str, str], Binding] = {}

    def set_object(self, obj: Object | None) -> None:
        """The role in a new version, or no more."""
        self.object = obj
        self.table = RoleTable(obj.get("rules") or ()) if obj is not None else None
        for binding in self.bindings.values():
            binding.verdicts = None


class Binding:
    """A RoleBinding (namespace set) or ClusterRoleBinding (namespace empty)."""

    __slots__ = ("_positions", "keys", "name", "namespace", "object", "role", "verdicts")

    def __init__(self, obj: Object, role: Role) -> None:
        self.object = obj
        self.name = name_of(obj)
        # One text for all bindings of a namespace: each was read as a text of its own.
        self.namespace = sys.intern(str(namespace_of(obj))) if obj.get("kind") == "RoleBinding" else ""
        self.role = role
        self.keys = tuple(subject_key(subject, self.namespace) for subject in self.subjects)
        # Verdicts by rule and position of the subject: making one costs more than deciding.
        self.verdicts: dict[tuple[Rule, int], Verdict] | None = None
        self._positions: dict[Key, int] = {}

    @property
    def id(self) -> tuple[str, str]:
        return self.namespace, self.name

    @property
    def kind(self) -> str:
        return "RoleBinding" if self.namespace else "ClusterRoleBinding"

    @property
    def subjects(self) -> list[dict[str, Any]]:
        return self.object.get("subjects") or []

    def names(self, user: User) -> bool:
        """Is the user one of the subjects, or in one of the groups among them?"""
        return any(
            key is not None and (key.name in user.groups if key.is_group else key.name == user.name) for key in self.keys
        )

    def first_subject(self, user: User) -> int:
        """The position of the first subject that is the user: the one that the reason names."""
        if not self._positions:
            positions: dict[Key, int] = {}
            for position, key in enumerate(self.keys):
                if key is not None:
                    positions.setdefault(key, position)
            self._positions = positions
        positions = self._positions
        found = [positions.get(Key(True, group)) for group in user.groups]
        found.append(positions.get(Key(False, user.name)))
        return min(position for position in found if position is not None)

    def describe(self, position: int) -> str:
        """``RoleBinding "b/ns" of ClusterRole "view" to User "u"``, for the subject at ``position``."""
        full = f"{self.name}/{self.namespace}" if self.namespace else self.name
        role = self.role.id
        subject = describe_subject(self.subjects[position], self.namespace)
        return f"{self.kind} {quote(full)} of {role.kind} {quote(role.name)} to {subject}"


def role_of(obj: Object) -> RoleId:
    """Which role a binding refers to; a RoleBinding's Role is one of its own namespace."""
    ref: Mapping[str, Any] = obj.get("roleRef") or {}
    kind = str(ref.get("kind") or "")
    namespace = namespace_of(obj) if kind == "Role" and obj.get("kind") == "RoleBinding" else ""
    return RoleId(kind, namespace, str(ref.get("name") or ""))


def subject_key(subject: Mapping[str, Any], namespace: str) -> Key | None:
    """Whom the subject means; None if nobody. A ServiceAccount without namespace is one of the binding's."""
    kind, name = subject.get("kind"), str(subject.get("name") or "")
    if kind == USER:
        return Key(False, sys.intern(name))
    if kind == GROUP:
        return Key(True, sys.intern(name))
    if kind == SERVICE_ACCOUNT:
        own = str(subject.get("namespace") or namespace)
        return Key(False, sys.intern(service_account_name(own, name))) if own else None
    return None


def describe_subject(subject: Mapping[str, Any], namespace: str) -> str:
    """``User "u"``, ``Group "g"``, ``ServiceAccount "name/namespace"``."""
    name = str(subject.get("name") or "")
    if subject.get("kind") == SERVICE_ACCOUNT:
        name = f"{name}/{subject.get('namespace') or namespace}"
    return f"{subject.get('kind')} {quote(name)}"
