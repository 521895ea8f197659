"""Building verified chains of client certificates the way Go's ``crypto/x509`` does.

The general-purpose verifiers of other libraries enforce the rules of the web (names in SAN, mandatory extensions); a
Kubernetes client certificate is judged by Go's rules instead: a certificate is good if a chain of correct signatures leads
to a trusted one, all are valid now, issuers may issue (basic constraints, path length, key usage, name constraints) and
every certificate that restricts its use allows client authentication. The order of what the client sent does not matter.

Source: Go ``crypto/x509`` ``Certificate.Verify``; messages are Go's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from kubegate.authn.certificates import Certificate, CertificateError
from kubegate.authn.name_constraints import violation

_MAX_SIGNATURE_CHECKS = 100
_HANDLED = {
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.NAME_CONSTRAINTS,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.POLICY_MAPPINGS,
    ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.INHIBIT_ANY_POLICY,
    ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
}
_GOOD_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def verified_chains(
    leaf: Certificate, intermediates: Sequence[Certificate], roots: Sequence[Certificate], now: float
) -> list[tuple[Certificate, ...]]:
    """All chains, leaf first, that make ``leaf`` good for client authentication at ``now`` (Unix seconds).

    Never empty: raises `CertificateError` with Go's message if there is none."""
    search = _Search(intermediates, roots, now)
    complaint = search.complaint(leaf, (), is_intermediate=False)
    if complaint:
        raise CertificateError(complaint)
    if leaf in roots:
        candidates: list[tuple[Certificate, ...]] = [(leaf,)]
    else:
        candidates, error = search.chains((leaf,))
        if not candidates:
            raise CertificateError(error)
    good = [chain for chain in candidates if _for_client_authentication(chain)]
    if not good:
        raise CertificateError("x509: certificate specifies an incompatible key usage")
    return good


@dataclass(slots=True)
class _Search:
    """Depth-first search for chains, with a bound on the number of signatures checked."""

    intermediates: Sequence[Certificate]
    roots: Sequence[Certificate]
    now: float
    checks: int = 0

    def chains(self, chain: tuple[Certificate, ...]) -> tuple[list[tuple[Certificate, ...]], str]:
        """The complete chains that start with ``chain``, and why there are none."""
        found: list[tuple[Certificate, ...]] = []
        child, error, hint = chain[-1], "", ""
        for candidate, is_root in self._candidates(child):
            if any(_same_entity(candidate, member) for member in chain):
                continue
            self.checks += 1
            if self.checks > _MAX_SIGNATURE_CHECKS:
                error = "x509: signature check attempts limit reached while verifying certificate chain"
                break
            bad = _signature_complaint(child, candidate)
            if bad:
                hint = hint or _hint(bad, candidate)
                continue
            error = self.complaint(candidate, chain, is_intermediate=not is_root)
            if error:
                continue
            if is_root:
                found.append((*chain, candidate))
            else:
                longer, error = self.chains((*chain, candidate))
                found += longer
        return found, "" if found else error or f"x509: certificate signed by unknown authority{hint}"

    def _candidates(self, child: Certificate) -> Iterator[tuple[Certificate, bool]]:
        for pool, is_root in ((self.roots, True), (self.intermediates, False)):
            named = [certificate for certificate in pool if certificate.subject == child.issuer]
            # Those whose key identifier matches come first, those where it differs last.
            named.sort(key=lambda parent: _key_match(child, parent))
            for certificate in named:
                yield certificate, is_root

    def complaint(self, certificate: Certificate, chain: tuple[Certificate, ...], *, is_intermediate: bool) -> str:
        """Why ``certificate`` cannot stand above ``chain`` (or, with an empty chain, is not good itself); "" if it can."""
        if any(extension.critical and not _handled(extension) for extension in certificate.extensions):
            return "x509: unhandled critical extension"
        out_of_time = _time_complaint(certificate, self.now)
        if out_of_time:
            return out_of_time
        violated = violation(certificate.extensions, [member.extensions for member in chain]) if chain else ""
        if violated:
            return violated
        constraints = _basic_constraints(certificate)
        if is_intermediate and (constraints is None or not constraints.ca):
            return "x509: certificate is not authorized to sign other certificates"
        if constraints is not None and constraints.path_length is not None and len(chain) - 1 > constraints.path_length:
            return "x509: too many intermediates for path length constraint"
        return ""


def _key_match(child: Certificate, parent: Certificate) -> int:
    if not child.authority_id or not parent.key_id:
        return 1
    return 0 if child.authority_id == parent.key_id else 2


def _same_entity(one: Certificate, other: Certificate) -> bool:
    return one.subject == other.subject and one.key == other.key and _names(one) == _names(other)


def _names(certificate: Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _handled(extension: x509.Extension[x509.ExtensionType]) -> bool:
    if isinstance(extension.value, x509.SubjectAlternativeName):
        known = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier, x509.IPAddress)
        return any(isinstance(name, known) for name in extension.value)
    return extension.oid in _HANDLED


def _basic_constraints(certificate: Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _time_complaint(certificate: Certificate, now: float) -> str:
    parsed = certificate.parsed
    if now < parsed.not_valid_before_utc.timestamp():
        relation = f"before {_stamp(parsed.not_valid_before_utc)}"
    elif now > parsed.not_valid_after_utc.timestamp():
        relation = f"after {_stamp(parsed.not_valid_after_utc)}"
    else:
        return ""
    current = _stamp(datetime.fromtimestamp(now, UTC))
    return f"x509: certificate has expired or is not yet valid: current time {current} is {relation}"


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _signature_complaint(child: Certificate, parent: Certificate) -> str:
    constraints = _basic_constraints(parent)
    if (constraints is None and parent.parsed.version is x509.Version.v3) or (constraints and not constraints.ca):
        return "x509: invalid signature: parent certificate cannot sign this kind of certificate"
    try:
        usage = parent.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.key_cert_sign:
            return "x509: invalid signature: parent certificate cannot sign this kind of certificate"
    except x509.ExtensionNotFound:
        pass
    return _check_signature(child, parent)


def _check_signature(child: Certificate, parent: Certificate) -> str:
    try:
        algorithm = child.parsed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "x509: cannot verify signature: algorithm unimplemented"
    key = parent.parsed.public_key()
    # MD5 and SHA-1 can be forged: they verify nothing.
    if algorithm is None:
        if not isinstance(key, ed25519.Ed25519PublicKey):
            return "x509: cannot verify signature: algorithm unimplemented"
    elif not isinstance(algorithm, _GOOD_HASHES):
        return f"x509: cannot verify signature: insecure algorithm {algorithm.name.upper()}"
    try:
        child.parsed.verify_directly_issued_by(parent.parsed)
    except InvalidSignature:
        if isinstance(key, ec.EllipticCurvePublicKey):
            return "x509: ECDSA verification failure"
        return (
            "crypto/rsa: verification error" if isinstance(key, rsa.RSAPublicKey) else "x509: Ed25519 verification failure"
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "x509: signature algorithm specifies another kind of public key"
    return ""


def _hint(why: str, candidate: Certificate) -> str:
    subject = candidate.parsed.subject
    names = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or subject.get_attributes_for_oid(
        x509.NameOID.ORGANIZATION_NAME
    )
    name = str(names[0].value) if names else f"serial:{candidate.parsed.serial_number}"
    return f' (possibly because of "{why}" while trying to verify candidate authority certificate "{name}")'


def _for_client_authentication(chain: Sequence[Certificate]) -> bool:
    """Every certificate with an extended key usage must allow client authentication, or any use."""
    for certificate in chain:
        try:
            usages = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            continue
        if not usages & {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}:
            return False
    return True
