"""From claims to the user."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.authn.jose import TokenError
from kubegate.authn.oidc.mapping import ClaimsToUser
from kubegate.authn.oidc.validate import validate_issuer
from kubegate.config.authentication_configuration import JwtAuthenticator

ISSUER = {"url": "https://i", "audiences": ["a"]}
SUB = {"claim": "sub", "prefix": "p:"}


def mapping(claim_mappings: dict[str, Any], **more: Any) -> ClaimsToUser:
    entry = JwtAuthenticator.model_validate({"issuer": ISSUER, "claimMappings": claim_mappings, **more})
    expressions, errors = validate_issuer(entry, [])
    assert errors == []
    return ClaimsToUser(entry, expressions)


def info(claim_mappings: dict[str, Any], claims: dict[str, Any], **more: Any) -> dict[str, Any]:
    return mapping(claim_mappings, **more).user(claims).to_info()


def refusal(claim_mappings: dict[str, Any], claims: dict[str, Any], **more: Any) -> str:
    with pytest.raises(TokenError) as caught:
        mapping(claim_mappings, **more).user(claims)
    return caught.value.message


@pytest.mark.parametrize(
    ("groups", "value", "expected"),
    [
        ({"claim": "g", "prefix": "x:"}, ["a", "b"], ["x:a", "x:b"]),
        ({"claim": "g", "prefix": ""}, "one", ["one"]),
        ({"claim": "g", "prefix": ""}, [], []),
        ({"claim": "g", "prefix": ""}, None, []),
        ({"claim": "g", "prefix": ""}, [None], [""]),
        ({"claim": "other", "prefix": ""}, ["a"], []),
        ({"expression": "claims.g"}, ["a", ""], ["a"]),
        ({"expression": "claims.g"}, "", []),
        ({"expression": "claims.g"}, None, []),
        ({"expression": "['x'] + claims.g"}, ["a"], ["x", "a"]),
    ],
)
def test_groups(groups: dict[str, str], value: Any, expected: list[str]) -> None:
    assert info({"username": SUB, "groups": groups}, {"sub": "j", "g": value}).get("groups", []) == expected


@pytest.mark.parametrize(
    ("groups", "value", "reason"),
    [
        (
            {"claim": "g", "prefix": ""},
            5,
            'oidc: parse groups claim "g": json: cannot unmarshal number into Go value of type string',
        ),
        (
            {"claim": "g", "prefix": ""},
            ["a", 1],
            'oidc: parse groups claim "g": json: cannot unmarshal array into Go value of type string',
        ),
        (
            {"expression": "claims.g"},
            5,
            "oidc: error evaluating group claim expression: expression must return a string or a list of strings",
        ),
        (
            {"expression": "claims.g"},
            [1],
            "oidc: error evaluating group claim expression: expression must return a string or a list of strings",
        ),
        (
            {"expression": "claims.g.split(',')"},
            "a,b",
            "oidc: error evaluating group claim expression: expression must return a string or a list of strings",
        ),
        (
            {"expression": "claims.h"},
            "a",
            "oidc: error evaluating group claim expression: expression 'claims.h' resulted in error: no such key: h",
        ),
    ],
)
def test_groups_of_other_shapes(groups: dict[str, str], value: Any, reason: str) -> None:
    assert refusal({"username": SUB, "groups": groups}, {"sub": "j", "g": value}) == reason


def test_user_names() -> None:
    assert info({"username": SUB}, {"sub": "j"}) == {"username": "p:j"}
    assert info({"username": SUB}, {"sub": ""}) == {"username": "p:"}
    assert info({"username": {"expression": "claims.a + ':' + claims.b"}}, {"a": "x", "b": "y"}) == {"username": "x:y"}
    assert refusal({"username": SUB}, {}) == 'oidc: parse username claims "sub": claim not present'
    assert "cannot unmarshal number" in refusal({"username": SUB}, {"sub": 5})
    expression = {"username": {"expression": "claims.a"}}
    assert refusal(expression, {"a": ""}) == "oidc: empty username via CEL expression is not allowed"
    assert refusal(expression, {"a": 5}).endswith("username claim expression must return a string")


@pytest.mark.parametrize(
    ("verified", "taken"), [(..., True), (True, True), (False, False), (None, False), ("true", False), (1, False)]
)
def test_an_email_that_is_not_verified_is_no_name(verified: Any, taken: bool) -> None:
    claims = {"email": "j@x"} | ({} if verified is ... else {"email_verified": verified})
    by_claim = {"username": {"claim": "email", "prefix": ""}}
    if taken:
        assert info(by_claim, claims) == {"username": "j@x"}
    else:
        assert "email" in refusal(by_claim, claims)


def test_uid_and_extra() -> None:
    found = info(
        {
            "username": SUB,
            "uid": {"claim": "u"},
            "extra": [
                {"key": "a.io/x", "valueExpression": "claims.x"},
                {"key": "a.io/none", "valueExpression": "''"},
                {"key": "a.io/list", "valueExpression": "['1', '']"},
            ],
        },
        {"sub": "j", "u": "7", "x": "y", "jti": "id"},
    )
    assert found["uid"] == "7"
    assert found["extra"] == {"authentication.kubernetes.io/credential-id": ["JTI=id"], "a.io/x": ["y"], "a.io/list": ["1"]}


def test_required_claims() -> None:
    rules = [{"claim": "hd", "requiredValue": "x"}]
    assert info({"username": SUB}, {"sub": "j", "hd": "x"}, claimValidationRules=rules) == {"username": "p:j"}
    for value, reason in (
        (..., "not present"),
        ("y", "does not match"),
        (["x"], "cannot unmarshal array"),
        (None, "does not match"),
    ):
        claims = {"sub": "j"} | ({} if value is ... else {"hd": value})
        assert reason in refusal({"username": SUB}, claims, claimValidationRules=rules)


def test_rules_over_claims_and_users() -> None:
    rules = {"claimValidationRules": [{"expression": "claims.n > 5", "message": "too small"}]}
    assert info({"username": SUB}, {"sub": "j", "n": 6}, **rules)
    assert refusal({"username": SUB}, {"sub": "j", "n": 5}, **rules).endswith(
        "validation expression 'claims.n > 5' failed: too small"
    )
    users = {"userValidationRules": [{"expression": "!user.username.startsWith('system:')", "message": "reserved"}]}
    assert refusal({"username": {"claim": "sub", "prefix": ""}}, {"sub": "system:x"}, **users).endswith("failed: reserved")
    missing = {"claimValidationRules": [{"expression": "claims.nope == 'x'"}]}
    assert "no such key: nope" in refusal({"username": SUB}, {"sub": "j"}, **missing)


def test_claims_are_no_container() -> None:
    rule = {"claimValidationRules": [{"expression": "'sub' in claims"}]}
    assert refusal({"username": SUB}, {"sub": "j"}, **rule).endswith("resulted in error: no such overload")
