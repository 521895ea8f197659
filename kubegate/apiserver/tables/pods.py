"""Pods: ready containers, a status drawn from many fields, restarts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kubegate.api.names import Object
from kubegate.apiserver.tables.cells import NONE, Cells, age, name_of, parse_time, since


def pod(obj: Object, now: datetime) -> Cells:
    """The row of a pod."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    state = _State(status.get("reason") or status.get("phase") or "")
    if any(c.get("type") == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in status.get("conditions") or ()):
        state.reason = "SchedulingGated"
    restartable = {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
    total = len(spec.get("containers") or ()) + len(restartable)
    initializing = _init(state, spec, status, restartable)
    if not initializing or _initialized(status):
        _main(state, status)
    if obj["metadata"].get("deletionTimestamp"):
        state.terminating(status)
    return [
        name_of(obj),
        f"{state.ready}/{total}",
        state.reason,
        state.restart_text(now),
        age(obj, now),
        _first_ip(status),
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status),
    ]


class _State:
    """What is gathered from the containers."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.ready = 0
        self.restarts = 0
        self.restartable_restarts = 0
        self.last: datetime | None = None
        self.restartable_last: datetime | None = None

    def note_restart(self, container: Object, *, restartable: bool) -> None:
        self.restarts += int(container.get("restartCount") or 0)
        finished = parse_time(((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt"))
        self.last = _later(self.last, finished)
        if restartable:
            self.restartable_restarts += int(container.get("restartCount") or 0)
            self.restartable_last = _later(self.restartable_last, finished)

    def restart_text(self, now: datetime) -> str:
        if self.restarts and self.last is not None:
            return f"{self.restarts} ({since(self.last.isoformat(), now)} ago)"
        return str(self.restarts)

    def terminating(self, status: Object) -> None:
        if status.get("reason") == "NodeLost":
            self.reason = "Unknown"
        elif status.get("phase") not in ("Failed", "Succeeded"):
            self.reason = "Terminating"


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    if a is None or b is None:
        return a or b
    return max(a, b)


def _initialized(status: Object) -> bool:
    return any(c.get("type") == "Initialized" and c.get("status") == "True" for c in status.get("conditions") or ())


def _init(state: _State, spec: Object, status: Object, restartable: set[str]) -> bool:
    """Look at init containers; True while they are not through."""
    for index, container in enumerate(status.get("initContainerStatuses") or ()):
        sidecar = container.get("name") in restartable
        state.note_restart(container, restartable=sidecar)
        now = container.get("state") or {}
        terminated, waiting = now.get("terminated"), now.get("waiting") or {}
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if sidecar and container.get("started"):
            state.ready += bool(container.get("ready"))
            continue
        if terminated is not None:
            state.reason = "Init:" + (terminated.get("reason") or _exit(terminated))
        elif waiting.get("reason") and waiting["reason"] != "PodInitializing":
            state.reason = "Init:" + waiting["reason"]
        else:
            state.reason = f"Init:{index}/{len(spec.get('initContainers') or ())}"
        return True
    return False


def _exit(terminated: Object) -> str:
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode') or 0}"


def _main(state: _State, status: Object) -> None:
    state.restarts, state.last = state.restartable_restarts, state.restartable_last
    running = False
    for container in reversed(status.get("containerStatuses") or []):
        state.note_restart(container, restartable=False)
        now = container.get("state") or {}
        waiting, terminated = now.get("waiting") or {}, now.get("terminated")
        if waiting.get("reason"):
            state.reason = waiting["reason"]
        elif terminated is not None:
            state.reason = terminated.get("reason") or _exit(terminated)
        elif container.get("ready") and now.get("running") is not None:
            running = True
            state.ready += 1
    if state.reason == "Completed" and running:
        ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in status.get("conditions") or ())
        state.reason = "Running" if ready else "NotReady"


def _first_ip(status: Object) -> str:
    ips: Iterable[Any] = status.get("podIPs") or ()
    return next((str(entry["ip"]) for entry in ips if entry.get("ip")), NONE)


def _gates(spec: Object, status: Object) -> str:
    gates = spec.get("readinessGates") or ()
    if not gates:
        return NONE
    true = {c.get("type") for c in status.get("conditions") or () if c.get("status") == "True"}
    return f"{sum(gate['conditionType'] in true for gate in gates)}/{len(gates)}"
