"""Everything in one document: APIGroupDiscoveryList of apidiscovery.k8s.io/v2 (and v2beta1), for ``/api`` and ``/apis``.

Source: k8s.io/apiserver ``endpoints/discovery/aggregated``.
"""

from __future__ import annotations

from kubegate.api.catalog import Catalog, Group, Resource
from kubegate.api.names import GroupVersionKind, Object

VERSIONS = ("v2", "v2beta1")


def group_discovery_list(catalog: Catalog, version: str, *, core: bool) -> Object:
    """The core group for ``/api``, all others for ``/apis``."""
    items = [_group(catalog, group) for group in catalog.groups if core is (group.name == "")]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}", "metadata": {}, "items": items}


def _group(catalog: Catalog, group: Group) -> Object:
    versions = [
        {
            "version": version,
            "resources": [_resource(resource) for resource in catalog.of_version(group.name, version)],
            "freshness": "Current",
        }
        for version in group.versions
    ]
    return {"metadata": {"name": group.name} if group.name else {}, "versions": versions}


def _resource(resource: Resource) -> Object:
    row: Object = {
        "resource": resource.gvr.resource,
        "responseKind": _kind(resource, resource.kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    if resource.subresources:
        row["subresources"] = [
            {"subresource": sub.name, "responseKind": _kind(resource, sub.kind), "verbs": list(sub.verbs)}
            for sub in resource.subresources.values()
        ]
    return row


def _kind(resource: Resource, kind: GroupVersionKind) -> Object:
    """Built-in resources leave out the group and version where they are the resource's own; custom ones name them."""
    own = (kind.group, kind.version) == (resource.gvr.group, resource.gvr.version)
    if own and not resource.custom:
        return {"group": "", "version": "", "kind": kind.kind}
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}
