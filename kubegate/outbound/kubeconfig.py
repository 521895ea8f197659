"""A kubeconfig file as the description of one remote service: where it is, how it is trusted, who we are there.

Source: client-go ``clientcmd`` (the current context decides); the webhook pages of the Kubernetes documentation.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from kubegate.errors import ConfigurationError
from kubegate.outbound.kubeconfig_types import check_types

_EMPTY = "no configuration has been provided, try setting KUBERNETES_MASTER environment variable"
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Remote:
    """One remote service. Certificates and keys are PEM; the secret parts never show in ``repr``. ``token_file``,
    ``certificate_file`` and ``key_file``: where they are renewed, if they come from files."""

    server: str
    ca: bytes = b""
    insecure: bool = False
    server_name: str = ""
    client_certificate: bytes = b""
    client_key: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    token_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    socket: str = ""  # the path of a socket that is connected to, whatever host ``server`` names


def load_kubeconfig(path: str) -> Remote:
    """The service that the file's current context names; raises `ConfigurationError`."""
    document = _load(path)
    context = _named(document, "contexts", str(document.get("current-context") or ""), "context")
    cluster_name = str(context.get("cluster") or "")
    cluster = _named(document, "clusters", cluster_name, "cluster")
    user = _named(document, "users", str(context.get("user") or ""), "user")
    _refuse_unsupported(path, user, cluster)
    read = _Reader(Path(path).parent)
    return replace(
        _user(user, read),
        server=_server(cluster, cluster_name),
        ca=read.data_or_file(cluster, "certificate-authority"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        server_name=str(cluster.get("tls-server-name") or ""),
    )


def load_users(path: str) -> dict[str, Remote]:
    """The file's users by name, each as a service without a place; raises `ConfigurationError`."""
    users = [entry for entry in _load(path).get("users") or [] if isinstance(entry, dict)]
    read = _Reader(Path(path).parent)
    return {str(entry.get("name") or ""): _user(entry.get("user") or {}, read) for entry in users}


def _refuse_unsupported(path: str, user: dict[str, Any], cluster: dict[str, Any]) -> None:
    """What is there to tell who we are, or to get there, must not be left out in silence."""
    for section, key in ((user, "exec"), (user, "auth-provider"), (cluster, "proxy-url")):
        if section.get(key):
            raise ConfigurationError(
                f'error loading config file "{path}": {key} is not supported',
                hint="a token, tokenFile or client certificate says who asks, and services are asked directly",
            )


def _load(path: str) -> dict[str, Any]:
    try:
        document = yaml.load(Path(path).read_bytes(), Loader=_Loader)
    except OSError as error:
        raise ConfigurationError(f"stat {path}: {(error.strerror or 'unreadable').lower()}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f'error loading config file "{path}": {error}') from error
    if document is None:
        raise ConfigurationError(f"invalid configuration: {_EMPTY}")
    if not isinstance(document, dict):
        raise ConfigurationError(f'error loading config file "{path}": a mapping is expected')
    check_types(document, path)
    return document


def _user(user: dict[str, Any], read: _Reader) -> Remote:
    token, token_file = str(user.get("token") or ""), read.path(user, "tokenFile")
    if token_file:
        token = read.token(token_file, token)
    remote = Remote(
        "",
        client_certificate=read.data_or_file(user, "client-certificate"),
        client_key=read.data_or_file(user, "client-key"),
        token=token,
        token_file=token_file,
        username=str(user.get("username") or ""),
        password=str(user.get("password") or ""),
    )
    certificate_file, key_file = read.path(user, "client-certificate"), read.path(user, "client-key")
    if not certificate_file or not key_file:
        return remote
    return replace(remote, certificate_file=certificate_file, key_file=key_file)


def _server(cluster: dict[str, Any], name: str) -> str:
    server = str(cluster.get("server") or "")
    if not server:
        why = f'no server found for cluster "{name}"' if name else "default cluster has no server defined"
        raise ConfigurationError(f"invalid configuration: {why if cluster else _EMPTY}")
    return server if "://" in server else f"http://{server}"


def _named(document: dict[str, Any], section: str, name: str, key: str) -> dict[str, Any]:
    """The entry of a named list; an absent name means the only entry, or an empty one."""
    entries = [entry for entry in document.get(section) or [] if isinstance(entry, dict)]
    for entry in entries:
        if entry.get("name") == name:
            return entry.get(key) or {}
    if name:
        raise ConfigurationError(f'invalid configuration: {key} "{name}" does not exist')
    return (entries[0].get(key) or {}) if len(entries) == 1 else {}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what a kubeconfig embeds (``X-data``, base64) or names (``X``, relative to the file)."""

    folder: Path

    def file(self, name: str) -> bytes:
        path = self.folder / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"unable to read {path}: {(error.strerror or 'unreadable').lower()}") from error

    def path(self, section: dict[str, Any], key: str) -> str:
        """Where the file is that is named; "" if none is, or what it holds is embedded."""
        name = "" if section.get(f"{key}-data") else str(section.get(key) or "")
        return str(self.folder / name) if name else ""

    def token(self, path: str, other: str) -> str:
        """That of a file, or another one if there is none in it."""
        try:
            return self.file(path).decode("utf-8", "replace").strip() or other
        except ConfigurationError:
            if not other:
                raise
            return other

    def data_or_file(self, section: dict[str, Any], key: str) -> bytes:
        embedded = section.get(f"{key}-data")
        if embedded:
            try:
                return base64.b64decode(str(embedded), validate=True)
            except binascii.Error as error:
                raise ConfigurationError(f"invalid configuration: {key}-data is not base64") from error
        return self.file(section[key]) if section.get(key) else b""
