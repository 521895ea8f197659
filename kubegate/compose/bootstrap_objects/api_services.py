"""An APIService for each group-version that the server itself answers, with its place in the order of groups.

A version without a place here is served, but not registered.
Source: ``pkg/controlplane/apiserver/aggregator.go``, ``cmd/kube-apiserver/app``, k8s.io/kube-aggregator
``pkg/controllers/autoregister``.
"""

from __future__ import annotations

from kubegate.api.catalog import Catalog
from kubegate.api.names import Object, labels_of
from kubegate.controllers.api_services import AUTOMANAGED, api_service

_ON_START = "onstart"
_PRIORITIES = {  # group: (groupPriorityMinimum, {version: versionPriority})
    "": (18000, {"v1": 1}),
    "apps": (17800, {"v1": 15}),
    "events.k8s.io": (17750, {"v1": 15, "v1beta1": 5}),
    "authentication.k8s.io": (17700, {"v1": 15, "v1beta1": 9, "v1alpha1": 1}),
    "authorization.k8s.io": (17600, {"v1": 15}),
    "autoscaling": (17500, {"v2": 30, "v1": 15, "v2beta1": 9, "v2beta2": 1}),
    "batch": (17400, {"v1": 15, "v1beta1": 9, "v2alpha1": 9}),
    "certificates.k8s.io": (17300, {"v1": 15, "v1beta1": 9, "v1alpha1": 1}),
    "networking.k8s.io": (17200, {"v1": 15, "v1beta1": 9}),
    "policy": (17100, {"v1": 15, "v1beta1": 9}),
    "rbac.authorization.k8s.io": (17000, {"v1": 15}),
    "storage.k8s.io": (16800, {"v1": 15, "v1beta1": 9, "v1alpha1": 1}),
    "apiextensions.k8s.io": (16700, {"v1": 15}),
    "admissionregistration.k8s.io": (16700, {"v1": 15, "v1beta1": 12, "v1alpha1": 9}),
    "scheduling.k8s.io": (16600, {"v1": 15}),
    "coordination.k8s.io": (16500, {"v1": 15, "v1beta1": 13, "v1alpha2": 12}),
    "node.k8s.io": (16300, {"v1": 15, "v1beta1": 9, "v1alpha1": 1}),
    "discovery.k8s.io": (16200, {"v1": 15, "v1beta1": 12}),
    "resource.k8s.io": (16200, {"v1": 20, "v1beta2": 15, "v1beta1": 9, "v1alpha3": 1}),
    "flowcontrol.apiserver.k8s.io": (16100, {"v1": 21, "v1beta3": 18, "v1beta2": 15, "v1beta1": 12, "v1alpha1": 9}),
    "internal.apiserver.k8s.io": (16000, {"v1alpha1": 9}),
    "storagemigration.k8s.io": (15800, {"v1beta1": 9}),
}


def objects(catalog: Catalog) -> list[Object]:
    """One for each served built-in version that has a place."""
    made = []
    for group in catalog.groups:
        priority, versions = _PRIORITIES.get(group.name, (0, {}))
        made += [
            api_service(group.name, version, (priority, versions[version]), _ON_START)
            for version in group.versions
            if version in versions
        ]
    return made


def reconciled(stored: Object, wanted: Object) -> Object | None:
    """Those that the server manages get the specification of this version; others' are left alone."""
    if labels_of(stored).get(AUTOMANAGED) is None or stored.get("spec") == wanted["spec"]:
        return None
    return {**stored, "spec": wanted["spec"]}
