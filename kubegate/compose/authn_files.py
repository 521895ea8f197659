"""The files that authentication flags name: keys and authorities, with kube-apiserver's complaints."""

from __future__ import annotations

from kubegate.api.go import quote
from kubegate.authn.pem import PrivateKey, PublicKey, certificates, private_key, public_keys, read_file
from kubegate.authn.plugins.x509 import Authorities
from kubegate.authn.reload import Reloading
from kubegate.config.authn import AuthnOptions
from kubegate.errors import ConfigurationError

_OVERLAP = (
    "--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names "
    "must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users"
)


def signing_key(path: str) -> PrivateKey:
    """The first private key of a file; raises `ConfigurationError`."""
    pem = read_file(path)
    try:
        return private_key(pem)
    except ConfigurationError as error:
        raise ConfigurationError(f"error reading private key file {path}: {error.message}") from error


def verification_keys(path: str) -> list[PublicKey]:
    """All public keys of a file; raises `ConfigurationError`."""
    pem = read_file(path)
    try:
        return public_keys(pem)
    except ConfigurationError as error:
        raise ConfigurationError(f"error reading public key file {path}: {error}") from error


def authorities(path: str, purpose: str) -> Reloading[Authorities]:
    """The authorities in a file, read anew when it changes; ``purpose``: what messages call them."""
    name = quote(f"{purpose}::{path}")

    def make(pem: bytes) -> Authorities:
        if not pem:
            raise ConfigurationError(f"missing content for CA bundle {name}")
        try:
            return Authorities(certificates(pem))
        except ConfigurationError as error:
            raise ConfigurationError(f"error loading CA bundle for {name}: {error.message}") from error

    return Reloading(path, make)


def overlap(options: AuthnOptions) -> list[str]:
    """Without names of proxies, no authority may vouch for both clients and proxies: any client could be anybody."""
    clients, proxies = options.client_ca_file, options.requestheader_client_ca_file
    if not clients or not proxies or options.requestheader_allowed_names:
        return []
    try:
        both = set(certificates(read_file(clients))) & set(certificates(read_file(proxies)))
    except ConfigurationError:
        return []  # told where the files are used
    return [_OVERLAP] if both else []
