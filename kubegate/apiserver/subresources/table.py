"""Which subresource and which unstored resource is answered by what: the one list."""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.apiserver.handlers.api import Endpoint
from kubegate.apiserver.subresources import binding, component_statuses, eviction, kubelet, scale, token
from kubegate.apiserver.subresources.reviews import Reviews
from kubegate.apiserver.tokens import TokenRequests

Table = Mapping[tuple[str, str], Mapping[str, Endpoint]]


STREAMS_NEED_CREATE = "AuthorizePodWebsocketUpgradeCreatePermission"
"""The feature gate (on by default)."""


def subresources(tokens: TokenRequests | None, scale_paths: scale.PathsOf, gates: Mapping[str, bool]) -> Table:
    """By (resource key or "*", subresource). Without a signing key no tokens are issued. ``gates``: those that were set."""
    needs_create = gates.get(STREAMS_NEED_CREATE, True)
    of_container, of_pod = (kubelet.stream(container=within, needs_create=needs_create) for within in (True, False))
    found: dict[tuple[str, str], Mapping[str, Endpoint]] = {
        ("pods", "binding"): {"POST": binding.endpoint()},
        ("pods", "eviction"): {"POST": eviction.endpoint()},
        ("*", "scale"): scale.endpoints(scale_paths),
        ("pods", "log"): {"GET": kubelet.log},
        ("pods", "exec"): {"GET": of_container, "POST": of_container},
        ("pods", "attach"): {"GET": of_container, "POST": of_container},
        ("pods", "portforward"): {"GET": of_pod, "POST": of_pod},
        ("pods", "proxy"): kubelet.PROXY,
        ("services", "proxy"): kubelet.PROXY,
        ("nodes", "proxy"): kubelet.PROXY,
    }
    if tokens is not None:
        found["serviceaccounts", "token"] = {"POST": token.endpoint(tokens)}
    return found


def unstored(reviews: Reviews) -> Table:
    """By (group, resource)."""
    return {
        **reviews.endpoints(),
        ("", "bindings"): {"POST": binding.endpoint()},
        ("", "componentstatuses"): component_statuses.ENDPOINTS,
    }
