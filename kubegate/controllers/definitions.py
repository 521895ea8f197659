"""CustomResourceDefinitions: names accepted, established, and at the end their objects deleted.

Part of the API server itself. Source: apiextensions-apiserver ``pkg/controller/{status,establish,finalizer}``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object, name_of
from kubegate.controllers.interface import Context, Controller, Source, Work

RESOURCE = "customresourcedefinitions.apiextensions.k8s.io"
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_NAMES = ("plural", "singular", "shortNames", "kind", "listKind", "categories")


class Definitions:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        found = self._context.get(RESOURCE, "", work.name)
        if found is None:
            return None
        if found["metadata"].get("deletionTimestamp"):
            self._finish(found)
            return None
        status = self._status(found)
        if status != (found.get("status") or {}):
            self._context.client.update(f"{_PATH}/{work.name}/status", {**found, "status": status})
        return None

    def _status(self, found: Object) -> Object:
        spec, status = found["spec"], dict(found.get("status") or {})
        conflict = self._conflict(found)
        conditions = {c["type"]: c for c in status.get("conditions") or ()}
        if conflict:
            self._set(conditions, "NamesAccepted", "False", *conflict)
            self._set(conditions, "Established", "False", "NotAccepted", "not all names are accepted")
        else:
            wanted = {key: spec["names"][key] for key in _NAMES if spec["names"].get(key)}
            status["acceptedNames"] = wanted
            self._set(conditions, "NamesAccepted", "True", "NoConflicts", "no conflicts found")
            established = conditions.get("Established", {})
            if established.get("status") != "True":
                text = "the initial names have been accepted"
                self._set(conditions, "Established", "True", "InitialNamesAccepted", text)
        status["conditions"] = list(conditions.values())
        return status

    def _set(self, conditions: dict[str, Object], kind: str, value: str, reason: str, message: str) -> None:
        old = conditions.get(kind)
        if old and (old["status"], old.get("reason"), old.get("message")) == (value, reason, message):
            return
        time = old["lastTransitionTime"] if old and old["status"] == value else self._context.timestamp()
        conditions[kind] = {
            "type": kind,
            "status": value,
            "lastTransitionTime": time,
            "reason": reason,
            "message": message,
        }

    def _conflict(self, found: Object) -> tuple[str, str] | None:
        spec = found["spec"]
        taken: dict[str, str] = {}
        kinds: dict[str, str] = {}
        for other in self._context.list(RESOURCE):
            if name_of(other) == name_of(found) or other["spec"]["group"] != spec["group"]:
                continue
            names = (other.get("status") or {}).get("acceptedNames") or {}
            for name in (names.get("plural"), names.get("singular"), *(names.get("shortNames") or ())):
                taken[name or ""] = name_of(other)
            for name in (names.get("kind"), names.get("listKind")):
                kinds[name or ""] = name_of(other)
        checks: tuple[tuple[str, str, dict[str, str]], ...] = (
            ("PluralConflict", "plural", taken),
            ("SingularConflict", "singular", taken),
            ("KindConflict", "kind", kinds),
            ("ListKindConflict", "listKind", kinds),
        )
        for reason, key, used in checks:
            value = spec["names"].get(key)
            if value and value in used:
                return reason, f'"{value}" is already in use'
        for short in spec["names"].get("shortNames") or ():
            if short in taken:
                return "ShortNamesConflict", f'"{short}" is already in use'
        return None

    def _finish(self, found: Object) -> None:
        finalizers: list[Any] = found["metadata"].get("finalizers") or []
        if _CLEANUP not in finalizers:
            return
        spec = found["spec"]
        plural, version = spec["names"]["plural"], next(v["name"] for v in spec["versions"] if v.get("storage"))
        base = f"/apis/{spec['group']}/{version}"
        left = self._context.store.list(f"{plural}.{spec['group']}").items
        for stored in left:
            place = f"/namespaces/{stored.key.namespace}" if stored.key.namespace else ""
            self._context.client.delete(f"{base}{place}/{plural}/{stored.key.name}")
        if self._context.store.count(f"{plural}.{spec['group']}"):
            raise LookupError("custom resources are left")
        kept = [name for name in finalizers if name != _CLEANUP]
        done = {**found, "metadata": {**found["metadata"], "finalizers": kept}}
        self._context.client.update(f"{_PATH}/{name_of(found)}/status", done)


CONTROLLER = Controller("definitions", "", (Source(RESOURCE),), Definitions, agent="kube-apiserver")
