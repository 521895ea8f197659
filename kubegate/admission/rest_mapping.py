"""From a kind to the resource under which its objects are written."""

from __future__ import annotations

from typing import NamedTuple

from kubegate.admission.interface import Cluster
from kubegate.api import catalog
from kubegate.api.names import GroupVersionKind, GroupVersionResource, split_api_version


class Mapping(NamedTuple):
    """The resource of a kind, and whether its objects stand in namespaces."""

    resource: GroupVersionResource
    namespaced: bool


def resource_of(api_version: str, kind: str, cluster: Cluster) -> Mapping | None:
    """The resource of a built-in or custom kind, or None if the API has no such kind in that version."""
    group, version = split_api_version(api_version)
    known = catalog.builtin().by_kind(GroupVersionKind(group, version, kind))
    if known is not None:
        return Mapping(known.gvr, known.namespaced)
    for definition in cluster.list("customresourcedefinitions.apiextensions.k8s.io"):
        spec = definition.get("spec") or {}
        names = spec.get("names") or {}
        served = {entry.get("name") for entry in spec.get("versions") or () if entry.get("served")}
        if spec.get("group") == group and names.get("kind") == kind and version in served:
            resource = GroupVersionResource(group, version, names.get("plural") or "")
            return Mapping(resource, spec.get("scope") == "Namespaced")
    return None
