"""Says in the status of validating admission policies what is wrong with the types in their expressions
(``validatingadmissionpolicy-status-controller``). Source: kubernetes ``pkg/controller/validatingadmissionpolicystatus``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.policies.validating.object_types import ObjectTypes, object_types
from kubegate.admission.policies.validating.type_checking import type_warnings
from kubegate.api.names import GroupVersionKind, metadata
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.registry.custom.definition import RESOURCE as DEFINITIONS
from kubegate.registry.custom.published_types import published_types

_POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io"
_PATH = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
_MERGE = "application/merge-patch+json"


class PolicyStatus:
    """The reconciler; work is a policy's name."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        policy = self._context.get(_POLICIES, "", work.name)
        if policy is None:
            return
        generation = metadata(policy).get("generation")
        if (policy.get("status") or {}).get("observedGeneration", 0) == generation:
            return
        warnings = type_warnings(policy.get("spec") or {}, self._context.catalog(), self._types)
        checking: dict[str, Any] = {"expressionWarnings": warnings or None}
        status = {"observedGeneration": generation, "typeChecking": checking}
        self._context.client.patch(f"{_PATH}/{work.name}/status", {"status": status}, _MERGE)

    def _types(self, kind: GroupVersionKind) -> ObjectTypes | None:
        resource = self._context.catalog().by_kind(kind)
        if resource is None or not resource.custom:
            return object_types(kind)
        definition = self._context.get(DEFINITIONS, "", f"{resource.gvr.resource}.{kind.group}") or {}
        for version in (definition.get("spec") or {}).get("versions") or ():
            if version.get("name") == kind.version:
                return published_types(kind.kind, (version.get("schema") or {}).get("openAPIV3Schema") or {})
        return None


CONTROLLER = Controller(
    "validatingadmissionpolicy-status-controller",
    "validatingadmissionpolicy-status-controller",
    (Source(_POLICIES),),
    PolicyStatus,
)
