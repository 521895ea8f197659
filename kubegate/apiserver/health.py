"""``/healthz``, ``/livez``, ``/readyz`` and their single checks.

The checks bear the names of kube-apiserver's, because monitors and scripts know them; each is answered by the state of this
server: what a post-start hook prepares there is ready here before the first connection is accepted. Source: k8s.io/apiserver
``server/healthz``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text

HOOKS = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer",
    "priority-and-fairness-filter",
    "storage-object-count-tracker-hook",
    "start-apiextensions-informers",
    "start-apiextensions-controllers",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "peer-endpoint-reconciler-controller",
    "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    "storage-readiness",
    "start-legacy-token-tracking-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "priority-and-fairness-config-producer",
    "bootstrap-controller",
    "start-kubernetes-service-cidr-controller",
    "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    "apiservice-registration-controller",
    "apiservice-wait-for-first-sync",
    "apiservice-discovery-controller",
    "kube-apiserver-autoregistration",
    "autoregister-completion",
    "apiservice-openapi-controller",
    "apiservice-openapiv3-controller",
)
_AFTER_HOOKS = {"autoregister-completion"}


def check_names(endpoint: str) -> tuple[str, ...]:
    """The names of an endpoint's checks (``healthz``, ``livez``, ``readyz``), in the order of the report."""
    hooks = tuple(name if name in _AFTER_HOOKS else f"poststarthook/{name}" for name in HOOKS)
    if endpoint == "readyz":
        return ("ping", "log", "informer-sync", *hooks, "shutdown")
    return ("ping", "log", "loopback-serving-certificate", "etcd", *hooks)


@dataclass(frozen=True, slots=True)
class Health:
    """``store_works`` answers the check ``etcd``; ``stopping`` the check ``shutdown``; all others hold once we serve."""

    store_works: Callable[[], bool]
    stopping: Callable[[], bool]

    def passes(self, check: str) -> bool:
        """The state of one check."""
        if check == "etcd":
            return self.store_works()
        return not self.stopping() if check == "shutdown" else True

    def handle(self, exchange: Exchange) -> Response:
        """Answer an endpoint, or one check below it."""
        endpoint, slash, single = exchange.request.path.lstrip("/").partition("/")
        names = check_names(endpoint)
        if slash:
            if single not in names:
                return text(404, "404 page not found\n")
            return text(200, "ok") if self.passes(single) else text(500, f"internal server error: {single}\n")
        return self._report(exchange, endpoint, names)

    def _report(self, exchange: Exchange, endpoint: str, names: tuple[str, ...]) -> Response:
        excluded = set(exchange.request.query.get("exclude", ()))
        lines, failed = [], []
        for name in names:
            if name in excluded:
                lines.append(f"[+]{name} excluded: ok")
            elif self.passes(name):
                lines.append(f"[+]{name} ok")
            else:
                lines.append(f"[-]{name} failed: reason withheld")
                failed.append(name)
        if unknown := [name for name in exchange.request.query.get("exclude", ()) if name not in names]:
            quoted = ", ".join(f'"{name}"' for name in unknown)
            lines.append(f"warn: some health checks cannot be excluded: no matches for {quoted}")
        if failed:
            return text(500, "\n".join([*lines, f"{endpoint} check failed\n"]))
        if "verbose" not in exchange.request.query:
            return text(200, "ok")
        return text(200, "\n".join([*lines, f"{endpoint} check passed\n"]))
