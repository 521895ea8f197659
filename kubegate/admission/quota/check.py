"""Does a write fit into the quotas of its namespace, and what are their new usages?

Source: k8s.io/apiserver ``admission/plugin/resourcequota/controller.go`` (``CheckRequest``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kubegate.admission.interface import Operation, Review, Rule
from kubegate.admission.quota import amounts
from kubegate.admission.quota.amounts import Amounts
from kubegate.admission.quota.evaluator import Evaluator, is_covered
from kubegate.admission.quota.limited import Limited
from kubegate.admission.quota.scopes import of_quota
from kubegate.admission.rejections import forbidden, plain
from kubegate.api.names import Object, name_of
from kubegate.api.status import StatusError


@dataclass(frozen=True, slots=True)
class Charge:
    """A quota and what of it will be used after the write."""

    quota: Object
    used: Amounts


def charges(
    review: Review, evaluator: Evaluator, quotas: Iterable[Object], limited: Sequence[Limited], now: datetime
) -> list[Charge]:
    """What to charge to which quota; raises `StatusError` if the write must be refused."""
    obj = review.object or {}
    everything = list(quotas)
    covering = [quota for quota in everything if _covers(quota, evaluator, obj)]
    for quota in covering:
        _demand(review, quota, evaluator, obj)
    usage = evaluator.usage(obj, now)
    below = amounts.negative(usage)
    if below:
        _refuse(review, f"quota usage is negative for resource(s): {','.join(below)}")
    delta = amounts.without_zeros(_delta(review, evaluator, usage, now))
    if not delta:
        return []
    covered = {name for quota in covering for name in evaluator.matching(_hard(quota))}
    _demand_cover(review, evaluator, obj, everything, limited, usage, covered)
    return [charge for quota in covering if (charge := _charge(review, quota, delta)) is not None]


def _covers(quota: Object, evaluator: Evaluator, obj: Object) -> bool:
    return is_covered(_hard(quota), of_quota(quota), evaluator, obj)


def _hard(quota: Object) -> Amounts:
    return amounts.read((quota.get("status") or {}).get("hard"))


def _used(quota: Object) -> Amounts:
    return amounts.read((quota.get("status") or {}).get("used"))


def _refuse_for(review: Review, quota: Object, names: Sequence[str], why: str) -> None:
    """Refuse because of what a quota has to say about resources (none: about all of its own)."""
    review.rule = Rule("", "ResourceQuota", review.namespace, name_of(quota), ("spec", "hard", *sorted(names)[:1]))
    _refuse(review, why)


def _refuse(review: Review, why: str) -> None:
    raise StatusError(forbidden(review, why))


def _demand(review: Review, quota: Object, evaluator: Evaluator, obj: Object) -> None:
    """The object must say what the quota limits, and the quota must have been counted."""
    names = evaluator.matching(_hard(quota))
    complaint = evaluator.complaint(names, obj)
    if complaint:
        _refuse_for(review, quota, (), f"failed quota: {name_of(quota)}: {complaint}")
    used = _used(quota)
    if any(name not in used for name in names):
        why = f"status unknown for quota: {name_of(quota)}, resources: {','.join(sorted(names))}"
        _refuse_for(review, quota, names, why)


def _delta(review: Review, evaluator: Evaluator, usage: Amounts, now: datetime) -> Amounts:
    old = review.old_object
    if review.operation is not Operation.UPDATE:
        return usage
    if old is None:
        raise StatusError(forbidden(review, "unable to get previous usage since prior version of object was not found"))
    if not (old.get("metadata") or {}).get("resourceVersion"):
        return usage
    return amounts.subtract(usage, evaluator.usage(old, now))


def _demand_cover(
    review: Review,
    evaluator: Evaluator,
    obj: Object,
    quotas: Sequence[Object],
    limited: Sequence[Limited],
    usage: Amounts,
    covered: set[str],
) -> None:
    """What the configuration limits by default needs a quota that covers it."""
    mine = [item for item in limited if item.qualified == review.resource.qualified]
    uncovered = {name for item in mine for name in item.limited_names(usage)} - covered
    if uncovered:
        _refuse(review, f"insufficient quota to consume: {','.join(sorted(uncovered))}")
    wanted = [scope for item in limited for scope in item.scopes if evaluator.in_scope(scope, obj)]
    present = {scope.name for quota in quotas for scope in of_quota(quota) if evaluator.in_scope(scope, obj)}
    bare = [scope for scope in wanted if scope.name not in present]
    if bare:
        raise StatusError(plain(f"insufficient quota to match these scopes: [{' '.join(map(str, bare))}]"))


def _charge(review: Review, quota: Object, delta: Amounts) -> Charge | None:
    hard, used = _hard(quota), _used(quota)
    requested = amounts.mask(delta, hard)
    if not requested:
        return None
    after = amounts.add(used, requested)
    exceeded = amounts.exceeding(amounts.mask(after, requested), hard)
    if exceeded:
        _refuse_for(
            review,
            quota,
            exceeded,
            f"exceeded quota: {name_of(quota)}, requested: {amounts.shown(amounts.mask(requested, exceeded))}, "
            f"used: {amounts.shown(amounts.mask(used, exceeded))}, limited: {amounts.shown(amounts.mask(hard, exceeded))}",
        )
    return Charge(quota, after)
