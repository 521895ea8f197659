"""The subjects that authorizers other than RBAC name: rows of the access matrix besides those of bindings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubegate.analysis.matrix.subjects import EVERYWHERE, Who
from kubegate.api.user import split_service_account
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Authorizer
from kubegate.authz.kinds import is_abac, is_access

if TYPE_CHECKING:
    from kubegate.authz.abac.authorizer import AbacAuthorizer
    from kubegate.authz.access.authorizer import AccessPolicyAuthorizer


def named_elsewhere(chain: Chain) -> dict[Who, set[str]]:
    """The subjects of ABAC lines and AccessPolicies with the scopes that are named for them. Names may be patterns of
    AccessPolicies, which stand for no single user: `is_pattern` tells."""
    found: dict[Who, set[str]] = {}
    for member in chain.members:
        for who, scope in _of(member):
            found.setdefault(who, set()).add(scope)
    return found


def is_pattern(who: Who) -> bool:
    """Does it stand for many?"""
    return "*" in who.name + who.namespace


def _of(member: Authorizer) -> Iterator[tuple[Who, str]]:
    if is_abac(member):
        yield from _of_abac(member)
    elif is_access(member):
        yield from _of_access(member)


def _of_abac(member: AbacAuthorizer) -> Iterator[tuple[Who, str]]:
    for policy in member.policies:
        scope = policy.namespace or EVERYWHERE
        account = split_service_account(policy.user)
        if account:
            yield Who("ServiceAccount", *account), scope
        elif policy.user:
            yield Who("User", "", policy.user), scope
        elif policy.group:
            yield Who("Group", "", policy.group), scope


def _of_access(member: AccessPolicyAuthorizer) -> Iterator[tuple[Who, str]]:
    for policy in member.policies:
        scopes = [name for name in policy.spec.namespaces if "*" not in name] or [EVERYWHERE]
        for subject in policy.spec.subjects:
            for scope in scopes:
                yield Who(subject.kind, subject.namespace, subject.name), scope
