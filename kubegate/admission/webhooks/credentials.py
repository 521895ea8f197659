"""Who the server is towards its webhooks: the users of a kubeconfig file, named after the hosts that they are for.

Source: k8s.io/apiserver ``pkg/util/webhook/authentication.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationInfo, field_validator

from kubegate.outbound.kubeconfig import Remote, load_users


class WebhookAdmission(BaseModel, extra="forbid"):
    """The plugins' configuration (``WebhookAdmissionConfiguration``)."""

    apiVersion: str = ""
    kind: str = ""
    kubeConfigFile: str = ""
    staticManifestsDir: str = ""

    @field_validator("kubeConfigFile")
    @classmethod
    def _resolve(cls, value: str, info: ValidationInfo) -> str:
        folder = (info.context or {}).get("folder")
        return str(folder / value) if value and folder and not Path(value).is_absolute() else value


def manifests_of(configuration: Any) -> str:
    """The directory of webhook configurations from files; empty: there is none."""
    return configuration.staticManifestsDir if isinstance(configuration, WebhookAdmission) else ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The users by name: a host with port, a host, ``*.domain`` or ``*``; each a `Remote` without a server."""

    users: Mapping[str, Remote] = field(default_factory=dict)

    @classmethod
    def of(cls, configuration: Any) -> Credentials:
        """From a plugin's configuration; none without one. Raises `ConfigurationError`."""
        file = configuration.kubeConfigFile if isinstance(configuration, WebhookAdmission) else ""
        return cls(load_users(file)) if file else cls()

    def remote(self, url: str, ca: bytes, host: str) -> Remote:
        """A webhook's service with the user that is meant for it; ``host`` is its name where the URL has an address."""
        place = urlsplit(url)
        target = host or place.hostname or ""
        port = place.port or 443
        user = next((self.users[name] for name in _names(target, port) if name in self.users), None)
        return replace(user or Remote(url), server=url, ca=ca, server_name=host)


def _names(host: str, port: int) -> Iterator[str]:
    yield f"{host}:{port}"
    if port == 443:
        yield host
    parts = host.split(".")
    for index in range(1, len(parts)):
        yield ".".join(["*", *parts[index:]])
    yield "*"
