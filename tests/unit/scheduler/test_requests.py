"""What pods request."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.scheduler.requests import ASSUMED, pod_requests


def container(name: str = "c", **more: Any) -> dict[str, Any]:
    requests = {key: more.pop(key) for key in ("cpu", "memory", "gpu") if key in more}
    return {"name": name, "resources": {"requests": requests}, **more}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container(cpu="1"), container(cpu="500m")]}, 1500),
        ({"containers": [container(cpu="1")], "initContainers": [container(cpu="3"), container(cpu="2")]}, 3000),
        ({"containers": [container(cpu="1")], "initContainers": [container(cpu="500m")]}, 1000),
        ({"containers": [container(cpu="1")], "initContainers": [container(cpu="1", restartPolicy="Always")]}, 2000),
        (
            {
                "containers": [container(cpu="1")],
                "initContainers": [container(cpu="1", restartPolicy="Always"), container(cpu="3")],
            },
            4000,
        ),
        ({"containers": [container(cpu="1")], "overhead": {"cpu": "250m"}}, 1250),
        ({"containers": [container(cpu="1")], "resources": {"requests": {"cpu": "3"}}}, 3000),
        ({"containers": [container()]}, 0),
    ],
    ids=["sum", "init-peak", "small-init", "sidecar", "sidecar-below-init", "overhead", "pod-level", "nothing"],
)
def test_cpu(spec: dict[str, Any], cpu: int) -> None:
    assert pod_requests({"spec": spec}).get("cpu", 0) == cpu


def test_a_running_container_keeps_what_it_has_while_it_is_resized() -> None:
    status = {"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}
    assert pod_requests({"spec": {"containers": [container(cpu="1")]}, "status": status}) == {"cpu": 2000}


def test_assumed_requests_stand_for_what_is_missing_in_each_container() -> None:
    spec = {"containers": [container(cpu="1"), container()]}
    assert pod_requests({"spec": spec}, ASSUMED) == {"cpu": 1100, "memory": 2 * 200 * 1024 * 1024}
    assert pod_requests({"spec": {"containers": [container(cpu="0")]}}, ASSUMED)["cpu"] == 0
