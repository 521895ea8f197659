"""CVE-2016-7075: an intermediate authority that may not issue client certificates issued them all the same."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubegate.authn.certificates import Certificate
from kubegate.authn.interface import Authenticated, Credentials
from kubegate.authn.plugins.x509 import Authorities, ClientCertificates
from kubegate.testing.credentials import Authority

NOW = 1_800_000_000.0
ROOT = Authority("root")


@pytest.mark.parametrize(
    ("usage", "accepted"),
    [
        (ExtendedKeyUsageOID.CLIENT_AUTH, True),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, True),
        (ExtendedKeyUsageOID.SERVER_AUTH, False),
        (ExtendedKeyUsageOID.CODE_SIGNING, False),
    ],
)
def test_the_usages_of_an_intermediate_limit_what_it_issues(usage: x509.ObjectIdentifier, accepted: bool) -> None:
    between = Authority("between", ROOT, extensions=[(x509.ExtendedKeyUsage([usage]), False)])
    trusted = Authorities([Certificate.read(ROOT.certificate.public_bytes(Encoding.DER))])
    presented = Credentials(certificates=between.issue("alice", organizations=["system:masters"]).presented)
    outcome = ClientCertificates(lambda: trusted, lambda: NOW).authenticate(presented)
    assert isinstance(outcome, Authenticated) == accepted
