"""ResourceQuota: a namespace consumes no more than its quotas allow.

A write is charged before it is stored, by compare-and-swap on the quota's ``status.used``: of two racing writes only one
gets the last unit. What later fails to be stored is given back by the controller, which counts anew. A dry run is checked
and charges nothing.

Source: k8s.io/apiserver ``admission/plugin/resourcequota``.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kubegate.admission.interface import Cluster, Environment, Operation, Plugin, Review
from kubegate.admission.quota.amounts import write
from kubegate.admission.quota.check import Charge, charges
from kubegate.admission.quota.evaluator import Evaluator
from kubegate.admission.quota.evaluators import evaluator_of
from kubegate.admission.quota.limited import Limited, ResourceQuotaConfiguration
from kubegate.api.status import Status, StatusError

ATTEMPTS = 10
"""How often a charge is tried when somebody else changes the quota at the same time."""


class ResourceQuota:
    """Checks and charges. Writes of one namespace are charged one after the other; other servers are met by retrying."""

    def __init__(self, cluster: Cluster, limited: Sequence[Limited], now: Callable[[], datetime]) -> None:
        self._cluster = cluster
        self._limited = limited
        self._now = now
        self._locks: dict[str, threading.Lock] = {}

    def validate(self, review: Review) -> Status | None:
        evaluator = _evaluator(review)
        if evaluator is None:
            return None
        if not self._limited and not any(True for _ in self._cluster.list("resourcequotas", review.namespace)):
            return None
        with self._locks.setdefault(review.namespace, threading.Lock()):
            try:
                return self._charge(review, evaluator)
            except StatusError as error:
                return error.status

    def _charge(self, review: Review, evaluator: Evaluator) -> Status | None:
        conflict: Status | None = None
        done: set[str] = set()
        for _ in range(ATTEMPTS):
            quotas = sorted(self._cluster.list("resourcequotas", review.namespace), key=_name)
            wanted = charges(
                review, evaluator, [quota for quota in quotas if _name(quota) not in done], self._limited, self._now()
            )
            if review.dry_run:
                return None
            conflict = self._store(wanted, done)
            if conflict is None:
                return None
        return conflict

    def _store(self, wanted: list[Charge], done: set[str]) -> Status | None:
        """Write the new usages; the answer is the first refusal, and ``done`` grows by the quotas that are charged."""
        for charge in wanted:
            changed = copy.deepcopy(charge.quota)  # what the cluster gave may not be changed
            changed.setdefault("status", {})["used"] = write(charge.used)
            try:
                self._cluster.update("resourcequotas", changed)
            except StatusError as error:
                if error.status.code not in (404, 409):
                    raise
                return error.status
            done.add(_name(charge.quota))
        return None


def _evaluator(review: Review) -> Evaluator | None:
    """What measures the object; None where no quota counts."""
    if review.operation not in (Operation.CREATE, Operation.UPDATE) or not review.namespace or review.object is None:
        return None
    if review.subresource and (review.resource.qualified, review.subresource) != ("pods", "resize"):
        return None
    if review.kind[::2] == ("", "Namespace"):
        return None
    evaluator = evaluator_of(review.resource.qualified)
    return evaluator if evaluator is not None and evaluator.handles(review) else None


def _name(quota: dict[str, Any]) -> str:
    return (quota.get("metadata") or {}).get("name") or ""


def _build(environment: Environment, configuration: Any) -> ResourceQuota:
    limited = configuration.limited() if configuration else ()
    return ResourceQuota(environment.cluster, limited, environment.now)


PLUGIN = Plugin("ResourceQuota", _build, on_by_default=True, model=ResourceQuotaConfiguration)
