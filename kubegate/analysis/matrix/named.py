"""Which resources the rules of a subject name at all: most columns of a matrix of every resource need not be asked about."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.analysis.requests import Question
from kubegate.api.user import MASTERS, NODES, User
from kubegate.authz.always import AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer

_SILENT = (PrivilegedGroups, NodeAuthorizer, AlwaysDeny)
"""Authorizers that allow nothing to users outside of `_PRIVILEGED`."""

_PRIVILEGED = frozenset({MASTERS, NODES})


def resources_named(chain: Chain, user: User, namespaces: Sequence[str]) -> frozenset[str] | None:
    """The texts under ``resources`` of all rules that apply to a user in the cluster's scope or one of the namespaces; None
    if something else than rules may allow."""
    roles = [member for member in chain.members if isinstance(member, RbacAuthorizer)]
    if len(roles) + sum(isinstance(member, _SILENT) for member in chain.members) < len(chain.members):
        return None
    if not _PRIVILEGED.isdisjoint(user.groups):
        return None
    return frozenset(
        name
        for rbac in roles
        for namespace in ("", *namespaces)
        for rule, _ in rbac.granted_rules(user, namespace)
        for name in rule.source.get("resources") or ()
    )


def may_be_named(question: Question, named: frozenset[str]) -> bool:
    """Can one of these texts mean what is asked about?"""
    if not question.is_resource or "*" in named:
        return True
    if not question.subresource:
        return question.resource in named
    return f"{question.resource}/{question.subresource}" in named or f"*/{question.subresource}" in named
