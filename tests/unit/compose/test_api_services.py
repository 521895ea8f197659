"""What the server registers of itself, and since when it notes the use of legacy tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kubegate.api.catalog import builtin
from kubegate.compose.bootstrap_objects import api_services, legacy_tokens

ON_START = {"kube-aggregator.kubernetes.io/automanaged": "onstart"}


def of_apps(**metadata: Any) -> dict[str, Any]:
    found = {obj["metadata"]["name"]: obj for obj in api_services.objects(builtin())}["v1.apps"]
    return {**found, "metadata": {**found["metadata"], **metadata}}


def test_each_version_is_registered_once_with_its_place() -> None:
    made = {obj["metadata"]["name"]: obj["spec"] for obj in api_services.objects(builtin())}
    assert made["v1."] == {"groupPriorityMinimum": 18000, "version": "v1", "versionPriority": 1}
    assert made["v1.apps"] == {"group": "apps", "groupPriorityMinimum": 17800, "version": "v1", "versionPriority": 15}
    assert {"v1.autoscaling", "v2.autoscaling", "v1.resource.k8s.io"} <= set(made)
    assert "v1.apiregistration.k8s.io" not in made  # who registers the others is not among them


def test_what_the_server_manages_is_set_right() -> None:
    wanted = of_apps()
    assert wanted["metadata"]["labels"] == ON_START
    changed = {**of_apps(uid="u"), "spec": {**wanted["spec"], "versionPriority": 3}}
    assert api_services.reconciled(changed, wanted) == {**changed, "spec": wanted["spec"]}
    assert api_services.reconciled(of_apps(uid="u"), wanted) is None


def test_an_api_service_of_somebody_else_is_left_alone() -> None:
    foreign = {**of_apps(labels={}), "spec": {"group": "apps", "version": "v1", "service": {"name": "s"}}}
    assert api_services.reconciled(foreign, of_apps()) is None


def test_tracking_starts_on_the_first_day() -> None:
    (wanted,) = legacy_tokens.objects(datetime(2026, 5, 4, 23, 0, tzinfo=UTC))
    assert wanted["data"] == {"since": "2026-05-04"}
    for since, after in (("2024-01-31", None), ("2024-02-31", "2026-05-04"), ("", "2026-05-04"), ("20240131", "2026-05-04")):
        made = legacy_tokens.reconciled({**wanted, "data": {"since": since, "kept": "x"}}, wanted)
        assert (made and made["data"]) == (after and {"since": after, "kept": "x"})
