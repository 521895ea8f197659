"""Quotas charge what a resized pod holds, until the node has given it back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kubegate.admission.quota import amounts
from kubegate.admission.quota.evaluators import evaluator_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def container(requests: str, limits: str, **more: str) -> dict:
    return {"name": "c", "resources": {"requests": {"cpu": requests}, "limits": {"cpu": limits}}, **more}


def holding(requests: str, limits: str, allocated: str = "0") -> dict:
    return {**container(requests, limits), "allocatedResources": {"cpu": allocated}}


def charged(spec: dict, status: dict) -> tuple[str, str]:
    usage = amounts.write(evaluator_of("pods").usage({"spec": spec, "status": status}, NOW))
    return usage["requests.cpu"], usage["limits.cpu"]


INFEASIBLE = {"type": "PodResizePending", "status": "True", "reason": "Infeasible"}
DEFERRED = {**INFEASIBLE, "reason": "Deferred"}


@pytest.mark.parametrize(
    ("wanted", "held", "conditions", "usage"),
    [
        (("1", "2"), ("3", "4"), [], ("3", "4")),
        (("3", "4"), ("1", "2"), [], ("3", "4")),
        (("3", "4"), ("1", "2"), [DEFERRED], ("3", "4")),
        (("3", "4"), ("1", "2"), [INFEASIBLE], ("1", "2")),
        (("1", "9"), ("1", "2", "5"), [], ("5", "9")),
    ],
)
def test_a_resize_gives_back_what_the_node_has_given_back(wanted, held, conditions, usage):
    status = {"containerStatuses": [holding(*held)], "conditions": conditions}
    assert charged({"containers": [container(*wanted)]}, status) == usage


@pytest.mark.parametrize(("more", "usage"), [({"restartPolicy": "Always"}, ("3", "4")), ({}, ("1", "2"))], ids=str)
def test_of_init_containers_only_those_that_keep_running_are_resized(more, usage):
    spec = {"containers": [], "initContainers": [container("1", "2", **more)]}
    assert charged(spec, {"initContainerStatuses": [holding("3", "4")]}) == usage


def test_what_a_container_holds_is_unknown_before_it_runs():
    spec = {"containers": [container("1", "2")]}
    assert charged(spec, {"containerStatuses": [{"name": "c", "ready": False}]}) == ("1", "2")
    assert charged(spec, {"containerStatuses": [{**holding("3", "4"), "name": "other"}]}) == ("1", "2")
