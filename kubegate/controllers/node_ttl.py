"""How long a node's kubelet may cache secrets and config maps, by the size of the cluster (``ttl-controller``).

Source: kubernetes ``pkg/controller/ttl``.
"""

from __future__ import annotations

from kubegate.api.names import annotations_of
from kubegate.controllers.interface import Context, Controller, Source, Work

_ANNOTATION = "node.alpha.kubernetes.io/ttl"
_STEPS = ((100, 0), (500, 15), (1000, 30), (2000, 60))
_LARGEST = 300


class NodeTtl:
    """The reconciler."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, work: Work) -> None:
        """See `Reconciler.reconcile`."""
        node = self._context.get("nodes", "", work.name)
        if node is None:
            return
        count = self._context.store.count("nodes")
        seconds = str(next((seconds for size, seconds in _STEPS if count <= size), _LARGEST))
        if annotations_of(node).get(_ANNOTATION) != seconds:
            patch = {"metadata": {"annotations": {_ANNOTATION: seconds}}}
            self._context.client.patch(f"/api/v1/nodes/{work.name}", patch, "application/strategic-merge-patch+json")


CONTROLLER = Controller("ttl-controller", "ttl-controller", (Source("nodes"),), NodeTtl)
