"""What a resource's strategy says about updates and deletions, where resources differ.

Source: the ``strategy.go`` files under ``pkg/registry`` (AllowCreateOnUpdate, AllowUnconditionalUpdate) and
``ReturnDeletedObject`` in the ``storage.go`` files.
"""

from __future__ import annotations

from kubegate.api.catalog import Resource
from kubegate.api.names import Object

_CREATE_ON_UPDATE = {
    "endpoints",
    "events",
    "limitranges",
    "podtemplates",
    "services",
    "leases.coordination.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
}
_CONDITIONAL_ONLY = {
    "leases.coordination.k8s.io",
    "poddisruptionbudgets.policy",
    "runtimeclasses.node.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "apiservices.apiregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "mutatingadmissionpolicies.admissionregistration.k8s.io",
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    "flowschemas.flowcontrol.apiserver.k8s.io",
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
}
_RETURNS_DELETED = {
    "pods",
    "podtemplates",
    "persistentvolumes",
    "persistentvolumeclaims",
    "resourcequotas",
    "services",
    "serviceaccounts",
    "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "csistoragecapacities.storage.k8s.io",
    "storageclasses.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
    "volumeattributesclasses.storage.k8s.io",
    "deviceclasses.resource.k8s.io",
    "resourceclaims.resource.k8s.io",
    "resourceclaimtemplates.resource.k8s.io",
    "resourceslices.resource.k8s.io",
}


def creates_on_update(resource: Resource) -> bool:
    """PUT of a missing object creates it."""
    return resource.key in _CREATE_ON_UPDATE


def updates_unconditionally(resource: Resource) -> bool:
    """PUT without a resourceVersion replaces whatever is there."""
    return not resource.custom and resource.key not in _CONDITIONAL_ONLY


def returns_deleted_object(resource: Resource) -> bool:
    """DELETE answers with the object instead of a Status."""
    return resource.key in _RETURNS_DELETED


def finished_deletion(resource: Resource, obj: Object) -> bool:
    """An update that takes the last finalizer from a deleted object removes it."""
    meta = obj["metadata"]
    if not meta.get("deletionTimestamp") or meta.get("finalizers"):
        return False
    if resource.key == "namespaces":
        return not (obj.get("spec") or {}).get("finalizers")
    return meta.get("deletionGracePeriodSeconds") in (None, 0)
