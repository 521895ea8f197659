"""What a claim's volume is filled from: the older field and the newer one, which follow each other.

Source: kubernetes ``pkg/api/persistentvolumeclaim/util.go``.
"""

from __future__ import annotations

from kubegate.api.names import Object
from kubegate.registry.interface import WriteContext

_GATE = "CrossNamespaceVolumeDataSource"
_OLDER = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))
"""Groups and kinds that the older field may name; others are dropped, as it was always done."""


def settle_sources(claim: Object, old: Object | None, context: WriteContext) -> None:
    """Drop sources that cannot be had, and give either field what only the other one has, in place."""
    spec, before = claim.get("spec") or {}, (old or {}).get("spec") or {}
    reference, had = spec.get("dataSourceRef"), before.get("dataSourceRef") is not None
    if reference and reference.get("namespace") and not context.gates.get(_GATE) and not had:
        spec.pop("dataSourceRef")
    if not had and before.get("dataSource") is None and spec.get("dataSourceRef") is None:
        source = spec.get("dataSource") or {}
        if (source.get("apiGroup") or "", source.get("kind")) not in _OLDER:
            spec.pop("dataSource", None)
    _align(spec)


def _align(spec: Object) -> None:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and reference is None:
        spec["dataSourceRef"] = dict(source)
    elif reference is not None and source is None and not reference.get("namespace"):
        spec["dataSource"] = {key: value for key, value in reference.items() if key != "namespace"}
