"""What a DELETE does to an object: nothing (it is on its way), mark it, remove it, or both.

Source: k8s.io/apiserver ``rest.BeforeDelete`` and ``registry/generic/registry.deletionFinalizersForGarbageCollection``;
``pkg/registry/core/pod`` (CheckGracefulDelete).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kubegate.api.catalog import Resource
from kubegate.api.names import Object, metadata
from kubegate.apiserver.rest.parts import timestamp

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
_ORPHANING_BY_DEFAULT = {"jobs.batch", "replicationcontrollers"}
_GRACEFUL = {"pods"}


@dataclass(frozen=True, slots=True)
class Plan:
    """``pending``: a graceful deletion is under way and stays as it is. ``changed``: the object as it must be stored first
    (None: no change). ``remove``: then remove it."""

    pending: bool = False
    changed: Object | None = None
    remove: bool = False


def plan_deletion(resource: Resource, obj: Object, options: Object, now: datetime) -> Plan:
    """The plan for ``obj`` (not changed) under DeleteOptions."""
    meta = dict(metadata(obj))
    graceful = False
    period = 0
    if resource.key in _GRACEFUL:
        if meta.get("deletionTimestamp"):
            step = _shorten(meta, options.get("gracePeriodSeconds"))
            if step is None:
                return Plan(pending=True)
            graceful, period = step
        else:
            graceful, period = True, _pod_period(obj, options)
            _mark(meta, now, period)
    before = list(meta.get("finalizers") or ())
    finalizers = _finalizers(resource, before, options)
    if not graceful and not before and finalizers == before:
        return Plan(remove=True)
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)
    if not graceful and finalizers:
        if not meta.get("deletionTimestamp"):
            _mark(meta, now, 0)
        meta["deletionGracePeriodSeconds"] = 0
    return Plan(changed={**obj, "metadata": meta}, remove=not finalizers and (not graceful or period == 0))


def _mark(meta: Object, now: datetime, period: int) -> None:
    if meta.get("generation"):
        meta["generation"] += 1
    meta["deletionTimestamp"] = timestamp(now + timedelta(seconds=period))
    meta["deletionGracePeriodSeconds"] = period


def _positive(period: int) -> int:
    """Negative values are treated as one second."""
    return 1 if period < 0 else period


def _pod_period(pod: Object, options: Object) -> int:
    spec, phase = pod.get("spec") or {}, (pod.get("status") or {}).get("phase")
    wanted = options.get("gracePeriodSeconds")
    period = int(spec.get("terminationGracePeriodSeconds") or 0) if wanted is None else _positive(int(wanted))
    if not spec.get("nodeName") or phase in ("Failed", "Succeeded"):
        period = 0
    return _positive(period)


def _shorten(meta: Object, wanted: int | None) -> tuple[bool, int] | None:
    """A deletion under way can only be made quicker; None: it stays."""
    current = meta.get("deletionGracePeriodSeconds")
    if current is None:
        return False, 0
    if wanted is None or _positive(wanted) >= current:
        return None
    period = _positive(wanted)
    planned = datetime.strptime(meta["deletionTimestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    meta["deletionTimestamp"] = timestamp(planned - timedelta(seconds=current - period))
    meta["deletionGracePeriodSeconds"] = period
    return True, period


def _finalizers(resource: Resource, before: list[str], options: Object) -> list[str]:
    orphan, foreground = _propagation(resource, before, options)
    kept = [name for name in before if name not in (ORPHAN, FOREGROUND)]
    wanted = kept + [ORPHAN] * orphan + [FOREGROUND] * foreground
    return before if set(wanted) == set(before) else wanted


def _propagation(resource: Resource, before: list[str], options: Object) -> tuple[bool, bool]:
    """(orphan the dependents, delete them in the foreground)."""
    if (orphan := options.get("orphanDependents")) is not None:
        return bool(orphan), False
    if policy := options.get("propagationPolicy"):
        return policy == "Orphan", policy == "Foreground"
    if ORPHAN in before or FOREGROUND in before:
        return ORPHAN in before, FOREGROUND in before
    return resource.key in _ORPHANING_BY_DEFAULT, False
