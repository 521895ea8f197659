"""TaintNodesByCondition: a new node is tainted as not ready until its conditions say otherwise.

Without it pods could be scheduled to a node before its taints follow its conditions.

Source: kubernetes ``plugin/pkg/admission/nodetaint``.
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Operation, Plugin, Review
from kubegate.api.status import Status

TAINT = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition:
    """Adds the taint unless one of the same key and effect is there."""

    def mutate(self, review: Review) -> Status | None:
        if not review.is_for("nodes", Operation.CREATE) or review.object is None:
            return None
        spec = review.object.setdefault("spec", {})
        present = spec.get("taints") or []
        if not any(taint.get("key") == TAINT["key"] and taint.get("effect") == TAINT["effect"] for taint in present):
            spec["taints"] = [*present, dict(TAINT)]
        return None


def _build(environment: Environment, configuration: Any) -> TaintNodesByCondition:
    return TaintNodesByCondition()


PLUGIN = Plugin("TaintNodesByCondition", _build, on_by_default=True)
