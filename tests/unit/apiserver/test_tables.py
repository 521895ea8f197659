"""Cells of tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.api.catalog import builtin
from kubegate.apiserver.tables import core, others, workloads
from kubegate.apiserver.tables.catalog import PRINTERS
from kubegate.apiserver.tables.cells import human, selector_text
from kubegate.apiserver.tables.pods import pod
from kubegate.apiserver.tables.printer import _columns, print_table

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 300, "3h5m"),
        (9 * 3600 + 300, "9h"),
        (47 * 3600, "47h"),
        (49 * 3600, "2d1h"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
        (9 * 365 * 86400, "9y"),
        (-1, "0s"),
        (-2, "<invalid>"),
    ],
)
def test_durations(seconds: int, text: str) -> None:
    assert human(seconds) == text


def test_every_printer_has_its_columns() -> None:
    for name, printer in PRINTERS.items():
        cells = printer({"metadata": {"name": "x"}}, NOW)
        unnamed = 1 if name == "networking.k8s.io/ipaddresses" else 0  # the age has a cell but no column
        assert len(cells) == len(_columns()[name]) + unnamed, name


def test_every_resource_can_be_printed() -> None:
    for resource in builtin():
        table = print_table(resource, [{"metadata": {"name": "x"}}], "None", True)
        assert table["rows"][0]["cells"][0] in ("x", "<unknown>"), resource.gvr
        assert table["rows"][0]["object"] is None


def state(**more: Any) -> dict[str, Any]:
    return {"name": "c", "ready": False, "restartCount": 0, **more}


WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}
RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("status", "deleted", "shown"),
    [
        ({"phase": "Pending"}, False, ("0/1", "Pending", "0")),
        ({"phase": "Running", "containerStatuses": [state(ready=True, state=RUNNING)]}, False, ("1/1", "Running", "0")),
        (
            {"phase": "Running", "containerStatuses": [state(state=WAITING, restartCount=3)]},
            False,
            ("0/1", "CrashLoopBackOff", "3"),
        ),
        ({"phase": "Running", "containerStatuses": [state(ready=True, state=RUNNING)]}, True, ("1/1", "Terminating", "0")),
        ({"phase": "Failed", "reason": "Evicted"}, False, ("0/1", "Evicted", "0")),
        (
            {"phase": "Failed", "containerStatuses": [state(state={"terminated": {"exitCode": 2, "signal": 9}})]},
            False,
            ("0/1", "Signal:9", "0"),
        ),
        (
            {"phase": "Pending", "initContainerStatuses": [state(state={"terminated": {"exitCode": 1}}, restartCount=1)]},
            False,
            ("0/1", "Init:ExitCode:1", "1"),
        ),
        (
            {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
            False,
            ("0/1", "SchedulingGated", "0"),
        ),
    ],
)
def test_pods(status: dict[str, Any], deleted: bool, shown: tuple[str, ...]) -> None:
    meta = {"name": "p", **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleted else {})}
    cells = pod({"metadata": meta, "spec": {"containers": [{"name": "c"}]}, "status": status}, NOW)
    assert tuple(cells[1:4]) == shown


def test_selectors() -> None:
    expression = {"key": "c", "operator": "In", "values": ["e", "d"]}
    assert selector_text({"matchLabels": {"z": "1", "a": "b"}, "matchExpressions": [expression]}) == "a=b,c in (d,e),z=1"
    assert selector_text({}) == "<none>"


def cells_of(printer: Any, **obj: Any) -> list[Any]:
    found: list[Any] = printer({"metadata": {"name": "x"}, **obj}, NOW)
    return found


def test_services() -> None:
    port = {"port": 80, "nodePort": 30000, "protocol": "TCP"}
    spec = {"type": "LoadBalancer", "clusterIP": "10.0.0.1", "ports": [port]}
    assert cells_of(core.service, spec=spec)[1:5] == ["LoadBalancer", "10.0.0.1", "<pending>", "80:30000/TCP"]


def test_nodes() -> None:
    labels = {"node-role.kubernetes.io/control-plane": ""}
    made = core.node({"metadata": {"name": "n", "labels": labels}, "spec": {"unschedulable": True}}, NOW)
    assert made[1:3] == ["Unknown,SchedulingDisabled", "control-plane"]


def test_autoscalers() -> None:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": 5, "metrics": [metric] * 3}
    row = cells_of(workloads.horizontal_pod_autoscaler, spec=spec)
    assert row[1:3] == ["Deployment/d", "cpu: <unknown>/50%, cpu: <unknown>/50% + 1 more..."]


def test_ingresses() -> None:
    rules = [{"host": f"{letter}.example.com"} for letter in "abcd"]
    row = cells_of(others.ingress, spec={"rules": rules, "tls": [{}]})
    assert row[1:5] == ["<none>", "a.example.com,b.example.com,c.example.com + 1 more...", "", "80, 443"]
