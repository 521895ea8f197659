"""What a PodDisruptionBudget allows now (``disruption-controller``). Source: kubernetes ``pkg/controller/disruption``."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from kubegate.api.names import GroupVersionKind, Object, labels_of, name_of, namespace_of, split_api_version
from kubegate.api.status import StatusError
from kubegate.controllers.conditions import with_condition
from kubegate.controllers.events import WARNING, Recorder
from kubegate.controllers.interface import Context, Controller, Source, Work, controller_of, path_of
from kubegate.controllers.pods import deleting, is_ready, parse_time, phase
from kubegate.selectors.label_selector import from_object
from kubegate.store.interface import Event

RESOURCE = "poddisruptionbudgets.policy"
_DELETION_TIMEOUT = timedelta(minutes=2)
"""A pod that was evicted and is still not being deleted then is counted again."""

_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of the "
    "PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set "
    '".spec.minAvailable" field of the PDB to an integer value.'
)


class _CannotCount(Exception):
    """Why the number of expected pods is not known."""


class Budgets:
    """The reconciler; work without a name stands for all budgets of the namespace."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = Recorder(context, "controllermanager")

    def reconcile(self, work: Work) -> float | None:
        """See `Reconciler.reconcile`."""
        if work.name:
            found = self._context.get(RESOURCE, work.namespace, work.name)
            return self._sync(found, tell=True) if found is not None and not deleting(found) else None
        for budget in self._context.list(RESOURCE, work.namespace):
            if not deleting(budget):
                self._sync(budget, tell=False)
        return None

    def _sync(self, budget: Object, *, tell: bool) -> float | None:
        selector = from_object(budget["spec"].get("selector"))
        pods = [pod for pod in self._context.list("pods", namespace_of(budget)) if selector.matches(labels_of(pod))]
        if tell and not pods:
            self._events.report(budget, "NoPods", "No matching pods found")
        try:
            expected, desired, unmanaged = self._expected(budget, pods)
        except _CannotCount as problem:
            text = f"Failed to calculate the number of expected pods: {problem}"
            self._events.report(budget, "CalculateExpectedPodCountFailed", text, WARNING)
            self._fail(budget, str(problem))
            return None
        if tell and unmanaged:
            self._events.report(budget, "UnmanagedPods", _UNMANAGED.format(selector), WARNING)
        disrupted = self._disrupted(budget, pods)
        healthy = sum(is_ready(p) and not deleting(p) and name_of(p) not in disrupted for p in pods)
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        status: Object = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": budget["metadata"].get("generation") or 0,
        }
        if disrupted:
            status["disruptedPods"] = disrupted
        reason = "SufficientPods" if allowed else "InsufficientPods"
        self._write(budget, status, "True" if allowed else "False", reason, "")
        return _DELETION_TIMEOUT.total_seconds() if disrupted else None

    def _expected(self, budget: Object, pods: Sequence[Object]) -> tuple[int, int, bool]:
        """Expected and desired pods, and whether some pods have no controller."""
        spec = budget["spec"]
        if (most := spec.get("maxUnavailable")) is not None:
            expected, unmanaged = self._scales(pods)
            return expected, max(expected - _scaled(most, expected), 0), unmanaged
        least = spec.get("minAvailable")
        if isinstance(least, str):
            expected, unmanaged = self._scales(pods)
            return expected, _scaled(least, expected), unmanaged
        return len(pods), least or 0, False

    def _scales(self, pods: Iterable[Object]) -> tuple[int, bool]:
        """How many pods the controllers of these pods are to have, all together."""
        scales: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            owner = controller_of(pod)
            if owner is None:
                unmanaged = True
                continue
            if owner["uid"] in scales:
                continue
            found = self._scale(owner, namespace_of(pod))
            if found is None:
                raise _CannotCount(f'found no controllers for pod "{name_of(pod)}"')
            scales[found[0]] = found[1]
        return sum(scales.values()), unmanaged

    def _scale(self, owner: Mapping[str, Any], namespace: str) -> tuple[str, int] | None:
        group, version = split_api_version(owner["apiVersion"])
        resource = self._context.catalog().by_kind(GroupVersionKind(group, version, owner["kind"]))
        if resource is None:
            return None
        found = self._context.get(resource.key, namespace, owner["name"])
        if found is None or found["metadata"]["uid"] != owner["uid"]:
            return None
        upper = controller_of(found)
        if resource.key == "replicasets.apps" and upper is not None and upper["kind"] == "Deployment":
            return self._scale(upper, namespace)
        if "scale" not in resource.subresources:
            raise _CannotCount(f"{resource.kind.kind.lower()}s.{group} does not implement the scale subresource")
        try:
            scale = self._context.client.get(path_of(resource, namespace, owner["name"], "scale"))
        except StatusError as error:
            raise _CannotCount(error.status.message) from None
        return (owner["uid"], int((scale or {}).get("spec", {}).get("replicas") or 0)) if scale is not None else None

    def _disrupted(self, budget: Object, pods: Iterable[Object]) -> dict[str, str]:
        """Pods that were evicted and are not yet being deleted."""
        there = {name_of(pod): pod for pod in pods}
        now = self._context.now()
        kept: dict[str, str] = {}
        for name, when in ((budget.get("status") or {}).get("disruptedPods") or {}).items():
            pod, since = there.get(name), parse_time(when)
            if pod is None or deleting(pod) or phase(pod) in ("Succeeded", "Failed") or since is None:
                continue
            if since + _DELETION_TIMEOUT < now:
                text = "Pod was expected by PDB {}/{} to be deleted but it wasn't"
                self._events.report(pod, "NotDeleted", text.format(namespace_of(budget), name_of(budget)), WARNING)
            else:
                kept[name] = when
        return kept

    def _fail(self, budget: Object, problem: str) -> None:
        """Nothing may be disrupted while the count is not known."""
        status = {key: value for key, value in (budget.get("status") or {}).items() if key != "conditions"}
        status["disruptionsAllowed"] = 0
        status["observedGeneration"] = budget["metadata"].get("generation") or 0
        for name in ("currentHealthy", "desiredHealthy", "expectedPods"):
            status.setdefault(name, 0)
        self._write(budget, status, "False", "SyncFailed", problem)

    def _write(self, budget: Object, status: Object, value: str, reason: str, message: str) -> None:
        old = budget.get("status") or {}
        condition = {
            "type": "DisruptionAllowed",
            "status": value,
            "observedGeneration": status["observedGeneration"],
            "lastTransitionTime": self._context.timestamp(),
            "reason": reason,
            "message": message,
        }
        status["conditions"] = with_condition(old.get("conditions"), condition)
        if status != old:
            path = f"/apis/policy/v1/namespaces/{namespace_of(budget)}/poddisruptionbudgets/{name_of(budget)}/status"
            self._context.client.update(path, {**copy.deepcopy(budget), "status": status})


def _scaled(value: Any, total: int) -> int:
    """A number, or a percentage of ``total`` rounded up."""
    if isinstance(value, str):
        return -(-int(value.removesuffix("%")) * total // 100)
    return int(value)


def _all_of_namespace(event: Event) -> Iterable[Work]:
    yield Work(event.stored.key.namespace, "")


_OTHERS = ("pods", "replicasets.apps", "deployments.apps", "statefulsets.apps", "replicationcontrollers")
CONTROLLER = Controller(
    "disruption-controller",
    "disruption-controller",
    (Source(RESOURCE), *(Source(name, _all_of_namespace) for name in _OTHERS)),
    Budgets,
)
