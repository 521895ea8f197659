"""What kind of authorizer a member of a chain is, told by its name.

What some need takes long to import, and who asks here must not import it. It is there already if there is such a member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from kubegate.authz.abac.authorizer import AbacAuthorizer
    from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
    from kubegate.authz.webhook.authorizer import WebhookAuthorizer


def is_webhook(member: object) -> TypeGuard[WebhookAuthorizer]:
    """Does it ask another service?"""
    return type(member).__name__ == "WebhookAuthorizer"


def is_access(member: object) -> TypeGuard[AccessPolicyAuthorizer]:
    """Does it decide by AccessPolicies?"""
    return type(member).__name__ == "AccessPolicyAuthorizer"


def is_abac(member: object) -> TypeGuard[AbacAuthorizer]:
    """Does it decide by the lines of a file?"""
    return type(member).__name__ == "AbacAuthorizer"
