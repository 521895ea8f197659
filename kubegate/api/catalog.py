"""The resources that the API has: which group, version, kind, verbs and subresources each one has.

The built-in ones are data (``data/resources.json``; the group-versions that are off unless ``--runtime-config`` switches
them on stand in ``data/resources_optional.json``). A `Catalog` is immutable: custom resources make a new one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kubegate.api.names import GroupVersionKind, GroupVersionResource

STANDARD_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")

_STORED_AS = {("events.k8s.io", "events"): GroupVersionResource("", "v1", "events")}
"""Resources that are another view of objects stored elsewhere."""


@dataclass(frozen=True, slots=True)
class Subresource:
    """``pods/log``: its name (``log``), the kind that is read and written there, its verbs."""

    name: str
    kind: GroupVersionKind
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource in one version.

    ``storage`` names the resource, in the version in which its objects are kept. ``own_gv`` of a subresource's kind:
    see `Subresource`. ``custom`` marks resources of CustomResourceDefinitions.
    """

    gvr: GroupVersionResource
    kind: GroupVersionKind
    namespaced: bool
    singular: str = ""
    list_kind: str = ""
    verbs: tuple[str, ...] = STANDARD_VERBS
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    storage_hash: str = ""
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    storage: GroupVersionResource | None = None
    custom: bool = False
    deprecation: str = ""
    """The warning that every request about it is answered with."""

    @property
    def stored_as(self) -> GroupVersionResource:
        """Where its objects are kept: `storage`, or the resource itself."""
        return self.storage or self.gvr

    @property
    def key(self) -> str:
        """The resource name in store keys: ``pods``, ``deployments.apps``."""
        return self.stored_as.qualified


@dataclass(frozen=True, slots=True)
class Group:
    """An API group and its served versions, the preferred one first."""

    name: str
    versions: tuple[str, ...]

    @property
    def preferred(self) -> str:
        return self.versions[0]


class Catalog:
    """Look-up of resources by their names and kinds; the order of groups, versions and resources is that of discovery."""

    def __init__(self, resources: Iterable[Resource], groups: Iterable[Group] | None = None) -> None:
        self._resources = {resource.gvr: resource for resource in resources}
        self._by_kind: dict[GroupVersionKind, Resource] = {}
        for resource in self._resources.values():
            self._by_kind.setdefault(resource.kind, resource)
        self.groups: tuple[Group, ...] = tuple(groups) if groups is not None else _groups_of(self._resources)
        self._groups = {group.name: group for group in self.groups}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def resource(self, gvr: GroupVersionResource) -> Resource | None:
        """The resource in this version, or None."""
        return self._resources.get(gvr)

    def by_kind(self, kind: GroupVersionKind) -> Resource | None:
        """The resource whose objects are of this kind, or None."""
        return self._by_kind.get(kind)

    def group(self, name: str) -> Group | None:
        """The group, or None if nothing of it is served."""
        return self._groups.get(name)

    def of_version(self, group: str, version: str) -> list[Resource]:
        """All resources of a group-version."""
        return [r for r in self._resources.values() if r.gvr.group == group and r.gvr.version == version]

    def preferred(self, group: str, resource: str) -> Resource | None:
        """The resource in the first version of its group that has it."""
        found = self._groups.get(group)
        versions = found.versions if found else ()
        return next((r for v in versions if (r := self._resources.get(GroupVersionResource(group, v, resource)))), None)

    def without(self, removed: Iterable[GroupVersionResource]) -> Catalog:
        """The catalog without these resources."""
        gone = set(removed)
        return Catalog([r for r in self if r.gvr not in gone])

    def extended(self, more: Iterable[Resource], order: Mapping[str, tuple[str, ...]] | None = None) -> Catalog:
        """The catalog with more resources; ``order`` gives the order of versions of groups where it matters."""
        resources = [*self, *more]
        groups = _groups_of({r.gvr: r for r in resources})
        ordered = [Group(g.name, _reordered(g.versions, (order or {}).get(g.name, ()))) for g in groups]
        return Catalog(resources, ordered)


def _reordered(versions: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    first = tuple(v for v in wanted if v in versions)
    return first + tuple(v for v in versions if v not in first)


def _groups_of(resources: Mapping[GroupVersionResource, Resource]) -> tuple[Group, ...]:
    versions: dict[str, dict[str, None]] = {}
    for gvr in resources:
        versions.setdefault(gvr.group, {})[gvr.version] = None
    return tuple(Group(name, tuple(found)) for name, found in versions.items())


def _subresource(row: dict[str, Any], group: str, version: str) -> Subresource:
    kind = GroupVersionKind(row.get("group", group), row.get("version", version), row["kind"])
    return Subresource(row["name"], kind, tuple(row["verbs"]))


def _resource(row: dict[str, Any], group: str, version: str, preferred: str) -> Resource:
    name = row["name"]
    storage = _STORED_AS.get((group, name))
    if storage is None and version != preferred:
        storage = GroupVersionResource(group, preferred, name)
    return Resource(
        gvr=GroupVersionResource(group, version, name),
        kind=GroupVersionKind(group, version, row["kind"]),
        namespaced=row["namespaced"],
        singular=row["singular"],
        list_kind=row["kind"] + "List",
        verbs=tuple(row.get("verbs", STANDARD_VERBS)),
        short_names=tuple(row.get("shortNames", ())),
        categories=tuple(row.get("categories", ())),
        storage_hash=row.get("hash", ""),
        subresources={s["name"]: _subresource(s, group, version) for s in row.get("subresources", ())},
        storage=storage,
    )


def read(document: dict[str, Any]) -> list[Resource]:
    """The resources of a data document (see ``data/resources.json``); the first version of a group that has a resource
    is the one in which it is stored."""
    found = []
    for group in document["groups"]:
        preferred: dict[str, str] = {}
        for version in group["versions"]:
            for row in version["resources"]:
                first = row.get("storedAs") or preferred.setdefault(row["name"], version["version"])
                found.append(_resource(row, group["group"], version["version"], first))
    return found


def _data(name: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(Path(__file__).with_name("data").joinpath(name).read_bytes())
    return document


@functools.cache
def builtin() -> Catalog:
    """The resources that a server has without any flag."""
    return Catalog(read(_data("resources.json")))


@functools.cache
def optional() -> tuple[Resource, ...]:
    """The resources that are off unless they are switched on."""
    return tuple(read(_data("resources_optional.json")))
