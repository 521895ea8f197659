"""Certificate signing requests: what is asked, what is decided, what is signed."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from support import create, update

WHERE = "certificates.k8s.io/v1/certificatesigningrequests"
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
KEY = ec.generate_private_key(ec.SECP256R1())


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pem(kind: str, content: bytes, headers: str = "") -> bytes:
    return f"-----BEGIN {kind}-----\n{headers}{text(content)}\n-----END {kind}-----\n".encode()


def asked(key, algorithm) -> bytes:
    """A request in DER, signed by ``key``."""
    return x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, algorithm).public_bytes(Encoding.DER)


def forged(key, algorithm) -> bytes:
    """The same with another name than the one that was signed."""
    return asked(key, algorithm).replace(b"jane", b"jone")


def issued(authority: bool = True) -> bytes:
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(KEY.public_key()).serial_number(1)
    dated = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    extended = dated.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    return extended.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


REQUEST, CERTIFICATE = asked(KEY, hashes.SHA256()), issued()
ASN1 = (
    "asn1: structure error: tags don't match (16 vs {class:1 tag:6 length:111 isCompound:true}) {optional:false "
    "explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false "
    "omitEmpty:false} certificateRequest @2"
)
KIND = "PEM block type must be CERTIFICATE REQUEST"


def spec(data: bytes = b"", **values) -> dict:
    made = {"request": text(data or pem("CERTIFICATE REQUEST", REQUEST)), "signerName": "a.b/c", "usages": ["any"]}
    return {"spec": {**made, **values}}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (pem("CERTIFICATE REQUEST", REQUEST), ""),
        (b"said before\n" + pem("CERTIFICATE REQUEST", REQUEST) + b"and after", ""),
        (pem("CERTIFICATE REQUEST", asked(ed25519.Ed25519PrivateKey.generate(), None)), ""),
        (b"junk", KIND),
        (pem("CERTIFICATE", REQUEST), KIND),
        (b"x" + pem("CERTIFICATE REQUEST", REQUEST), KIND),
        (pem("CERTIFICATE REQUEST", REQUEST).replace(b"END CERTIFICATE REQUEST", b"END REQUEST"), KIND),
        (pem("CERTIFICATE REQUEST", b"foo"), ASN1),
        (pem("CERTIFICATE REQUEST", b""), "asn1: syntax error: sequence truncated"),
        (pem("CERTIFICATE REQUEST", REQUEST[:-1]), "asn1: syntax error: data truncated"),
        (pem("CERTIFICATE REQUEST", REQUEST + b"x"), "asn1: syntax error: trailing data"),
        (pem("CERTIFICATE REQUEST", b"\x30"), "asn1: syntax error: truncated tag or length"),
        (pem("CERTIFICATE REQUEST", b"\x30\x80\x00\x00"), "asn1: syntax error: indefinite length found (not DER)"),
        (pem("CERTIFICATE REQUEST", b"\x30\x81\x01\x00"), "asn1: structure error: non-minimal length"),
        (pem("CERTIFICATE REQUEST", b"\x30\x03\x02\x01\x00"), "asn1: structure error: malformed certificate request"),
        (pem("CERTIFICATE REQUEST", forged(KEY, hashes.SHA256())), "x509: ECDSA verification failure"),
        (
            pem("CERTIFICATE REQUEST", forged(rsa.generate_private_key(65537, 2048), hashes.SHA256())),
            "crypto/rsa: verification error",
        ),
    ],
)
def test_the_request_must_be_signed_by_its_own_key(data, complaint):
    body = spec(data)
    shown = f'spec.request: Invalid value: "{body["spec"]["request"]}": {complaint}'
    assert create(WHERE, body)[1] == ([shown] if complaint else [])


@pytest.mark.parametrize(("given", "shown"), [("", '""'), (None, "null")], ids=repr)
def test_no_request_and_an_empty_one_are_shown_as_what_they_are(given, shown):
    assert create(WHERE, spec(request=given))[1] == [f"spec.request: Invalid value: {shown}: {KIND}"]


LONG_AGO = "2026-01-01T00:00:00Z"
DECIDED = {"type": "Approved", "status": "True", "lastUpdateTime": LONG_AGO, "lastTransitionTime": LONG_AGO}
MALFORMED = "x509: malformed certificate"


def stored(*conditions: dict, certificate: bytes = b"") -> dict:
    obj, errors = create(WHERE, spec())
    assert errors == []
    signed = {"certificate": text(certificate)} if certificate else {}
    return {**obj, "status": {"conditions": [dict(condition) for condition in conditions], **signed}}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (pem("CERTIFICATE", CERTIFICATE), ""),
        (pem("CERTIFICATE", CERTIFICATE) * 2, ""),
        (pem("CERTIFICATE", CERTIFICATE * 2), ""),
        (b"junk", "must contain at least one CERTIFICATE PEM block"),
        (pem("CERTIFICATE", CERTIFICATE) + pem("PRIVATE KEY", b"x"), "only CERTIFICATE PEM blocks are allowed, found "),
        (pem("CERTIFICATE", CERTIFICATE, "A: b\n\n"), "no PEM block headers are permitted"),
        (pem("CERTIFICATE", b""), "found CERTIFICATE PEM block containing 0 certificates"),
        (pem("CERTIFICATE", b"foo"), MALFORMED),
        (pem("CERTIFICATE", CERTIFICATE) + pem("CERTIFICATE", b"foo"), MALFORMED),
        (pem("CERTIFICATE", CERTIFICATE + b"x"), MALFORMED),
        (pem("CERTIFICATE", b"\x30\x03\x02\x01\x00"), "x509: malformed tbs certificate"),
    ],
)
def test_what_is_issued_must_be_certificates(data, complaint):
    complaint += '"PRIVATE KEY"' if complaint.endswith("found ") else ""
    errors = update(WHERE, stored(DECIDED), {"status": {"certificate": text(data)}}, "status")[1]
    shown = f'status.certificate: Invalid value: "<certificate data>": {complaint}'
    assert errors == ([shown] if complaint else [])


def test_a_certificate_stays_once_it_is_issued():
    old = stored(DECIDED, certificate=pem("CERTIFICATE", CERTIFICATE))
    other = {"status": {"certificate": text(pem("CERTIFICATE", issued(authority=False)))}}
    wrong = ["status.certificate: Forbidden: updates may not modify existing certificate content"]
    assert update(WHERE, old, other, "status")[1] == wrong
    assert update(WHERE, old, {"status": {"certificate": None}}, "status")[1] == wrong
    assert update(WHERE, old, {"metadata": {"labels": {"a": "b"}}}, "status")[1] == []


DENIED = {"type": "Denied", "status": "True"}
HERE = "status.conditions: Forbidden: updates may not"


@pytest.mark.parametrize(
    ("before", "after", "subresource", "wrong"),
    [
        (
            [DECIDED],
            [{**DECIDED, "reason": "why"}],
            "status",
            [f'{HERE} modify a condition of type "Approved"\n@@ -1 +1 @@'],
        ),
        ([DECIDED], [{**DECIDED, "reason": "why"}], "approval", []),
        ([], [DECIDED], "status", [f'{HERE} add a condition of type "Approved"']),
        ([], [DECIDED], "approval", []),
        (
            [DECIDED],
            [DENIED],
            "status",
            [f'{HERE} remove a condition of type "Approved"', f'{HERE} add a condition of type "Denied"'],
        ),
        ([{"type": "Failed", "status": "True"}], [], "status", [f'{HERE} remove a condition of type "Failed"']),
        ([{"type": "Failed", "status": "True"}], [{"type": "Failed", "status": "True", "reason": "y"}], "status", []),
    ],
    ids=str,
)
def test_decisions_stay_and_only_the_approval_makes_them(before, after, subresource, wrong):
    old = stored(*before)
    assert update(WHERE, old, {"status": {"conditions": after}}, subresource)[1] == wrong


BUNDLES = "certificates.k8s.io/v1beta1/clustertrustbundles"


@pytest.mark.parametrize(
    ("bundle", "complaints"),
    [
        (pem("CERTIFICATE", CERTIFICATE), []),
        (b"", ["at least one trust anchor must be provided"]),
        (pem("CERTIFICATE", CERTIFICATE) * 3, ["duplicate trust anchor (indices [0 1 2])"]),
        (pem("CERTIFICATE", issued(authority=False)) * 2, [f"entry {n} does not have the CA bit set" for n in (0, 1)]),
        (pem("CERTIFICATE", CERTIFICATE) * 2 + pem("X", b"x"), ["entry 2 has bad block type: X"]),
        (pem("CERTIFICATE", CERTIFICATE, "A: b\n"), ["entry 0 has PEM block headers"]),
        (pem("CERTIFICATE", b"\x30\x03\x02\x01\x00"), ["entry 0 does not parse as X.509"]),
    ],
)
def test_trust_bundles_hold_certificates_of_authorities_each_once(bundle, complaints):
    errors = create(BUNDLES, {"spec": {"trustBundle": bundle.decode()}})[1]
    assert errors == [f'spec.trustBundle: Invalid value: "<value omitted>": {complaint}' for complaint in complaints]


def test_a_trust_bundle_is_no_larger_than_a_mebibyte():
    errors = create(BUNDLES, {"spec": {"trustBundle": "x" * (1024 * 1024 + 1)}})[1]
    assert errors == ["spec.trustBundle: Too long: may not be more than 1048576 bytes"]
