"""``/api``, ``/apis``, ``/apis/GROUP`` and ``/apis/GROUP/VERSION``: a document for each group and version.

Source: k8s.io/apiserver ``endpoints/discovery``.
"""

from __future__ import annotations

from kubegate.api.catalog import Catalog, Group, Resource
from kubegate.api.names import GroupVersionKind, Object


def api_versions(address: str) -> Object:
    """``/api``."""
    servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": servers}


def group_list(catalog: Catalog) -> Object:
    """``/apis``."""
    groups = [_group(group) for group in catalog.groups if group.name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group_document(group: Group) -> Object:
    """``/apis/GROUP``."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}


def _group(group: Group) -> Object:
    versions = [_version(group.name, version) for version in group.versions]
    return {"name": group.name, "versions": versions, "preferredVersion": versions[0]}


def _version(group: str, version: str) -> Object:
    return {"groupVersion": f"{group}/{version}", "version": version}


def resource_list(catalog: Catalog, group: str, version: str) -> Object:
    """``/apis/GROUP/VERSION``."""
    rows = [row for resource in catalog.of_version(group, version) for row in _rows(resource)]
    head = {"kind": "APIResourceList", **({"apiVersion": "v1"} if group else {})}
    return {**head, "groupVersion": f"{group}/{version}" if group else version, "resources": rows}


def _rows(resource: Resource) -> list[Object]:
    row: Object = {
        "name": resource.gvr.resource,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    if resource.storage_hash:
        row["storageVersionHash"] = resource.storage_hash
    return [row, *(_subresource(resource, name) for name in resource.subresources)]


def _subresource(resource: Resource, name: str) -> Object:
    found = resource.subresources[name]
    row: Object = {"name": f"{resource.gvr.resource}/{name}", "singularName": "", "namespaced": resource.namespaced}
    if _foreign(resource, found.kind):
        row["group"], row["version"] = found.kind.group, found.kind.version
    return {**row, "kind": found.kind.kind, "verbs": list(found.verbs)}


def _foreign(resource: Resource, kind: GroupVersionKind) -> bool:
    return (kind.group, kind.version) != (resource.gvr.group, resource.gvr.version)
