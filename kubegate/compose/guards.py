"""Rules about who may write which object, beyond authorization: whoever writes what decides must hold, or may hand out,
what it grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kubegate.api.field_errors import FieldError
from kubegate.api.names import Object, name_of
from kubegate.api.status import Status, forbidden, invalid
from kubegate.api.user import MASTERS
from kubegate.apiserver.rest.parts import Call, Guard
from kubegate.authz import escalation
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.index import RESOURCE
from kubegate.authz.access.model import GROUP, KIND
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Attributes
from kubegate.compose.indexes import RBAC_RESOURCES
from kubegate.errors import InvalidInput

_NO_ESCALATION = (
    "who writes AccessPolicies decides what everybody may do: this needs the verb escalate on accesspolicies in API group "
    + GROUP
)


def guards(resolver: escalation.RuleResolver, authorizer: Chain) -> Mapping[str, Guard]:
    """By storage resource."""

    def prevent_escalation(call: Call, obj: Object, old: Object | None) -> Status | None:
        return escalation.check(_attributes(call, old), obj, old, resolver, authorizer)

    found: dict[str, Guard] = dict.fromkeys(RBAC_RESOURCES, prevent_escalation)
    for member in authorizer.members:
        if isinstance(member, AccessPolicyAuthorizer):
            found[RESOURCE] = _of_access_policies(member, authorizer)
    return found


def _of_access_policies(policies: AccessPolicyAuthorizer, authorizer: Chain) -> Guard:
    def protect(call: Call, obj: Object, old: Object | None) -> Status | None:
        """Only who may ``escalate`` them, and only what can be taken in."""
        asked = replace(_attributes(call, old), verb="escalate")
        if MASTERS not in call.user.groups and not authorizer.authorize(asked).allowed:
            return forbidden(GROUP, "accesspolicies", name_of(obj), _NO_ESCALATION)
        try:
            policies.check(obj)
        except InvalidInput as error:
            return invalid(GROUP, KIND, name_of(obj), [FieldError("FieldValueInvalid", "spec", error.message)])
        return None

    return protect


def _attributes(call: Call, old: Object | None) -> Attributes:
    gvr = call.resource.gvr
    return Attributes(
        user=call.user,
        verb="create" if old is None else "update",
        group=gvr.group,
        version=gvr.version,
        resource=gvr.resource,
        namespace=call.namespace,
        name=call.name,
    )
