"""``kube-system/kube-apiserver-legacy-service-account-token-tracking``: since when the use of legacy tokens is noted.

Whoever removes unused tokens may believe in missing notes only from that day on.
Source: ``pkg/controlplane/controller/legacytokentracking``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from kubegate.api.names import Object

_SINCE = "since"


def objects(now: datetime | None = None) -> list[Object]:
    """The ConfigMap of a server that starts to take notes ``now``."""
    meta = {"name": "kube-apiserver-legacy-service-account-token-tracking", "namespace": "kube-system"}
    day = (now or datetime.now(UTC)).strftime("%Y-%m-%d")
    return [{"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta, "data": {_SINCE: day}}]


def reconciled(stored: Object, wanted: Object) -> Object | None:
    """The first day stays; what is no day is replaced."""
    data = stored.get("data") or {}
    if _is_day(data.get(_SINCE) or ""):
        return None
    return {**stored, "data": {**data, **wanted["data"]}}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
