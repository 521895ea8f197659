"""Client certificates: common name = user, organisations = groups, in the order of the certificate.

No common name means no identity, which is no error. The attribute 1.3.6.1.4.1.57683.2 of the subject is the uid; two of
them are refused. Answers are remembered until a certificate of the chain expires or the authorities change.
Source: k8s.io/apiserver ``authentication/request/x509``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from cryptography.x509.oid import NameOID, ObjectIdentifier

from kubegate.api.user import User
from kubegate.authn.certificate_chains import verified_chains
from kubegate.authn.certificates import Certificate, CertificateError
from kubegate.authn.interface import ABSENT, Authenticated, Authenticator, Clock, Credentials, Outcome, Refused, refused

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"
_UID = ObjectIdentifier("1.3.6.1.4.1.57683.2")
_REMEMBERED = 1024
_MAX_CHAIN_BYTES = 1 << 20


class Authorities:
    """Trusted certificates, and the chains that were verified against them (by content, until they expire)."""

    def __init__(self, roots: list[Certificate]) -> None:
        self.roots = roots
        self._known: dict[tuple[bytes, ...], tuple[float, list[tuple[Certificate, ...]]]] = {}

    def verify(self, chain: tuple[bytes, ...], now: float) -> list[tuple[Certificate, ...]]:
        """The verified chains for what a client sent; raises `CertificateError`."""
        known = self._known.get(chain)
        if known is not None and now <= known[0]:
            return known[1]
        if sum(map(len, chain)) > _MAX_CHAIN_BYTES:
            raise CertificateError("x509: certificate chain is too large")
        leaf = Certificate.read(chain[0])
        try:
            chains = verified_chains(leaf, [Certificate.read(der) for der in chain[1:]], self.roots, now)
        except CertificateError as error:
            raise CertificateError(error.message, hint=leaf.identifier) from error
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[chain] = (min(member.not_after for found in chains for member in found), chains)
        return chains


class ClientCertificates:
    """``authorities`` gives the current ones (they may be reloaded)."""

    def __init__(self, authorities: Callable[[], Authorities], now: Clock) -> None:
        self._authorities = authorities
        self._now = now
        self._known: dict[tuple[bytes, ...], tuple[Authorities, Authenticated]] = {}

    def authenticate(self, credentials: Credentials) -> Outcome:
        chain = credentials.certificates
        if not chain:
            return ABSENT
        authorities = self._authorities()
        now = self._now()
        known = self._known.get(chain)
        if known is not None and known[0] is authorities and now <= known[1].expires:
            return known[1]
        outcome = _judge(chain, authorities, now)
        if isinstance(outcome, Authenticated):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[chain] = (authorities, outcome)
        return outcome


def _judge(chain: tuple[bytes, ...], authorities: Authorities, now: float) -> Outcome:
    try:
        chains = authorities.verify(chain, now)
    except CertificateError as error:
        return Refused(f"verifying certificate {error.hint} failed: {error.message}")
    refusals: list[str] = []
    for verified in chains:
        outcome = identity(verified[0])
        if isinstance(outcome, Authenticated):
            return replace(outcome, expires=min(member.not_after for member in verified))
        if isinstance(outcome, Refused):
            refusals.append(outcome.reason)
    return refused(refusals) if refusals else ABSENT


def identity(leaf: Certificate) -> Outcome:
    """Whom a certificate names, without asking whether it is to be trusted."""
    name = common_name(leaf)
    if not name:
        return ABSENT
    uids = [str(attribute.value) for attribute in leaf.parsed.subject if attribute.oid == _UID]
    if len(uids) > 1:
        return Refused(f"expected 1 UID, but found multiple: [{' '.join(uids)}]")
    if uids and not uids[0]:
        return Refused("UID cannot be an empty string")
    groups = tuple(str(attribute.value) for attribute in leaf.parsed.subject if attribute.oid == NameOID.ORGANIZATION_NAME)
    fingerprint = f"X509SHA256={sha256(leaf.der).hexdigest()}"
    return Authenticated(User(name, uids[0] if uids else "", groups, ((CREDENTIAL_ID, (fingerprint,)),)))


def common_name(certificate: Certificate) -> str:
    """The last common name of the subject, or ""."""
    names = certificate.parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[-1].value) if names else ""


class VerifiedClient:
    """Lets a request through to ``inner`` only with a client certificate of ``authorities`` and an allowed common name."""

    def __init__(
        self,
        authorities: Callable[[], Authorities],
        allowed_names: frozenset[str],
        inner: Authenticator,
        now: Clock,
    ) -> None:
        self._authorities = authorities
        self._allowed_names = allowed_names
        self._inner = inner
        self._now = now

    def authenticate(self, credentials: Credentials) -> Outcome:
        if not credentials.certificates:
            return ABSENT
        try:
            chains = self._authorities().verify(credentials.certificates, self._now())
        except CertificateError as error:
            return Refused(error.message)
        name = common_name(chains[0][0])
        if self._allowed_names and name not in self._allowed_names:
            return Refused(f"x509: subject with cn={name} is not in the allowed list")
        return self._inner.authenticate(credentials)
