"""Hostile client certificates: none becomes an identity that its authority did not vouch for."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from kubegate.authn.certificates import Certificate
from kubegate.authn.interface import ABSENT, Authenticated, Credentials, Outcome, Refused
from kubegate.authn.plugins.x509 import Authorities, ClientCertificates
from kubegate.testing.credentials import END, START, UID, Authority, name_of

NOW = 1_800_000_000.0
ROOT = Authority("root")


def ask(chain: tuple[bytes, ...], *roots: Authority, now: float = NOW) -> Outcome:
    trusted = Authorities([Certificate.read(root.certificate.public_bytes(Encoding.DER)) for root in roots or (ROOT,)])
    return ClientCertificates(lambda: trusted, lambda: now).authenticate(Credentials(certificates=chain))


def user_name(outcome: Outcome) -> str:
    assert isinstance(outcome, Authenticated), outcome
    return outcome.user.name


def why(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def test_a_good_certificate_names_its_user() -> None:
    assert user_name(ask(ROOT.issue("alice").presented)) == "alice"


def test_a_nul_in_the_name_does_not_end_it() -> None:
    assert user_name(ask(ROOT.issue("system:admin\0.evil").presented)) == "system:admin\0.evil"


def test_of_two_common_names_the_last_counts() -> None:
    subject = name_of([(NameOID.COMMON_NAME, "admin"), (NameOID.COMMON_NAME, "mallory")])
    assert user_name(ask(ROOT.issue(subject=subject).presented)) == "mallory"


def test_a_thousand_organizations_are_a_thousand_groups() -> None:
    outcome = ask(ROOT.issue("alice", organizations=[f"g{number}" for number in range(1000)]).presented)
    assert isinstance(outcome, Authenticated)
    assert len(outcome.user.groups) == 1000


def test_two_uids_are_refused() -> None:
    assert why(ask(ROOT.issue("alice", uids=["1", "2"]).presented)) == "expected 1 UID, but found multiple: [1 2]"


def test_no_common_name_is_no_identity() -> None:
    assert ask(ROOT.issue(organizations=["system:masters"]).presented) == ABSENT


def test_an_authority_of_the_same_name_is_another() -> None:
    impostor = Authority("root")
    assert "ECDSA verification failure" in why(ask(impostor.issue("admin").presented))


def test_a_leaf_that_signs_itself_with_the_authoritys_name() -> None:
    impostor = Authority("root")
    own = (impostor.certificate.public_bytes(Encoding.DER),)
    assert "unknown authority" in why(ask(own))


def test_what_the_client_sends_along_is_not_trusted() -> None:
    stranger = Authority("stranger")
    presented = (*stranger.issue("admin").presented, stranger.certificate.public_bytes(Encoding.DER))
    assert "unknown authority" in why(ask(presented))


def test_a_client_certificate_may_not_issue_others() -> None:
    alice = Authority("alice", ROOT, is_ca=False)
    assert "parent certificate cannot sign" in why(ask(alice.issue("admin").presented))


def test_an_intermediate_without_basic_constraints_may_not_issue() -> None:
    leaf_like = ROOT.issue("leaf-like")
    impostor = Authority("x")
    impostor.subject, impostor.key = leaf_like.certificate.subject, leaf_like.key
    presented = impostor.issue("admin").presented + leaf_like.presented
    assert "parent certificate cannot sign" in why(ask(presented))


def test_the_path_length_is_kept() -> None:
    short = Authority("short", path_length=0)
    below = Authority("below", short)
    assert "too many intermediates" in why(ask(below.issue("alice").presented, short))
    assert user_name(ask(short.issue("alice").presented, short)) == "alice"


def test_an_authority_without_the_right_to_sign_certificates() -> None:
    usage: dict[str, Any] = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    signer = Authority("signer", extensions=[(x509.KeyUsage(digital_signature=True, **usage), True)])
    assert "parent certificate cannot sign" in why(ask(signer.issue("alice").presented, signer))


@pytest.mark.parametrize(
    ("names", "allowed"),
    [(["dev.example.com"], True), (["example.org"], False), (["dev.example.com", "example.org"], False)],
)
def test_name_constraints_of_an_intermediate(names: list[str], allowed: bool) -> None:
    constraints = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.com")], excluded_subtrees=None)
    limited = Authority("limited", ROOT, extensions=[(constraints, True)])
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    outcome = ask(limited.issue("alice", extensions=[(alternative, False)]).presented)
    assert isinstance(outcome, Authenticated) is allowed
    if not allowed:
        assert "not permitted by any constraint" in why(outcome)


def test_a_critical_extension_that_nobody_knows() -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert "unhandled critical extension" in why(ask(ROOT.issue("alice", extensions=[(unknown, True)]).presented))
    assert user_name(ask(ROOT.issue("alice", extensions=[(unknown, False)]).presented)) == "alice"


@pytest.mark.parametrize(
    ("usages", "allowed"),
    [
        ((), True),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), True),
        ((ExtendedKeyUsageOID.SERVER_AUTH,), False),
        ((ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), True),
    ],
)
def test_usages(usages: tuple[ObjectIdentifier, ...], allowed: bool) -> None:
    assert isinstance(ask(ROOT.issue("alice", usages=usages).presented), Authenticated) is allowed


def test_an_intermediate_for_servers_only_makes_no_clients() -> None:
    servers = Authority("servers", ROOT, extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)])
    assert "incompatible key usage" in why(ask(servers.issue("alice").presented))


@pytest.mark.parametrize("days", [-1, 1])
def test_out_of_time(days: int) -> None:
    edge = (START if days < 0 else END) + timedelta(days=days)
    assert "expired or is not yet valid" in why(ask(ROOT.issue("alice").presented, now=edge.timestamp()))


def test_an_answer_is_not_remembered_beyond_the_expiry() -> None:
    clock = [NOW]
    trusted = Authorities([Certificate.read(ROOT.certificate.public_bytes(Encoding.DER))])
    plugin = ClientCertificates(lambda: trusted, lambda: clock[0])
    presented = Credentials(certificates=ROOT.issue("alice").presented)
    assert isinstance(plugin.authenticate(presented), Authenticated)
    clock[0] = END.timestamp() + 1
    assert isinstance(plugin.authenticate(presented), Refused)


def test_an_answer_is_not_remembered_beyond_the_authority() -> None:
    trusted = [Authorities([Certificate.read(ROOT.certificate.public_bytes(Encoding.DER))])]
    plugin = ClientCertificates(lambda: trusted[0], lambda: NOW)
    presented = Credentials(certificates=ROOT.issue("alice").presented)
    assert isinstance(plugin.authenticate(presented), Authenticated)
    trusted[0] = Authorities([Certificate.read(Authority("new").certificate.public_bytes(Encoding.DER))])
    assert isinstance(plugin.authenticate(presented), Refused)


FORGEABLE = {
    "MD5": (4, "3020300c06082a864886f70d020505000410", hashlib.md5),
    "SHA1": (5, "3021300906052b0e03021a05000414", hashlib.sha1),
    "SHA256": (11, "3031300d060960864801650304020105000420", hashlib.sha256),
}
"""Name -> (last number of the signature's OID, the digest's DER prefix, the digest)."""


def resigned(der: bytes, key: rsa.RSAPrivateKey, name: str) -> bytes:
    """A certificate signed with SHA-256, signed anew with another digest: no library makes such signatures any more."""
    number, prefix, digest = FORGEABLE[name]
    tbs = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    old, new = (bytes.fromhex("2a864886f70d0101") + bytes([last]) for last in (11, number))
    tbs = tbs.replace(old, new)
    message = bytes.fromhex(prefix) + digest(tbs).digest()
    size = key.key_size // 8
    padded = b"\0\1" + b"\xff" * (size - len(message) - 3) + b"\0" + message
    numbers = key.private_numbers()
    signature = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
    head, _, _ = der.partition(x509.load_der_x509_certificate(der).tbs_certificate_bytes)
    tail = der[len(head) + len(tbs) : -size].replace(old, new)
    return head + tbs + tail + signature


@pytest.mark.parametrize(("name", "good"), [("SHA256", True), ("SHA1", False), ("MD5", False)])
def test_forgeable_signatures_verify_nothing(name: str, good: bool) -> None:
    """One made by the authority itself is refused: anybody could have made it."""
    key = rsa.generate_private_key(65537, 2048)
    subject = name_of([(NameOID.COMMON_NAME, "old")])

    def signed(subject_: x509.Name, is_authority: bool) -> bytes:
        builder = x509.CertificateBuilder().subject_name(subject_).issuer_name(subject).public_key(key.public_key())
        builder = builder.serial_number(1).not_valid_before(START).not_valid_after(END)
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), True)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    root = Certificate.read(signed(subject, True))
    leaf = resigned(signed(name_of([(NameOID.COMMON_NAME, "admin")]), False), key, name)
    plugin = ClientCertificates(lambda: Authorities([root]), lambda: NOW)
    outcome = plugin.authenticate(Credentials(certificates=(leaf,)))
    if good:
        assert user_name(outcome) == "admin"
    else:
        assert f"insecure algorithm {name}" in why(outcome)


@pytest.mark.parametrize("junk", [b"", b"\x30", b"not a certificate", b"\x30\x82\xff\xff" + b"A" * 50])
def test_malformed_certificates_never_become_a_user(junk: bytes) -> None:
    assert isinstance(ask((junk,)), Refused)
    assert isinstance(ask((*ROOT.issue("alice").presented, junk)), Refused)


def test_a_maze_of_intermediates_costs_bounded_work() -> None:
    """Many intermediates of one name and key: each could follow each, were there no limit."""
    maze = Authority("maze")
    same = []
    for _ in range(40):
        twin = Authority("maze", maze)
        twin.key = maze.key
        same.append(maze.sign(maze.subject, maze.key, [(x509.BasicConstraints(True, None), True)]))
    presented = maze.issue("alice").presented + tuple(each.public_bytes(Encoding.DER) for each in same)
    assert isinstance(ask(presented), Refused)


def test_unbounded_chains_are_not_looked_at() -> None:
    presented = (*ROOT.issue("alice").presented, bytes(1 << 21))
    assert "too large" in why(ask(presented))


def test_uid_attribute() -> None:
    outcome = ask(ROOT.issue("alice", uids=["7"]).presented)
    assert isinstance(outcome, Authenticated)
    assert outcome.user.uid == "7"
    assert UID.dotted_string == "1.3.6.1.4.1.57683.2"


@pytest.mark.parametrize(
    ("curve", "refused"), [(ec.SECP224R1(), ""), (ec.SECP521R1(), ""), (ec.SECP256K1(), "x509: unsupported elliptic curve")]
)
def test_keys_on_other_curves(curve: ec.EllipticCurve, refused: str) -> None:
    usage = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
    subject = name_of([(NameOID.COMMON_NAME, "alice")])
    outcome = ask((ROOT.sign(subject, ec.generate_private_key(curve), [usage], START, END).public_bytes(Encoding.DER),))
    assert why(outcome).endswith(refused) if refused else user_name(outcome) == "alice"


@pytest.mark.parametrize(("kind", "good"), [("PrintableString", True), ("BMPString", True), ("UniversalString", False)])
def test_texts_of_other_kinds(kind: str, good: bool) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice", getattr(_ASN1Type, kind))])
    outcome = ask(ROOT.issue(subject=subject).presented)
    assert (user_name(outcome) == "alice") if good else why(outcome).endswith("unsupported string type: 28")
