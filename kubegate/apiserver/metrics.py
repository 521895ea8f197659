"""``/metrics``: what Prometheus scrapes, by kube-apiserver's names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from kubegate.api.catalog import Catalog
from kubegate.api.names import GroupVersionResource
from kubegate.api.request import RequestInfo
from kubegate.apiserver.authorization_metrics import AuthorizationMetrics
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response
from kubegate.store.interface import Store

_LABELS = ("verb", "group", "version", "resource", "subresource")
_VERBS = frozenset(
    ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "post", "put", "head", "options")
)
_BUCKETS = (0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class _Objects(Collector):
    """How many objects there are of each resource, counted when asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See `Collector.collect`."""
        gauge = GaugeMetricFamily("apiserver_storage_objects", "Number of stored objects by resource.", labels=["resource"])
        for resource in self._store.resources():
            gauge.add_metric([resource], self._store.count(resource))
        yield gauge


class Metrics:
    """Counts and times requests; watches are counted when they begin."""

    def __init__(self, store: Store, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog
        self._registry = CollectorRegistry()
        self._registry.register(_Objects(store))
        ProcessCollector(registry=self._registry)
        self.authorization = AuthorizationMetrics(self._registry)
        self._requests = Counter(
            "apiserver_request", "Requests by verb, resource and code.", (*_LABELS, "code"), registry=self._registry
        )
        self._seconds = Histogram(
            "apiserver_request_duration_seconds",
            "Time until the response was made.",
            _LABELS,
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def observe(self, info: RequestInfo, code: int, started: float) -> None:
        """A response was made; ``started`` by the monotonic clock."""
        labels = self._labels(info)
        self._requests.labels(*labels, str(code)).inc()
        self._seconds.labels(*labels).observe(time.monotonic() - started)

    def _labels(self, info: RequestInfo) -> tuple[str, ...]:
        """Names that clients make up are not counted one by one: anybody could fill the memory with them."""
        verb = info.verb.upper() if info.verb in _VERBS else "OTHER"
        resource = self._catalog().resource(GroupVersionResource(info.group, info.version, info.resource))
        if resource is None:
            return verb, "", "", "", ""
        subresource = info.subresource if info.subresource in resource.subresources else ""
        return verb, info.group, info.version, info.resource, subresource

    def handle(self, exchange: Exchange) -> Response:
        """The text exposition."""
        return Response(200, generate_latest(self._registry), CONTENT_TYPE_LATEST)
