"""CVE-2024-45341: an authority limited to a domain signed for ``https://[fe80::1%25zone.of.that.domain]/``.

Its kind is CVE-2025-61727: ``*.example.com`` stood for a name that the authority was not to sign for.
"""

from __future__ import annotations

import pytest
from cryptography import x509

from kubegate.authn.name_constraints import violation
from kubegate.testing.credentials import Authority

DNS, URI = x509.DNSName, x509.UniformResourceIdentifier
UNMATCHED = "cannot be matched against constraints"


def why(name: x509.GeneralName, permitted: list[x509.GeneralName], excluded: list[x509.GeneralName]) -> str:
    """What is wrong with a certificate for ``name``, below an authority with these constraints."""
    constraints = x509.NameConstraints(permitted_subtrees=permitted or None, excluded_subtrees=excluded or None)
    authority = Authority("limited", extensions=[(constraints, True)])
    leaf = authority.issue("alice", extensions=[(x509.SubjectAlternativeName([name]), False)])
    return violation(authority.certificate.extensions, [leaf.certificate.extensions])


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://a.example.com/", ""),
        ("https://a.example.com:443/", ""),
        ("spiffe://a.example.com/ns/shop", ""),
        ("https://a.example.org/", "is not permitted by any constraint"),
        ("https://[fe80::1%25a.example.com]/", UNMATCHED),
        ("https://[fe80::1%25a.example.com]:443/", UNMATCHED),
        ("https://[::1]/", UNMATCHED),
        ("https://192.0.2.1/", UNMATCHED),
        ("urn:uuid:1", UNMATCHED),
        ("https://[a.example.com/", "cannot parse"),
    ],
)
def test_uris_below_a_domain(uri: str, expected: str) -> None:
    complaint = why(URI(uri), [URI(".example.com")], [])
    assert expected in complaint
    assert bool(complaint) is bool(expected)


@pytest.mark.parametrize("uri", ["urn:uuid:1", "https://[fe80::1%25a.example.com]/", "https://a.evil.example/"])
def test_uris_that_are_excluded_or_cannot_be_told(uri: str) -> None:
    assert why(URI(uri), [], [URI(".evil.example")])


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("*.example.com", False),
        ("*.EXAMPLE.com", False),
        ("test.example.com", False),
        ("a.test.example.com", False),
        ("*.test.example.com", False),
        ("other.example.com", True),
        ("*.other.example.com", True),
        ("*.com", True),
        ("*", True),
    ],
)
def test_wildcards_that_stand_for_an_excluded_name(name: str, allowed: bool) -> None:
    assert (why(DNS(name), [], [DNS("test.example.com")]) == "") is allowed


def test_a_wildcard_is_permitted_where_all_that_it_stands_for_is() -> None:
    assert why(DNS("*.example.com"), [DNS("example.com")], []) == ""
    assert why(DNS("*.example.com"), [DNS("test.example.com")], []) != ""
