"""The registered claims of an ID token: what types they may have."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.authn.jose import TokenError, encode, parse
from kubegate.authn.oidc.id_token import issuer_of, registered_claims

GOOD: dict[str, Any] = {"iss": "https://i", "sub": "s", "aud": "a", "exp": 10, "iat": 5}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", 5),
        ("sub", 5),
        ("sub", ["s"]),
        ("aud", ["a", 5]),
        ("aud", {}),
        ("exp", "soon"),
        ("exp", True),
        ("exp", None),
        ("iat", "then"),
        ("iat", None),
        ("nbf", []),
        ("nonce", 5),
        ("at_hash", {}),
        ("SUB", 5),
        ("_claim_names", []),
        ("_claim_names", {"groups": 5}),
        ("_claim_names", {"groups": ""}),
        ("_claim_names", {"groups": "nowhere"}),
        ("_claim_sources", {"x": {"endpoint": 5}}),
        ("_claim_sources", {"x": "y"}),
    ],
)
def test_a_claim_of_a_wrong_type_refuses_the_token(name: str, value: Any) -> None:
    registered_claims(GOOD)
    with pytest.raises(TokenError):
        registered_claims({**GOOD, name: value})


@pytest.mark.parametrize(
    ("value", "expected"),
    [(10, 10), (10.7, 10), ("10", 10), ("1e1", 10), (10**25, -(2**63) + 1), ("1e999", -(2**63) + 1), (-5, -5)],
)
def test_times(value: Any, expected: int) -> None:
    assert registered_claims({**GOOD, "exp": value}).expiry == expected


@pytest.mark.parametrize(("value", "expected"), [(None, None), (7, 7), (10**25, 2**63 - 1)])
def test_when_a_token_becomes_good(value: Any, expected: int | None) -> None:
    assert registered_claims({**GOOD, "nbf": value}).not_before == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("a", ("a",)), (["a", "b"], ("a", "b")), ([], ()), (None, ("",)), (["a", None], ("a", ""))]
)
def test_audiences(value: Any, expected: tuple[str, ...]) -> None:
    assert registered_claims({**GOOD, "aud": value}).audience == expected


def test_absent_claims() -> None:
    found = registered_claims({"sub": None})
    assert (found.issuer, found.subject, found.audience, found.expiry) == ("", "", (), None)


def test_names_in_another_case() -> None:
    assert issuer_of({"ISS": "https://i"}) == "https://i"
    assert issuer_of({"i\u00df": "https://i"}) == ""
    assert registered_claims({"Exp": 10}).expiry == 10


def test_claims_that_are_kept_elsewhere_have_a_source() -> None:
    sources = {"_claim_names": {"groups": "x"}, "_claim_sources": {"x": {"endpoint": "https://e"}}}
    assert registered_claims({**GOOD, **sources}).subject == "s"


@pytest.mark.parametrize(
    ("header", "good"),
    [
        (b'{"alg":"RS256"}', True),
        (b'{"alg":"RS256","kid":null}', True),
        (b'{"alg":"RS256","b64":true}', True),
        (b'{"alg":"RS256","b64":false}', False),
        (b'{"alg":"RS256","kid":5}', False),
        (b'{"alg":"RS256","nonce":5}', False),
        (b'{"alg":"RS256","crit":["exp"]}', False),
        (b'{"alg":5}', False),
    ],
)
def test_headers(header: bytes, good: bool) -> None:
    assert (parse(f"{encode(header)}.{encode(b'{}')}.{encode(b'x')}") is not None) is good
