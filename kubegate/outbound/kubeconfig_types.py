"""The types of what a kubeconfig says: a text that is meant as a truth value must not count as one.

Source: client-go ``tools/clientcmd/api/v1``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.go_json import type_error
from kubegate.errors import ConfigurationError

_GO = {str: "string", bool: "bool"}
_DATA = ("certificate-authority-data", "client-certificate-data", "client-key-data")
_SECTIONS: dict[str, tuple[str, str, str, dict[str, type]]] = {
    # section: key of an entry, Go's names of entry and content, types of its fields
    "clusters": (
        "cluster",
        "NamedCluster",
        "Cluster",
        {
            **dict.fromkeys(("server", "tls-server-name", "certificate-authority", "proxy-url", _DATA[0]), str),
            "insecure-skip-tls-verify": bool,
        },
    ),
    "users": (
        "user",
        "NamedAuthInfo",
        "AuthInfo",
        dict.fromkeys(("token", "tokenFile", "username", "password", "client-certificate", "client-key", *_DATA[1:]), str),
    ),
    "contexts": ("context", "NamedContext", "Context", dict.fromkeys(("cluster", "user", "namespace"), str)),
}


def check_types(document: dict[str, Any], path: str) -> None:
    """Raises `ConfigurationError` for the first value of another type than client-go reads. Null is nothing."""
    _expect(document.get("current-context"), str, "Config.current-context", "string", path)
    for section, (key, named, struct, fields) in _SECTIONS.items():
        entries = document.get(section)
        _expect(entries, list, f"Config.{section}", f"[]v1.{named}", path)
        for entry in entries or ():
            _expect(entry, dict, f"Config.{section}", f"v1.{named}", path)
            content = (entry or {}).get(key)
            _expect((entry or {}).get("name"), str, f"{named}.{section}.name", "string", path)
            _expect(content, dict, f"{named}.{section}.{key}", f"v1.{struct}", path)
            for field, kind in fields.items():
                _expect((content or {}).get(field), kind, f"{struct}.{section}.{key}.{field}", _GO[kind], path)


def _expect(value: Any, kind: type, place: str, go: str, path: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise ConfigurationError(f'error loading config file "{path}": {type_error(value, place, go)}')
