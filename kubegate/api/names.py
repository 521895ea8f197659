"""Names of kinds and resources, and where an object says what it is."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as plain JSON values."""


METADATA_FIELDS = (
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
)
"""The fields of ObjectMeta, in the order in which the API writes them."""


class GroupVersionKind(NamedTuple):
    """``apps/v1, Kind=Deployment``; group is "" for the core group."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version}, Kind={self.kind}"


class GroupVersionResource(NamedTuple):
    """``apps/v1, Resource=deployments``; group is "" for the core group."""

    group: str
    version: str
    resource: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``deployments.apps``, or ``pods`` in the core group: how messages and store keys name it."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    def __str__(self) -> str:
        return f"{self.api_version}, Resource={self.resource}"


def split_api_version(api_version: str) -> tuple[str, str]:
    """``apps/v1`` -> ("apps", "v1"); ``v1`` -> ("", "v1")."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", api_version)


def kind_of(obj: Object) -> GroupVersionKind:
    """The kind that the object says it is; absent parts are empty."""
    group, version = split_api_version(str(obj.get("apiVersion") or ""))
    return GroupVersionKind(group, version, str(obj.get("kind") or ""))


def metadata(obj: Object) -> dict[str, Any]:
    """``obj.metadata``, made if absent."""
    found = obj.get("metadata")
    if not isinstance(found, dict):
        found = obj["metadata"] = {}
    return found


def name_of(obj: Object) -> str:
    """``metadata.name`` or ""."""
    return str((obj.get("metadata") or {}).get("name") or "")


def namespace_of(obj: Object) -> str:
    """``metadata.namespace`` or ""."""
    return str((obj.get("metadata") or {}).get("namespace") or "")


def labels_of(obj: Object) -> dict[str, str]:
    """``metadata.labels`` or an empty dictionary (not attached to the object)."""
    return (obj.get("metadata") or {}).get("labels") or {}


def annotations_of(obj: Object) -> dict[str, str]:
    """``metadata.annotations`` or an empty dictionary (not attached to the object)."""
    return (obj.get("metadata") or {}).get("annotations") or {}


def path_segment_name(name: str, prefix: bool = False) -> list[str]:
    """Why a name (or the beginning of one) cannot stand as one segment of a URL path; [] if it can."""
    if not prefix and name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{char}'" for char in "/%" if char in name]
