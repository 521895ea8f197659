"""What a kind of object consumes: the contract, and the kinds of which only the number counts.

Source: k8s.io/apiserver ``pkg/quota/v1``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from kubegate.admission.interface import Operation, Review
from kubegate.admission.quota.amounts import ONE, Amounts
from kubegate.admission.quota.scopes import Scope
from kubegate.api.names import Object


class Evaluator(Protocol):
    """Measures objects of one resource."""

    def handles(self, review: Review) -> bool:
        """True if the write can change what is consumed."""
        ...

    def usage(self, obj: Object, now: datetime) -> Amounts:
        """What the object consumes of every quota resource."""
        ...

    def matching(self, names: Collection[str]) -> list[str]:
        """Which of these quota resources the objects consume, in the order given."""
        ...

    def in_scope(self, scope: Scope, obj: Object) -> bool:
        """True if the object is in the scope."""
        ...

    def complaint(self, names: Collection[str], obj: Object) -> str:
        """What the object must specify and does not, where these resources are limited; "" if nothing."""
        ...


def count_name(qualified: str) -> str:
    """The quota resource that counts objects: ``count/deployments.apps``."""
    return f"count/{qualified}"


class ObjectCount:
    """Objects that consume nothing but their number, under one or more names."""

    def __init__(self, qualified: str, alias: str = "") -> None:
        self._names = [count_name(qualified)] + ([alias] if alias else [])

    def handles(self, review: Review) -> bool:
        return review.operation is Operation.CREATE and not review.subresource

    def usage(self, obj: Object, now: datetime) -> Amounts:
        return dict.fromkeys(self._names, ONE)

    def matching(self, names: Collection[str]) -> list[str]:
        return [name for name in names if name in self._names]

    def in_scope(self, scope: Scope, obj: Object) -> bool:
        return False

    def complaint(self, names: Collection[str], obj: Object) -> str:
        return ""


def is_covered(quota_hard: Collection[str], scopes: Sequence[Scope], evaluator: Evaluator, obj: Object) -> bool:
    """True if a quota with these resources and scopes counts the object."""
    return bool(evaluator.matching(quota_hard)) and all(evaluator.in_scope(scope, obj) for scope in scopes)
