"""What the decision endpoint counts, in Prometheus' form."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from kubegate.webhook.interface import HookRequest, HookResponse
from kubegate.webhook.policy import PolicyHolder

BUCKETS = (0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0)
"""Seconds: decisions take microseconds, asking others takes milliseconds."""


class Metrics:
    """The counters of one worker; with ``multiprocess_dir`` the answer to /metrics adds up all workers."""

    def __init__(self, multiprocess_dir: str = "") -> None:
        self.registry = CollectorRegistry()
        self._dir = multiprocess_dir
        self.decisions = Counter(
            "kubegate_decisions", "Decisions by deciding authorizer.", ("authorizer", "decision"), registry=self.registry
        )
        self.latency = Histogram(
            "kubegate_decision_duration_seconds",
            "Time of a decision by deciding authorizer.",
            ("authorizer", "decision"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.batch = Histogram(
            "kubegate_batch_duration_seconds", "Time of the decisions of a batch.", registry=self.registry, buckets=BUCKETS
        )
        self.refused = Counter(
            "kubegate_refused_requests", "Requests without a decision, by HTTP code.", ("code",), registry=self.registry
        )
        self.unlogged = Counter(
            "kubegate_decision_log_failures", "Decisions that the decision log could not take.", registry=self.registry
        )
        self.reloads = Counter("kubegate_policy_reloads", "Loads of the policies.", ("result",), registry=self.registry)
        self.generation = Gauge(
            "kubegate_policy_generation",
            "Generation of the policies in force.",
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.failing = Gauge(
            "kubegate_reload_failing",
            "Whether changed files could not be used (1): what was loaded from them before stays in force.",
            ("what",),
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.loaded = Gauge(
            "kubegate_last_load_timestamp_seconds",
            "When what is in force was loaded.",
            ("what",),
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.synced = Gauge(
            "kubegate_cluster_synced",
            "Whether the objects of a resource of the cluster were seen (1).",
            ("resource",),
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.contact = Gauge(
            "kubegate_cluster_last_contact_timestamp_seconds",
            "When the cluster last answered about a resource.",
            ("resource",),
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.lists = Counter(
            "kubegate_cluster_lists", "Lists of a resource of the cluster.", ("resource",), registry=self.registry
        )
        self.watch_failures = Counter(
            "kubegate_cluster_watch_failures",
            "Lists and watches of a resource of the cluster that failed.",
            ("resource",),
            registry=self.registry,
        )
        self._told: dict[str, tuple[int, int]] = {}
        self.shadow = Counter(
            "kubegate_shadow_differences",
            "Decisions that the shadow policies change, or fail to make.",
            ("from", "to"),
            registry=self.registry,
        )

    def tell_load(self, holder: PolicyHolder[Any]) -> None:
        """What files say was loaded, or could not be."""
        reloads, current = holder.reloads, holder.current
        self.failing.labels(holder.what).set(bool(reloads.error))
        self.loaded.labels(holder.what).set(current.at)
        if holder.what == "policies":
            self.generation.set(current.generation)
        if reloads.successes + reloads.failures > 1:  # the first load is none
            self.reloads.labels("failure" if reloads.error else "success").inc()

    def tell_cluster(self, resource: str, *, contact: float, lists: int, failures: int) -> None:
        """How following a resource of the cluster goes: when it last answered, lists and failures so far."""
        lists_told, failures_told = self._told.get(resource, (0, 0))
        self.contact.labels(resource).set(contact)
        self.lists.labels(resource).inc(lists - lists_told)
        self.watch_failures.labels(resource).inc(failures - failures_told)
        self._told[resource] = lists, failures

    def handle(self, request: HookRequest) -> HookResponse:
        """GET /metrics."""
        registry = self.registry
        if self._dir:
            forget_dead(Path(self._dir))
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=self._dir)  # type: ignore[no-untyped-call]
        return HookResponse(200, generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8")


def forget_dead(folder: Path) -> None:
    """Gauges of workers that are no more say nothing of now."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with contextlib.suppress(FileNotFoundError):  # another worker was quicker
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # somebody else's by now
