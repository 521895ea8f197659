"""Keys of a suite's own, with which it makes the credentials of its cases: an authority of client certificates, a service
account signer, the keys of the issuers that are configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ObjectIdentifier

from kubegate.api.names import Object
from kubegate.authn.interface import ObjectReader
from kubegate.authn.issuer import Grant, TokenIssuer, discovery_document, key_set
from kubegate.authn.jose import sign
from kubegate.authn.oidc.fetch import Fetch
from kubegate.authn.pem import PrivateKey
from kubegate.compose.authn_jwt import load_configuration
from kubegate.config.authn import AuthnOptions
from kubegate.errors import InvalidInput, Unavailable
from kubegate.testing.cases.authentication import AccountToken, CertificateSubject
from kubegate.testing.credentials import END, START, Authority, new_key, public_pem

_WELL_KNOWN = "/.well-known/openid-configuration"
_KEYS = "/kubegate-test-keys"
_USAGES = {"clientAuth": "1.3.6.1.5.5.7.3.2", "serverAuth": "1.3.6.1.5.5.7.3.1", "any": "2.5.29.37.0"}
_HOUR = 3600


def seconds(text: str, what: str) -> float:
    """An RFC 3339 time as Unix seconds; raises `InvalidInput`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{what}: {text} is not a time (2030-01-01T00:00:00Z)") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


@dataclass
class Throwaway:
    """``folder`` takes the files that the flags must name; ``issuer_keys``: recorded key sets (JWKS) of issuers, by URL."""

    options: AuthnOptions
    folder: Path
    issuer_keys: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def authority(self) -> Authority:
        """Issues client certificates that are trusted."""
        return Authority("kubegate test authority")

    @cached_property
    def stranger(self) -> Authority:
        """Issues client certificates that are not."""
        return Authority("kubegate test authority")

    @cached_property
    def account_key(self) -> ec.EllipticCurvePrivateKey:
        """Signs service account tokens."""
        return new_key()

    @cached_property
    def issuer_key(self) -> PrivateKey:
        """Signs tokens of every issuer, by an algorithm that the flags accept."""
        if not self.options.authentication_config and "ES256" not in self.options.oidc_signing_algs:
            return rsa.generate_private_key(65537, 2048)
        return new_key()

    def trusting(self, *, certificates: bool, accounts: bool) -> AuthnOptions:
        """The flags, with what the suite's own keys vouch for trusted as well."""
        changes: dict[str, Any] = {}
        if certificates:
            given = self.options.client_ca_file
            bundle = self.folder / "client-ca.pem"
            bundle.write_bytes((_read(given) if given else b"") + b"\n" + self.authority.pem)
            changes["client_ca_file"] = str(bundle)
        if accounts:
            key = self.folder / "service-account.pem"
            key.write_bytes(public_pem(self.account_key))
            changes["service_account_key_file"] = [*self.options.service_account_key_file, str(key)]
        return self.options.model_copy(update=changes)

    def certificate(self, subject: CertificateSubject) -> tuple[bytes, ...]:
        """A client certificate with its chain (DER)."""
        unknown = [usage for usage in subject.usages if usage not in _USAGES]
        if unknown:
            raise InvalidInput(f"usages: {unknown[0]!r} is not one of {', '.join(_USAGES)}")
        issued = (self.authority if subject.trusted else self.stranger).issue(
            subject.commonName,
            organizations=subject.organizations,
            uids=subject.uids,
            usages=[ObjectIdentifier(_USAGES[usage]) for usage in subject.usages],
            start=_moment(subject.notBefore, "notBefore") if subject.notBefore else START,
            end=_moment(subject.notAfter, "notAfter") if subject.notAfter else END,
        )
        return issued.presented

    def token(self, claims: Mapping[str, Any], now: float) -> str:
        """A token of the issuer that ``claims`` name."""
        standard = {"iat": int(now), "nbf": int(now), "exp": int(now) + _HOUR}
        merged = {key: value for key, value in {**standard, **claims}.items() if value is not None}
        return sign(merged, self.issuer_key)

    def account_token(self, wanted: AccountToken, objects: ObjectReader, now: float) -> str:
        """A service account's token, of the first issuer; what it names and is not there, it names all the same."""
        issued = int(seconds(wanted.issuedAt, "issuedAt") if wanted.issuedAt else now)

        def named(resource: str, namespace: str, name: str) -> Object | None:
            if not name:
                return None
            made = {"metadata": {"name": name, "namespace": namespace, "uid": "00000000-0000-0000-0000-000000000000"}}
            return objects.get(resource, namespace, name) or made

        account = named("serviceaccounts", wanted.namespace, wanted.name) or {}
        grant = Grant(
            account,
            wanted.audiences or self.options.api_audiences or self.options.service_account_issuer,
            issued,
            issued + wanted.expirationSeconds,
            pod=named("pods", wanted.namespace, wanted.pod),
            secret=named("secrets", wanted.namespace, wanted.secret),
            node=named("nodes", "", wanted.node),
        )
        return TokenIssuer(self.options.service_account_issuer[0], self.account_key).issue(grant)[0]

    def fetcher(self) -> Callable[[str], Fetch]:
        """Answers for the issuers that are configured; nobody else is asked for anything."""
        members = load_configuration(self.options).jwt or []
        urls = {
            member.issuer.discoveryURL or member.issuer.url.removesuffix("/") + _WELL_KNOWN: member for member in members
        }

        def fetch(url: str, headers: Mapping[str, str]) -> bytes:
            member = urls.get(url)
            if member is not None:
                issuer = member.issuer.url
                document = discovery_document(issuer, issuer + _KEYS, [self.issuer_key.public_key()])
                return orjson.dumps(document)
            issuer = url.removesuffix(_KEYS)
            if issuer == url:
                raise Unavailable(f"Get {url!r}: a test asks nobody")
            keys = key_set([self.issuer_key.public_key()])["keys"]
            recorded = orjson.loads(self.issuer_keys.get(issuer, b"{}"))
            return orjson.dumps({"keys": [*keys, *recorded.get("keys", ())]})

        return lambda authority: fetch


def _moment(text: str, what: str) -> datetime:
    return datetime.fromtimestamp(seconds(text, what), UTC)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
