"""What ``/metrics`` tells of authorization, by kube-apiserver's names.

Source: k8s.io/apiserver ``authorization/metrics``, ``authorization/cel``, ``plugin/pkg/authorizer/webhook/metrics``,
``server/options/authorizationconfig/metrics``.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from kubegate.authz.interface import Decision

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_CONDITION_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25)
_RESULTS = {Decision.ALLOW: "allowed", Decision.DENY: "denied"}
_PREFIX = "apiserver_authorization"


class AuthorizationMetrics:
    """An `authz.observer.Observer` that counts, and what becomes of reloads. It outlives the chains that are made anew."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"{_PREFIX}_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"{_PREFIX}_{name}", text, labels, buckets=buckets, registry=registry)

        self._decisions = counter("decisions", "Decisions by type and name of the authorizer.", "type", "name", "decision")
        self._evaluations = counter("webhook_evaluations", "Round-trips to authorization webhooks.", "name", "result")
        self._fail_open = counter(
            "webhook_evaluations_fail_open", "Webhooks without opinion since they could not be asked.", "name", "result"
        )
        self._seconds = histogram("webhook_duration_seconds", "Latency of webhooks.", "name", "result", buckets=_SECONDS)
        self._exclusions = counter("match_condition_exclusions", "Requests excluded by match conditions.", "type", "name")
        self._condition_errors = counter(
            "match_condition_evaluation_errors", "Match conditions that failed.", "type", "name"
        )
        self._condition_seconds = histogram(
            "match_condition_evaluation_seconds",
            "Time that match conditions took.",
            "type",
            "name",
            buckets=_CONDITION_SECONDS,
        )
        self._server = _hash(server_id().encode())
        labels = ("status", "apiserver_id_hash")
        self._reloads = counter("config_controller_automatic_reloads", "Reloads of the configuration.", *labels)
        self._reloaded = Gauge(
            f"{_PREFIX}_config_controller_automatic_reload_last_timestamp_seconds",
            "When the configuration was last reloaded.",
            labels,
            registry=registry,
        )
        self._configuration = Gauge(
            f"{_PREFIX}_config_controller_last_config_info",
            "The configuration in force, by its hash.",
            ("apiserver_id_hash", "hash"),
            registry=registry,
        )

    def decided(self, kind: str, name: str, decision: Decision) -> None:
        """See `Observer`."""
        self._decisions.labels(kind, name, _RESULTS[decision]).inc()

    def asked(self, name: str, result: str, seconds: float) -> None:
        """See `Observer`."""
        self._evaluations.labels(name, result).inc()
        self._seconds.labels(name, result).observe(seconds)

    def failed_open(self, name: str, result: str) -> None:
        """See `Observer`."""
        self._fail_open.labels(name, result).inc()

    def matched(self, name: str, seconds: float, *, excluded: bool, errors: int) -> None:
        """See `Observer`."""
        self._condition_seconds.labels("Webhook", name).observe(seconds)
        if excluded:
            self._exclusions.labels("Webhook", name).inc()
        if errors:
            self._condition_errors.labels("Webhook", name).inc()  # once, however many failed

    def reloaded(self, *, success: bool) -> None:
        """The files of authorization were read anew, or could not be used."""
        labels = "success" if success else "failure", self._server
        self._reloads.labels(*labels).inc()
        self._reloaded.labels(*labels).set(time.time())

    def configured(self, content: bytes) -> None:
        """The content of the configuration file is in force."""
        self._configuration.clear()
        self._configuration.labels(self._server, _hash(content)).set(1)


def server_id() -> str:
    """The name of the server among those of a cluster. Source: k8s.io/apiserver ``server.NewConfig``."""
    digest = hashlib.sha256(f"{socket.gethostname()}-kube-apiserver".encode()).digest()[:16]
    return f"apiserver-{base64.b32encode(digest).decode().rstrip('=').lower()}"


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
