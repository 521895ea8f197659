"""What a user could possibly be allowed in one place, so that the rest need not be asked about one by one."""

from __future__ import annotations

from collections.abc import Callable

from kubegate.analysis.requests import Question
from kubegate.api.user import MASTERS, NODES, User
from kubegate.authz.chain import Chain
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer

ANY = "*"


def reach(chain: Chain, rbac: RbacAuthorizer, user: User, namespace: str) -> Callable[[Question], bool]:
    """False for questions about resources that no rule the user holds in the namespace ("": anywhere) is about. Where
    another authorizer than RBAC may have an opinion on the user, everything is possible."""
    others = [member for member in chain.members if member is not rbac]
    known = all(isinstance(member, NodeAuthorizer | PrivilegedGroups) for member in others)
    if not known or {MASTERS, NODES} & set(user.groups):
        return _everything
    # Questions about cluster-scoped resources are asked outside namespaces, where fewer rules apply.
    held = [rule for rule in rbac.held_rules(user, namespace) if rule.get("resources")]
    pairs = {(group, resource) for rule in held for group in rule.get("apiGroups") or () for resource in rule["resources"]}

    def possible(question: Question) -> bool:
        names = [question.resource, ANY]
        if question.subresource:
            names = [f"{question.resource}/{question.subresource}", f"{ANY}/{question.subresource}", ANY]
        return any((group, name) in pairs for group in (question.group, ANY) for name in names)

    return possible


def _everything(question: Question) -> bool:
    return True
