"""The cluster that a pod runs in, as a remote service: asked with the pod's own service account.

Source: client-go ``rest.InClusterConfig``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kubegate.errors import ConfigurationError
from kubegate.outbound.kubeconfig import Remote

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def in_cluster(environment: Mapping[str, str] = os.environ, account: Path = ACCOUNT) -> Remote:
    """The API server that the environment names, trusted by the authority of the account.

    Raises `ConfigurationError` outside of a pod."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise ConfigurationError(
            "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined"
        )
    token, authority = account / "token", account / "ca.crt"
    try:
        return Remote(
            f"https://{f'[{host}]' if ':' in host else host}:{port}",
            ca=authority.read_bytes() if authority.is_file() else b"",
            token=token.read_text().strip(),
            token_file=str(token),
        )
    except OSError as error:
        raise ConfigurationError(f"open {token}: {(error.strerror or 'unreadable').lower()}") from error
