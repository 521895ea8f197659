"""``kube-system/extension-apiserver-authentication``: whom API servers behind this one may believe.

What other servers wrote stays; certificates whose time is over go.
Source: ``pkg/controlplane/controller/clusterauthenticationtrust``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import Encoding

from kubegate.api.names import Object
from kubegate.authn.certificates import Certificate
from kubegate.authn.pem import certificates, read_file
from kubegate.config.authn import AuthnOptions
from kubegate.errors import ConfigurationError

_CLIENTS, _PROXIES = "client-ca-file", "requestheader-client-ca-file"


def objects(authn: AuthnOptions) -> list[Object]:
    """The ConfigMap."""
    meta = {"name": "extension-apiserver-authentication", "namespace": "kube-system"}
    wanted = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta}
    data = _merged({}, _data(authn))
    return [{**wanted, "data": data} if data else wanted]


def reconciled(stored: Object, wanted: Object) -> Object | None:
    """What several servers want, together."""
    held = stored.get("data") or {}
    data = _merged(held, wanted.get("data") or {})
    return {**stored, "data": data} if data != held else None


def _data(authn: AuthnOptions) -> dict[str, str]:
    found = {_CLIENTS: read_file(authn.client_ca_file).decode(errors="replace")} if authn.client_ca_file else {}
    if authn.requestheader_client_ca_file:
        found[_PROXIES] = read_file(authn.requestheader_client_ca_file).decode(errors="replace")
        lists = {
            "username-headers": authn.requestheader_username_headers,
            "uid-headers": authn.requestheader_uid_headers,
            "group-headers": authn.requestheader_group_headers,
            "extra-headers-prefix": authn.requestheader_extra_headers_prefix,
            "allowed-names": authn.requestheader_allowed_names,
        }
        if not authn.requestheader_uid_headers:
            del lists["uid-headers"]
        found |= {f"requestheader-{name}": json.dumps(values) for name, values in lists.items()}
    return found


def _merged(held: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    data = dict(held)
    for key in sorted({*held, *wanted}):
        parts = (held.get(key, ""), wanted.get(key, ""))
        if key in (_CLIENTS, _PROXIES):
            data[key] = _bundle(*parts)
        elif key.startswith("requestheader-"):
            data[key] = _union(*parts)
    return {key: value for key, value in sorted(data.items()) if value}


def _bundle(*texts: str) -> str:
    found: dict[bytes, None] = {}
    for text in texts:
        for certificate in _certificates(text):
            if certificate.not_after >= time.time():
                found[certificate.parsed.public_bytes(Encoding.PEM)] = None
    return b"".join(found).decode()


def _certificates(text: str) -> list[Certificate]:
    try:
        return certificates(text.encode()) if text else []
    except ConfigurationError:
        return []


def _union(*texts: str) -> str:
    found: dict[str, None] = {}
    for text in texts:
        try:
            values = json.loads(text) if text else []
        except ValueError:
            continue
        found |= {value: None for value in values if isinstance(value, str)} if isinstance(values, list) else {}
    return json.dumps(list(found), separators=(",", ":"), ensure_ascii=False)
