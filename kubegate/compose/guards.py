"""Rules about who may write which object, beyond authorization: RBAC's escalation prevention."""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.api.names import Object
from kubegate.api.status import Status
from kubegate.apiserver.rest.parts import Call, Guard
from kubegate.authz import escalation
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.compose.indexes import RBAC_RESOURCES


def guards(resolver: escalation.RuleResolver, authorizer: Authorizer) -> Mapping[str, Guard]:
    """By storage resource."""

    def prevent_escalation(call: Call, obj: Object, old: Object | None) -> Status | None:
        gvr = call.resource.gvr
        attributes = Attributes(
            user=call.user,
            verb="create" if old is None else "update",
            group=gvr.group,
            version=gvr.version,
            resource=gvr.resource,
            namespace=call.namespace,
            name=call.name,
        )
        return escalation.check(attributes, obj, old, resolver, authorizer)

    return dict.fromkeys(RBAC_RESOURCES, prevent_escalation)
