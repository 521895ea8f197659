"""Every namespace has the service account ``default`` (``serviceaccount-controller``)."""

from __future__ import annotations

from kubegate.controllers.interface import Context, Controller, Source, Work, its_namespace

_NAME = "default"


class ServiceAccounts:
    """The reconciler; work is a namespace's name."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        namespace = self._context.get("namespaces", "", work.name)
        if namespace is None or (namespace.get("status") or {}).get("phase") == "Terminating":
            return
        if self._context.get("serviceaccounts", work.name, _NAME) is None:
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _NAME, "namespace": work.name}}
            self._context.client.create(f"/api/v1/namespaces/{work.name}/serviceaccounts", account)


CONTROLLER = Controller(
    "serviceaccount-controller",
    "service-account-controller",
    (Source("namespaces"), Source("serviceaccounts", its_namespace)),
    ServiceAccounts,
)
