"""The objects that cases speak of: written in the suite, in a file, or named in the state."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from kubegate.analysis.admission.gate import Gate
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, metadata, name_of, namespace_of
from kubegate.api.patch.apply import STRATEGIC_PATCH, apply_patch
from kubegate.api.patch.merge_patch import apply_merge_patch
from kubegate.api.status import StatusError
from kubegate.bundle.load import load
from kubegate.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Thing:
    """An object, or (``object`` None) just the name of one."""

    resource: Resource
    namespace: str
    name: str
    object: Object | None = None

    @property
    def title(self) -> str:
        """``Deployment shop/web``."""
        kind = self.resource.kind.kind
        generated = (self.object or {}).get("metadata", {}).get("generateName")
        name = self.name or (f"{generated}*" if generated else "")
        return f"{kind} {self.namespace}/{name}" if self.namespace else f"{kind} {name}"


@dataclass(frozen=True)
class Things:
    """Finds objects for the cases of the suite ``file``; raises `InvalidInput` naming it."""

    file: Path
    gate: Gate

    def written(self, obj: Object, namespace: str) -> Thing:
        """An object as it stands in a suite or manifest; where it should name a namespace and does not, it gets this one."""
        obj = copy.deepcopy(obj)
        resource = self.gate.resource_of(obj)
        if not isinstance(obj.get("metadata"), dict):
            metadata(obj)
        if resource.namespaced and not namespace_of(obj):
            metadata(obj)["namespace"] = namespace
        return Thing(resource, namespace_of(obj) if resource.namespaced else "", name_of(obj), obj)

    def in_file(self, name: str, namespace: str) -> list[Thing]:
        """The objects of a file beside the suite."""
        found = load([str(self.file.parent / name)], default_namespace="").state
        if not len(found):
            raise InvalidInput(f"{name} has no objects")
        return [self.written(obj, namespace) for obj in found]

    def named(self, text: str, namespace: str) -> Thing:
        """``Deployment/web``: the object of the state, if there is one."""
        kind, slash, name = text.rpartition("/")
        resource = self._resource(kind) if slash else None
        if resource is None or not name:
            hint = "write KIND/NAME: Deployment/web, deployments.apps/web"
            raise InvalidInput(f"{text!r} names no object of a kind that the API has", hint=hint)
        where = namespace if resource.namespaced else ""
        known = self.gate.state.get(resource.gvr.group, resource.kind.kind, where, name)
        return self.written(known, namespace) if known is not None else Thing(resource, where, name)

    def _resource(self, text: str) -> Resource | None:
        word, _, rest = text.lower().partition(".")
        for resource in self.gate.catalog():
            gvr = resource.gvr
            names = (gvr.resource, resource.singular, resource.kind.kind.lower(), *resource.short_names)
            if word in names and (not rest or rest in (gvr.group, f"{gvr.version}.{gvr.group}")):
                return resource
        return None

    def find(self, thing: dict[str, Any] | str | None, file: str, namespace: str) -> list[Thing]:
        """Written, named or in a file; nothing if the case says nothing."""
        if file:
            return self.in_file(file, namespace)
        if thing is None:
            return []
        return [self.named(thing, namespace) if isinstance(thing, str) else self.written(thing, namespace)]

    def changed(self, thing: Thing, change: dict[str, Any]) -> Object | None:
        """The object with a patch applied: strategic, of custom kinds a merge patch."""
        if not change or thing.object is None:
            return thing.object
        if thing.resource.custom:
            patched: Object = apply_merge_patch(thing.object, change)
            return patched
        try:
            return _patched(STRATEGIC_PATCH, thing, change)
        except StatusError:
            # What the kind does not have, a case may want to write all the same.
            merged: Object = apply_merge_patch(copy.deepcopy(thing.object), copy.deepcopy(change))
            return merged


def _patched(form: str, thing: Thing, change: dict[str, Any]) -> Object:
    assert thing.object is not None
    obj, _ = apply_patch(form, orjson.dumps(change), thing.object, thing.resource.kind, "Strict")
    return obj
