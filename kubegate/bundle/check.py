"""Is it a Kubernetes object at all, and are the fields that decisions read of the right type?

This finds what would otherwise be misread silently (``metdata``, ``kind: role``, ``verbs: get``); whether an API server
would accept the object, the validation says.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from kubegate.api.catalog import builtin, optional
from kubegate.api.names import Object, kind_of
from kubegate.authz.node.graph import KINDS as RELATED
from kubegate.authz.node.graph import Graph
from kubegate.bundle.check_rbac import GROUP as RBAC_GROUP
from kubegate.bundle.check_rbac import KINDS as RBAC_KINDS
from kubegate.bundle.check_rbac import check_rbac
from kubegate.bundle.complaints import Locate, fail, mapping_of, named, near_field, near_word, quotes_for
from kubegate.errors import InvalidInput

_POLICIES = "admissionregistration.k8s.io"
_ACCESS = ("policy.kubegate.dev", "AccessPolicy")
_DECIDING = (RBAC_GROUP, _POLICIES, _ACCESS[0])
"""Groups whose objects decide: misspelt ones must not pass for those of somebody else."""


def check_object(obj: Any, locate: Locate) -> Object:
    """The object, if it is one. Raises `InvalidInput` with place and advice."""
    if not isinstance(obj, dict):
        fail(f"a Kubernetes object is expected, this is {named(obj)}", locate(""))
    for field in ("apiVersion", "kind"):
        if not obj.get(field):
            fail(f"{field} is missing", locate(""), near_field(field, obj, "every object says its apiVersion and kind"))
        if not isinstance(obj[field], str):
            fail(f"{field} must be a text, not {named(obj[field])}", locate(field))
    if obj["kind"] == "List":
        fail(f"items must be a list, not {named(obj.get('items'))}", locate("items"))
    _check_kind(obj["apiVersion"], obj["kind"], locate)
    _check_metadata(obj, locate)
    kind = kind_of(obj)
    if kind.group == RBAC_GROUP and kind.kind in RBAC_KINDS:
        check_rbac(obj, kind.kind, locate)
        if obj.get("aggregationRule") is not None:
            _check_types(obj, locate, "aggregationRule")
    elif kind.group == _POLICIES or not _looks_right(obj.get("spec")):
        _check_types(obj, locate)
    elif kind.kind in RELATED:
        try:
            Graph().upsert(obj)
        except (AttributeError, TypeError) as error:
            _check_types(obj, locate)
            raise InvalidInput("a list holds nothing in place of an object", location=locate("spec")) from error
    return obj


@cache
def _kinds() -> dict[str, frozenset[str]]:
    """API group -> kinds, of the groups that are built in."""
    found: dict[str, set[str]] = defaultdict(set)
    for resource in (*builtin(), *optional()):
        found[resource.kind.group].add(resource.kind.kind)
    found[_ACCESS[0]].add(_ACCESS[1])
    return {group: frozenset(kinds) for group, kinds in found.items()}


def _check_kind(api_version: str, kind: str, locate: Locate) -> None:
    """Is it misspelt? Other kinds that are not built in are those of CustomResourceDefinitions."""
    group, slash, _ = api_version.rpartition("/")
    if not slash and api_version != "v1":
        hint = (
            f"did you mean {api_version}/v1?" if api_version in _kinds() else "write v1 (the core group), or GROUP/VERSION"
        )
        fail(f"apiVersion {api_version} is no version of an API", locate("apiVersion"), hint)
    kinds = _kinds().get(group)
    if kinds is None:
        near = near_word(group, _DECIDING, cutoff=0.8) if any(kind in _kinds()[other] for other in _DECIDING) else ""
        if near:
            fail(f"there is no API group {group} with a kind {kind}", locate("apiVersion"), near)
    elif kind not in kinds:
        near = near_word(kind, kinds, cutoff=0.85)
        if near or group in _DECIDING:
            fail(f"there is no kind {kind} in {api_version}", locate("kind"), near or f"kinds: {', '.join(sorted(kinds))}")


def _looks_right(spec: Any) -> bool:
    """What can be seen at a glance: an object, whose ``hard`` (of quotas) is an object and ``limits`` a list."""
    if not isinstance(spec, dict):
        return spec is None
    return isinstance(spec.get("hard", {}), dict) and isinstance(spec.get("limits", []), list)


def _check_types(obj: Object, locate: Locate, part: str = "spec") -> None:
    """Every field has the type that the API gives it."""
    # Here, because the types of the whole API are loaded, which few runs need.
    from kubegate.api.schema.decode import normalize
    from kubegate.api.schema.errors import DecodeError

    try:
        normalize(kind_of(obj), obj)
    except DecodeError as error:
        raise InvalidInput(error.message, location=locate(part)) from error


def _check_metadata(obj: Object, locate: Locate) -> None:
    metadata = obj.get("metadata")
    if metadata is None:
        fail("metadata is missing", locate(""), near_field("metadata", obj, "every object has metadata with a name"))
    if not isinstance(metadata, dict):
        fail(f"metadata must be an object, not {named(metadata)}", locate("metadata"))
    for field in ("name", "namespace", "generateName"):
        value = metadata.get(field)
        if value is not None and not isinstance(value, str):
            hint = f'put it in quotes: {field}: "{value}"' if not isinstance(value, bool | dict | list) else ""
            fail(f"metadata.{field} must be a text, not {named(value)}", locate(f"metadata.{field}"), hint)
    if not metadata.get("name") and not metadata.get("generateName"):
        fail("metadata.name is missing", locate("metadata"), near_field("name", metadata, ""))
    for field in ("labels", "annotations"):
        for key, value in mapping_of(metadata.get(field), f"metadata.{field}", locate).items():
            if not isinstance(value, str):
                place = f"metadata.{field}.{key}"
                fail(f"{place} must be a text, not {named(value)}", locate(f"metadata.{field}"), quotes_for(value))
