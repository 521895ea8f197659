"""The connections to webhooks: by URL, or by a service of the cluster; kept open between requests.

A service is reached at one of its ready endpoints, without any at its cluster IP.

Source: k8s.io/apiserver ``pkg/util/webhook/{client,serviceresolver,authentication}.go``.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from kubegate.admission.interface import Cluster
from kubegate.admission.webhooks.credentials import Credentials
from kubegate.api.names import labels_of
from kubegate.errors import ConfigurationError, Unavailable
from kubegate.outbound.client import Client, query_timeout
from kubegate.outbound.exchange import Answer

_KEPT = 256
"""Clients that are kept; configurations come and go."""
_SERVICE_LABEL = "kubernetes.io/service-name"


class Unusable(Exception):
    """There is no client for this configuration; the text says why."""


class Remotes:
    """Asks webhooks. Safe for use by several threads."""

    def __init__(self, cluster: Cluster, credentials: Credentials) -> None:
        self._cluster = cluster
        self._credentials = credentials
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], Client] = {}

    def post(self, config: Mapping[str, Any], body: bytes, timeout: int, *, tell: bool = True) -> Answer:
        """POST to a webhook's ``clientConfig``; raises `Unusable` or `Unavailable` (in Go's words).

        ``tell``: the webhook is told how many seconds it has.
        """
        service = config.get("service")
        query = query_timeout(timeout) if tell else ""
        if service is None:
            client = self._client(str(config.get("url") or ""), str(config.get("caBundle") or ""), "")
            return _post(client, body, query, timeout)
        host = f"{service.get('name')}.{service.get('namespace')}.svc"
        port, path = int(service.get("port") or 443), "/" + str(service.get("path") or "").lstrip("/")
        shown = f"https://{host}:{port}{path}"
        address = self._address(str(service.get("namespace")), str(service.get("name")), port)
        if not address:
            asked = f"{shown}?{query}" if query else shown
            raise Unavailable(f'Post "{asked}": service "{service.get("name")}" not found')
        client = self._client(f"https://{address}{path}", str(config.get("caBundle") or ""), host)
        try:
            return _post(client, body, query, timeout)
        except Unavailable as error:
            raise Unavailable(error.message.replace(f"https://{address}{path}", shown)) from error

    def _client(self, url: str, bundle: str, host: str) -> Client:
        key = (url, bundle, host)
        with self._lock:
            found = self._clients.get(key)
            if found is None:
                if len(self._clients) >= _KEPT:
                    self._clients.clear()
                found = self._clients[key] = self._connect(url, bundle, host)
            return found

    def _connect(self, url: str, bundle: str, host: str) -> Client:
        try:
            ca = base64.b64decode(bundle, validate=True)
            return Client(self._credentials.remote(url, ca, host), timeout=30.0)
        except (binascii.Error, ConfigurationError, UnicodeDecodeError) as error:
            why = "unable to load root certificates: unable to parse bytes as PEM block"
            raise Unusable(f"could not get REST client: {why}") from error

    def _address(self, namespace: str, name: str, port: int) -> str:
        """``host:port`` of a service, "" if there is no such service."""
        service = self._cluster.get("services", namespace, name)
        if service is None:
            return ""
        spec = service.get("spec") or {}
        if spec.get("type") == "ExternalName":
            return f"{spec.get('externalName')}:{port}"
        wanted = next((entry for entry in spec.get("ports") or () if entry.get("port") == port), None)
        if wanted is None:
            return ""
        return next(self._endpoints(namespace, name, wanted.get("name") or ""), f"{_host(spec.get('clusterIP'))}:{port}")

    def _endpoints(self, namespace: str, name: str, port_name: str) -> Iterator[str]:
        for piece in self._cluster.list("endpointslices.discovery.k8s.io", namespace):
            if labels_of(piece).get(_SERVICE_LABEL) != name:
                continue
            ports = [p.get("port") for p in piece.get("ports") or () if (p.get("name") or "") == port_name]
            for endpoint in piece.get("endpoints") or ():
                if ports and (endpoint.get("conditions") or {}).get("ready") is not False:
                    yield from (f"{_host(address)}:{ports[0]}" for address in endpoint.get("addresses") or ())


def _host(address: Any) -> str:
    return f"[{address}]" if ":" in str(address) else str(address)


def _post(client: Client, body: bytes, query: str, timeout: int) -> Answer:
    try:
        return client.post(body, query=query, timeout=float(timeout))
    except Unavailable as error:
        # Here the limit is the request's, not the client's.
        raise Unavailable(error.message.split(" (Client.Timeout")[0]) from error
