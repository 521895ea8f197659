"""An APIService for each version of a custom kind, as long as a definition serves it.

Part of the API server itself. Source: ``pkg/controlplane/controller/crdregistration`` and k8s.io/kube-aggregator
``pkg/controllers/autoregister``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubegate.api.names import Object, labels_of
from kubegate.controllers.definitions import RESOURCE as DEFINITIONS
from kubegate.controllers.interface import Context, Controller, Source, Work
from kubegate.store.interface import Event

AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"
"""The label of APIServices that the server looks after: ``onstart`` (set right once) or ``true`` (always)."""
_ALWAYS = "true"
_RESOURCE = "apiservices.apiregistration.k8s.io"
_PATH = "/apis/apiregistration.k8s.io/v1/apiservices"
_PRIORITIES = (1000, 100)
"""After all built-in groups; versions in the order of their names."""


def api_service(group: str, version: str, priorities: tuple[int, int], managed: str) -> Object:
    """The APIService of a group-version that this server answers; ``priorities``: of the group, of the version in it."""
    spec: Object = {"groupPriorityMinimum": priorities[0], "version": version, "versionPriority": priorities[1]}
    return {
        "kind": "APIService",
        "apiVersion": "apiregistration.k8s.io/v1",
        "metadata": {"name": f"{version}.{group}", "labels": {AUTOMANAGED: managed}},
        "spec": {"group": group, **spec} if group else spec,
    }


class ApiServices:
    """The reconciler; work is the name of an APIService: ``VERSION.GROUP``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        version, _, group = work.name.partition(".")
        served = (version, group) in set(self._served())
        found = self._context.get(_RESOURCE, "", work.name)
        wanted = api_service(group, version, _PRIORITIES, _ALWAYS)
        if found is None:
            if served:
                self._context.client.create(_PATH, wanted)
        elif labels_of(found).get(AUTOMANAGED) == _ALWAYS:
            if not served:
                self._context.client.delete(f"{_PATH}/{work.name}", uid=found["metadata"]["uid"])
            elif found.get("spec") != wanted["spec"]:
                self._context.client.update(f"{_PATH}/{work.name}", {**found, "spec": wanted["spec"]})

    def _served(self) -> Iterator[tuple[str, str]]:
        for definition in self._context.list(DEFINITIONS):
            spec = definition["spec"]
            yield from ((version["name"], spec["group"]) for version in spec["versions"] if version.get("served"))


def _versions(event: Event) -> Iterable[Work]:
    for stored in (event.stored, event.previous):
        if stored is not None:
            spec = stored.object["spec"]
            yield from (Work("", f"{version['name']}.{spec['group']}") for version in spec["versions"])


CONTROLLER = Controller(
    "crd-autoregister", "", (Source(DEFINITIONS, _versions), Source(_RESOURCE)), ApiServices, agent="kube-apiserver"
)
