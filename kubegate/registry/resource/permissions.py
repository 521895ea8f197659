"""Who changes the status of a claim needs more than ``resourceclaims/status``, each part of it a right of its own.

``resourceclaims/binding`` (in all namespaces) for the allocation and the users, ``resourceclaims/driver`` by the name of
each driver whose devices are reported on: with the verb ``associated-node:VERB`` for service accounts on the node of the
allocation, ``arbitrary-node:VERB`` for everybody.
Source: kubernetes ``pkg/registry/resource/utils.go`` (KEP-4817).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kubegate.api.domain_path import is_subdomain
from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.names import Object
from kubegate.api.user import NODE_NAME, User, split_service_account
from kubegate.authz import refusals
from kubegate.authz.interface import Attributes
from kubegate.registry.interface import WriteContext

GATE = "DRAResourceClaimGranularStatusAuthorization"
"""The feature gate (on by default)."""


def check_status(claim: Object, old: Object, context: WriteContext) -> list[FieldError]:
    """What the writer of the status may not change."""
    request = context.request
    if request is None or context.authorizer is None or not context.gates.get(GATE, True):
        return []
    status, before = claim.get("status") or {}, old.get("status") or {}
    return [*_check_binding(status, before, request, context), *_check_drivers(status, before, request, context)]


def _check_binding(status: Object, before: Object, request: Attributes, context: WriteContext) -> list[FieldError]:
    if all((status.get(key) or None) == (before.get(key) or None) for key in ("allocation", "reservedFor")):
        return []
    asked = replace(request, subresource="binding", namespace="", name="")
    refusal = _refusal([asked], context)
    needed = f'resource="resourceclaims/binding", verb="{request.verb}" permission'
    why = f"changing status.allocation or status.reservedFor requires {needed}: {refusal}"
    return [forbidden("status", why)] if refusal else []


def _check_drivers(status: Object, before: Object, request: Attributes, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    here = _is_on(request.user, _node_of(status.get("allocation")))
    verbs = [f"{kind}-node:{request.verb}" for kind in ("associated", "arbitrary") if here or kind == "arbitrary"]
    for driver in _changed_drivers(status.get("devices") or (), before.get("devices") or ()):
        asked = replace(request, subresource="driver", name=driver)
        refusal = _refusal([replace(asked, verb=verb) for verb in verbs], context)
        if refusal:
            needed = f'resource="resourceclaims/driver", verb="[{" ".join(verbs)}]" permission'
            errors.append(forbidden("status.devices", f"changing status.devices requires {needed}: {refusal}"))
    return errors


def _refusal(any_of: Sequence[Attributes], context: WriteContext) -> str:
    """Why none of it is allowed: the words of the first; "" if one is."""
    first = ""
    for asked in any_of:
        verdict = context.authorizer.authorize(asked) if context.authorizer is not None else None
        if verdict is None or verdict.allowed:
            return ""
        why = ": ".join(part for part in (refusals.failure(verdict), verdict.reason) if part)
        first = first or refusals.forbidden(asked, why).message
    return first


def _changed_drivers(devices: Sequence[Object], before: Sequence[Object]) -> list[str]:
    known = {_key(device): device for device in before}
    changed = {device.get("driver") or "" for device in devices if known.pop(_key(device), None) != device}
    return sorted(changed | {device.get("driver") or "" for device in known.values()})


def _key(device: Object) -> tuple[str, ...]:
    return tuple(device.get(key) or "" for key in ("driver", "pool", "device", "shareID"))


def _node_of(allocation: Object | None) -> str:
    """The one node that an allocation is for, or ""."""
    terms = ((allocation or {}).get("nodeSelector") or {}).get("nodeSelectorTerms") or []
    fields = (terms[0].get("matchFields") or []) if len(terms) == 1 and not terms[0].get("matchExpressions") else []
    if len(fields) != 1 or (fields[0].get("key"), fields[0].get("operator")) != ("metadata.name", "In"):
        return ""
    values = fields[0].get("values") or []
    return str(values[0]) if len(values) == 1 else ""


def _is_on(user: User, node: str) -> bool:
    """Is it a service account bound to the node?"""
    bound = dict(user.extra).get(NODE_NAME, ())
    return bool(node) and split_service_account(user.name) is not None and bound == (node,) and is_subdomain(node)
