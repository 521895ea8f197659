"""``pods/NAME/eviction``: delete a pod if the disruption budgets allow it.

Source: ``pkg/registry/core/pod/storage/eviction.go``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kubegate.api import status as statuses
from kubegate.api.names import Object, labels_of, metadata, name_of
from kubegate.api.status import Status, StatusError
from kubegate.apiserver.handlers.api import Api, Endpoint
from kubegate.apiserver.options import delete_options
from kubegate.apiserver.rest.delete import delete
from kubegate.apiserver.rest.parts import Call, Parts, timestamp
from kubegate.apiserver.subresources.creating import Validate, creating, success
from kubegate.errors import Conflict
from kubegate.selectors.label_selector import from_object
from kubegate.store.interface import Key

_BUDGETS = "poddisruptionbudgets.policy"
_MOST_DISRUPTED = 2000
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def endpoint() -> Endpoint:
    """POST of an Eviction."""
    return creating(_evict, versions=("policy/v1beta1",))


def _evict(api: Api, call: Call, eviction: Object, validate: Validate) -> Object:
    if name_of(eviction) != call.name:
        raise StatusError(statuses.bad_request("name in URL does not match name in Eviction object"))
    options = delete_options({}, eviction.get("deleteOptions") or {})
    if call.dry_run:
        options["dryRun"] = ["All"]
    validate()
    dry_run = bool(options.get("dryRun"))
    stored = api.parts.store.get(Key("pods", call.namespace, call.name))
    if stored is None:
        raise StatusError(statuses.not_found("", "pods", call.name))
    if not _ignores_budgets(stored.object):
        _spend(api.parts, stored.object, call, dry_run)
    delete(_unchecked(api.parts), replace(call, subresource="", options=options, dry_run=dry_run))
    return success()


class _NoAdmission:
    """An eviction was admitted as such; the deletion is not admitted once more."""

    def mutate(self, review: object) -> None:
        return None

    def validate(self, review: object) -> None:
        return None


def _unchecked(parts: Parts) -> Parts:
    return replace(parts, admission=_NoAdmission())


def _ignores_budgets(pod: Object) -> bool:
    """Pods that are not running, or on their way already, disturb nothing."""
    phase = (pod.get("status") or {}).get("phase")
    return phase in ("Succeeded", "Failed", "Pending") or bool(metadata(pod).get("deletionTimestamp"))


def _spend(parts: Parts, pod: Object, call: Call, dry_run: bool) -> None:
    """Take one disruption from the pod's budget; raises 429, 403 or 500."""
    while True:
        budgets = [stored for stored in parts.store.list(_BUDGETS, call.namespace).items if _covers(stored.object, pod)]
        if not budgets:
            return
        if len(budgets) > 1:
            text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            raise StatusError(Status(500, "", text))
        budget = budgets[0]
        if not _ready(pod) and _tolerates_unhealthy(budget.object):
            return
        spent = _decremented(budget.object, call.name, timestamp(parts.now()))
        if dry_run:
            return
        resource = parts.catalog().preferred("policy", "poddisruptionbudgets")
        if resource is not None:
            parts.fields.update(resource, "status", budget.object, spent, "kube-apiserver")
        try:
            parts.store.update(budget.key, spent, expected=budget.revision)
        except Conflict:
            continue
        return


def _covers(budget: Object, pod: Object) -> bool:
    selector = (budget.get("spec") or {}).get("selector")
    return selector is not None and from_object(selector).matches(labels_of(pod))


def _ready(pod: Object) -> bool:
    conditions: list[dict[str, Any]] = (pod.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


def _tolerates_unhealthy(budget: Object) -> bool:
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    desired = status.get("desiredHealthy") or 0
    return (status.get("currentHealthy") or 0) >= desired > 0


def _decremented(budget: Object, pod: str, now: str) -> Object:
    status, name = dict(budget.get("status") or {}), name_of(budget)
    if (status.get("observedGeneration") or 0) < (metadata(budget).get("generation") or 0):
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", 10)
    allowed = status.get("disruptionsAllowed") or 0
    if allowed < 0:
        raise StatusError(statuses.forbidden("", "poddisruptionbudget", name, "pdb disruptions allowed is negative"))
    if len(status.get("disruptedPods") or {}) > _MOST_DISRUPTED:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise StatusError(statuses.forbidden("", "poddisruptionbudget", name, why))
    if allowed == 0:
        raise _too_many(_exhausted(status, name), 0)
    status["disruptionsAllowed"] = allowed - 1
    if allowed == 1:
        status["conditions"] = _insufficient(status.get("conditions") or [], metadata(budget).get("generation"), now)
    status["disruptedPods"] = {**(status.get("disruptedPods") or {}), pod: now}
    return {**budget, "metadata": dict(metadata(budget)), "status": status}


def _insufficient(conditions: list[dict[str, Any]], generation: int | None, now: str) -> list[dict[str, Any]]:
    """The conditions once the last disruption is spent."""
    others = [c for c in conditions if c.get("type") != "DisruptionAllowed"]
    condition = {"type": "DisruptionAllowed", "status": "False"}
    if generation:
        condition["observedGeneration"] = generation  # type: ignore[assignment]
    return [*others, {**condition, "lastTransitionTime": now, "reason": "InsufficientPods", "message": ""}]


def _exhausted(status: Object, name: str) -> str:
    failed = next(
        (
            c
            for c in status.get("conditions") or ()
            if c.get("type") == "DisruptionAllowed" and c.get("reason") == "SyncFailed"
        ),
        None,
    )
    if failed is not None:
        why = f"because it failed sync: {failed['message']}"
        return f"The disruption budget {name} does not allow evicting pods currently {why}"
    healthy, desired = status.get("currentHealthy") or 0, status.get("desiredHealthy") or 0
    if healthy <= desired and desired:
        return f"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
    return f"The disruption budget {name} does not allow evicting pods currently"


def _too_many(message: str, seconds: int) -> StatusError:
    details: dict[str, Any] = {"causes": [{"reason": "DisruptionBudget", "message": message}]}
    if seconds:
        details["retryAfterSeconds"] = seconds
    return StatusError(Status(429, "TooManyRequests", _REFUSED, details, retry_after=seconds))
