"""CustomResourceDefinitions: names accepted, established, and at the end their objects deleted.

Part of the API server itself. Source: apiextensions-apiserver ``pkg/controller/{status,establish,finalizer}``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.go import quote
from kubegate.api.names import Object, name_of
from kubegate.controllers.interface import Context, Controller, Source, Work

RESOURCE = "customresourcedefinitions.apiextensions.k8s.io"
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_AGAIN = 1.0
"""After so many seconds names that were taken may be free."""
_CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_NAMES = (
    ("plural", "PluralConflict"),
    ("singular", "SingularConflict"),
    ("shortNames", "ShortNamesConflict"),
    ("kind", "KindConflict"),
    ("listKind", "ListKindConflict"),
)


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
        accepted = any(c["type"] == "NamesAccepted" and c["status"] == "True" for c in status["conditions"])
        return None if accepted else _AGAIN

    def _status(self, found: Object) -> Object:
        status = dict(found.get("status") or {})
        status["acceptedNames"], conflict = self._names(found)
        conditions = {c["type"]: c for c in status.get("conditions") or ()}
        if conflict:
            self._set(conditions, "NamesAccepted", "False", *conflict)
            if "Established" not in conditions:  # what is established stays so
                self._set(conditions, "Established", "False", "NotAccepted", "not all names are accepted")
        else:
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

    def _names(self, found: Object) -> tuple[Object, tuple[str, str] | None]:
        """The names that are free or the definition's own, and the last one that is not: why, and what is said."""
        wanted, own = found["spec"]["names"], (found.get("status") or {}).get("acceptedNames") or {}
        resources, kinds = self._taken(found)
        accepted = {**own, "categories": wanted.get("categories")}
        conflict = None
        for key, reason in _NAMES:
            names = [wanted.get(key) or ""] if key != "shortNames" else wanted.get(key) or []
            mine = [own.get(key) or ""] if key != "shortNames" else own.get(key) or []
            used = kinds if key in ("kind", "listKind") else resources
            taken = [f"{quote(name)} is already in use" for name in names if name not in mine and name in used]
            if taken:
                conflict = (reason, taken[0] if len(taken) == 1 else f"[{', '.join(taken)}]")
            else:
                accepted[key] = wanted.get(key)
        always = {"plural": accepted.get("plural") or "", "kind": accepted.get("kind") or ""}
        return {**{key: value for key, value in accepted.items() if value}, **always}, conflict

    def _taken(self, found: Object) -> tuple[set[str], set[str]]:
        """The names of resources and of kinds that definitions of the group have."""
        resources: set[str] = set()
        kinds: set[str] = set()
        for other in self._context.list(RESOURCE):
            if other["spec"]["group"] != found["spec"]["group"]:
                continue
            names = (other.get("status") or {}).get("acceptedNames") or {}
            resources |= {names.get("plural") or "", names.get("singular") or "", *(names.get("shortNames") or ())}
            kinds |= {names.get("kind") or "", names.get("listKind") or ""}
        return resources - {""}, kinds - {""}

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
