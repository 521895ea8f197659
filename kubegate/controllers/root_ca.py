"""Every namespace has the server's authority in ``kube-root-ca.crt`` (``root-ca-certificate-publisher-controller``)."""

from __future__ import annotations

from collections.abc import Iterable

from kubegate.api.names import Object
from kubegate.controllers.interface import Context, Controller, Source, Work, its_namespace
from kubegate.store.interface import Event

_NAME = "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal "
    "service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)


class RootCaPublisher:
    """The reconciler; work is a namespace's name. ``context.options.root_ca`` is the PEM text ("" publishes nothing)."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        bundle = self._context.options.root_ca
        namespace = self._context.get("namespaces", "", work.name)
        if not bundle or namespace is None or (namespace.get("status") or {}).get("phase") == "Terminating":
            return
        data, path = {"ca.crt": bundle}, f"/api/v1/namespaces/{work.name}/configmaps"
        found = self._context.get("configmaps", work.name, _NAME)
        if found is None:
            notes = {"kubernetes.io/description": _DESCRIPTION}
            meta: Object = {"name": _NAME, "namespace": work.name, "annotations": notes}
            self._context.client.create(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})
        elif found.get("data") != data:
            meta = dict(found["metadata"])
            meta["annotations"] = {**(meta.get("annotations") or {}), "kubernetes.io/description": _DESCRIPTION}
            self._context.client.update(f"{path}/{_NAME}", {**found, "metadata": meta, "data": data})


def _certificates(event: Event) -> Iterable[Work]:
    return its_namespace(event) if event.stored.key.name == _NAME else ()


CONTROLLER = Controller(
    "root-ca-certificate-publisher-controller",
    "root-ca-cert-publisher",
    (Source("namespaces"), Source("configmaps", _certificates)),
    RootCaPublisher,
)
