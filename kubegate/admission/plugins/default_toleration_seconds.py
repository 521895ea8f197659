"""DefaultTolerationSeconds: a pod stays for a while on a node that is not ready or unreachable, unless it says otherwise.

Source: kubernetes ``plugin/pkg/admission/defaulttolerationseconds``; flags ``--default-not-ready-toleration-seconds`` and
``--default-unreachable-toleration-seconds``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.admission.pods import is_pod_write, pod_spec
from kubegate.api.status import Status

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"


class DefaultTolerationSeconds:
    """Adds the two tolerations, each with its seconds."""

    def __init__(self, seconds: dict[str, int]) -> None:
        self._seconds = seconds

    def mutate(self, review: Review) -> Status | None:
        if not is_pod_write(review, Operation.CREATE, Operation.UPDATE):
            return None
        spec = pod_spec(review)
        present = spec.get("tolerations") or []
        added = [self._toleration(key) for key in (NOT_READY, UNREACHABLE) if not _tolerates(present, key)]
        if added:
            spec["tolerations"] = [*present, *added]
        return None

    def _toleration(self, key: str) -> dict[str, Any]:
        return {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": self._seconds[key]}


def _tolerates(tolerations: list[dict[str, Any]], key: str) -> bool:
    return any((t.get("key") or key) == key and (t.get("effect") or "NoExecute") == "NoExecute" for t in tolerations)


def _build(environment: Environment, configuration: Any) -> DefaultTolerationSeconds:
    options = environment.options
    return DefaultTolerationSeconds(
        {
            NOT_READY: int(options.get("default-not-ready-toleration-seconds", 300)),
            UNREACHABLE: int(options.get("default-unreachable-toleration-seconds", 300)),
        }
    )


PLUGIN = Plugin("DefaultTolerationSeconds", _build, on_by_default=True)
