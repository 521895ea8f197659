"""What a claim's volume is filled from."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kubegate.registry.core.volumes.claim_sources import settle_sources
from kubegate.registry.interface import WriteContext

CLAIM = {"kind": "PersistentVolumeClaim", "name": "c"}
SNAPSHOT = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}
OTHER = {"apiGroup": "x.io", "kind": "Image", "name": "i"}
ELSEWHERE = {**CLAIM, "namespace": "other"}
NOTHING: dict[str, Any] = {}


def settled(spec: dict[str, Any], before: dict[str, Any] | None = None, **gates: bool) -> dict[str, Any]:
    claim = {"spec": copy.deepcopy(spec)}
    settle_sources(claim, None if before is None else {"spec": before}, WriteContext(gates=gates))
    return claim["spec"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"dataSource": CLAIM}, {"dataSource": CLAIM, "dataSourceRef": CLAIM}),
        ({"dataSource": SNAPSHOT}, {"dataSource": SNAPSHOT, "dataSourceRef": SNAPSHOT}),
        ({"dataSource": OTHER}, NOTHING),
        ({"dataSource": {"kind": "X", "name": "n"}}, NOTHING),
        ({"dataSourceRef": OTHER}, {"dataSource": OTHER, "dataSourceRef": OTHER}),
        ({"dataSource": OTHER, "dataSourceRef": CLAIM}, {"dataSource": OTHER, "dataSourceRef": CLAIM}),
        ({"dataSourceRef": ELSEWHERE}, NOTHING),
        ({"dataSource": CLAIM, "dataSourceRef": ELSEWHERE}, {"dataSource": CLAIM, "dataSourceRef": CLAIM}),
    ],
)
def test_new_claims(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert settled(given) == expected


def test_sources_in_other_namespaces_are_behind_a_gate() -> None:
    assert settled({"dataSourceRef": ELSEWHERE}, CrossNamespaceVolumeDataSource=True) == {"dataSourceRef": ELSEWHERE}


def test_a_source_that_is_there_stays() -> None:
    before = {"dataSource": OTHER, "dataSourceRef": OTHER}
    assert settled({"dataSource": OTHER}, before) == before
    assert settled({"dataSourceRef": ELSEWHERE}, {"dataSourceRef": ELSEWHERE}) == {"dataSourceRef": ELSEWHERE}
    assert settled({"dataSource": OTHER}, {}) == {}
