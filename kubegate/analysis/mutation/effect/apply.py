"""An RBAC mutant put into an index and taken out again; nothing is built anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kubegate.analysis.coverage.items import BINDINGS, RBAC, ROLES
from kubegate.analysis.diff.permissions import implied_groups
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.api.names import Object, labels_of, name_of, namespace_of
from kubegate.authz.rbac.aggregation import aggregate
from kubegate.authz.rbac.bindings import Key, RoleId, role_of, subject_key
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.state import ClusterState
from kubegate.selectors.label_selector import from_object

Change = tuple[Object, Object]
"""(what it was, what it is)"""


def changes_of(state: ClusterState, mutant: Mutant) -> list[Change]:
    """The change of an RBAC mutant, and what it makes of the roles that are aggregated from the changed one."""
    assert mutant.mutated is not None, "mutants of RBAC change objects, they do not remove them"
    changes: list[Change] = [(mutant.target, mutant.mutated)]
    if mutant.target.get("kind") != "ClusterRole" or not labels_of(mutant.target):
        return changes
    roles = state.of_kind(RBAC, "ClusterRole")
    mutated = [mutant.mutated if role is mutant.target else role for role in roles]
    settled = aggregate(mutated, lambda selector, labels: from_object(selector).matches(labels))
    for role in roles:
        rules = settled.get(name_of(role))
        if rules is not None and rules != role.get("rules"):
            changes.append((role, {**role, "rules": rules}))
    return changes


@contextmanager
def applied(rbac: RbacAuthorizer, changes: list[Change]) -> Iterator[None]:
    """While it lasts, the index is that of the mutant."""
    _put(rbac, changes)
    try:
        yield
    finally:
        _put(rbac, [(new, old) for old, new in reversed(changes)])


def _put(rbac: RbacAuthorizer, changes: list[Change]) -> None:
    for old, new in changes:
        if _identity(old) != _identity(new):
            rbac.remove(*_identity(old))
        rbac.upsert(new)


def _identity(obj: Object) -> tuple[str, str, str]:
    return str(obj.get("kind")), namespace_of(obj), name_of(obj)


def concerned(state: ClusterState, changes: list[Change]) -> tuple[list[Object], list[Object]]:
    """The RBAC objects before and after the changes, as far as they count for the subjects whose access may differ."""
    new = {id(old): changed for old, changed in changes}
    before = state.of_kind(RBAC, *BINDINGS, *ROLES)
    after = [new.get(id(obj), obj) for obj in before]
    ids = {id(obj) for change in changes for obj in change}
    roles = {_role_id(old) for old, _ in changes if old.get("kind") in ROLES}
    bindings = [obj for obj in (*before, *after) if obj.get("kind") in BINDINGS]
    keys = {key for obj in bindings if id(obj) in ids or role_of(obj) in roles for key in _keys(obj)}
    keys |= {group for key in keys for group in implied_groups(key)}
    kept = {id(obj) for obj in bindings if keys & _keys(obj)}
    needed = {role_of(obj) for obj in bindings if id(obj) in kept}

    def counts(obj: Object) -> bool:
        return _role_id(obj) in needed if obj.get("kind") in ROLES else id(obj) in kept

    return list(filter(counts, before)), list(filter(counts, after))


def _role_id(obj: Object) -> RoleId:
    return RoleId(str(obj.get("kind")), namespace_of(obj) if obj.get("kind") == "Role" else "", name_of(obj))


def _keys(binding: Object) -> set[Key]:
    namespace = namespace_of(binding) if binding.get("kind") == "RoleBinding" else ""
    keys = (subject_key(subject, namespace) for subject in binding.get("subjects") or [])
    return {key for key in keys if key is not None}
