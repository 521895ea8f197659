"""Every complaint about an AuthenticationConfiguration."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.authn.oidc.validate import validate, validate_issuer
from kubegate.config.authentication_configuration import AuthenticationConfiguration, JwtAuthenticator

GOOD: dict[str, Any] = {
    "issuer": {"url": "https://issuer.example", "audiences": ["app"]},
    "claimMappings": {"username": {"claim": "sub", "prefix": ""}},
}


def complaints(**changes: Any) -> list[str]:
    entry = {**GOOD, **changes}
    return [str(error) for error in validate(AuthenticationConfiguration.model_validate({"jwt": [entry]}))]


def issuer(**changes: Any) -> list[str]:
    return complaints(issuer={**GOOD["issuer"], **changes})


def mappings(**changes: Any) -> list[str]:
    return complaints(claimMappings={**GOOD["claimMappings"], **changes})


def test_good_ones() -> None:
    assert complaints() == []
    assert issuer(audiences=["a", "b"], audienceMatchPolicy="MatchAny") == []
    assert mappings(extra=[{"key": "example.com/k", "valueExpression": "claims.k"}]) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"url": ""}, "issuer.url: Required value"),
        ({"url": "http://x"}, 'issuer.url: Invalid value: "http://x": URL scheme must be https'),
        (
            {"url": "https://u:p@x"},
            'issuer.url: Invalid value: "https://u:p@x": URL must not contain a username or password',
        ),
        ({"url": "https://x?q=1"}, 'issuer.url: Invalid value: "https://x?q=1": URL must not contain a query'),
        ({"url": "https://x#f"}, 'issuer.url: Invalid value: "https://x#f": URL must not contain a fragment'),
        (
            {"url": "https://x:y"},
            'issuer.url: Invalid value: "https://x:y": parse "https://x:y": invalid port ":y" after host',
        ),
        ({"url": "x"}, 'issuer.url: Invalid value: "x": URL scheme must be https'),
        (
            {"url": "https://a b"},
            'issuer.url: Invalid value: "https://a b": parse "https://a b": invalid character " " in host name',
        ),
        (
            {"discoveryURL": "https://issuer.example/"},
            'issuer.discoveryURL: Invalid value: "https://issuer.example/": discoveryURL must be different from URL',
        ),
        ({"audiences": []}, "issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required"),
        ({"audiences": [""]}, "issuer.audiences[0]: Required value"),
        ({"audiences": ["a", "a"], "audienceMatchPolicy": "MatchAny"}, 'issuer.audiences[1]: Duplicate value: "a"'),
        (
            {"audiences": ["a", "b"]},
            'issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
        ),
        (
            {"audienceMatchPolicy": "All"},
            'issuer.audienceMatchPolicy: Invalid value: "All": '
            "audienceMatchPolicy must be empty or MatchAny for single audience",
        ),
        (
            {"certificateAuthority": "x"},
            'issuer.certificateAuthority: Invalid value: "<omitted>": '
            "data does not contain any valid RSA or ECDSA certificates",
        ),
    ],
)
def test_issuers(changes: dict[str, Any], expected: str) -> None:
    assert issuer(**changes) == [f"jwt[0].{expected}"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"username": {}}, "username: Required value: claim or expression is required"),
        (
            {"username": {"claim": "sub"}},
            "username.prefix: Required value: prefix is required when claim is set. "
            "It can be set to an empty string to disable prefixing",
        ),
        (
            {"username": {"claim": "sub", "expression": "claims.sub"}},
            'username: Invalid value: "": claim and expression can\'t both be set',
        ),
        (
            {"username": {"expression": "claims.sub", "prefix": "p"}},
            'username.prefix: Invalid value: "p": may not be specified when expression is set',
        ),
        (
            {"uid": {"claim": "a", "expression": "claims.a"}},
            'uid: Invalid value: "": claim and expression can\'t both be set',
        ),
        (
            {"extra": [{"key": "k", "valueExpression": "claims.k"}]},
            'extra[0].key: Invalid value: "k": must be a domain-prefixed path (such as "acme.io/foo")',
        ),
        (
            {"extra": [{"key": "a.k8s.io/k", "valueExpression": "claims.k"}]},
            'extra[0].key: Invalid value: "a.k8s.io/k": '
            "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use",
        ),
        (
            {"extra": [{"key": "a.io/K", "valueExpression": "claims.k"}]},
            'extra[0].key: Invalid value: "a.io/K": must be lowercase',
        ),
        ({"extra": [{"key": "a.io/k", "valueExpression": ""}]}, "extra[0].valueExpression: Required value"),
    ],
)
def test_mappings(changes: dict[str, Any], expected: str) -> None:
    assert mappings(**changes) == [f"jwt[0].claimMappings.{expected}"]


def test_an_email_must_be_verified() -> None:
    bare = mappings(username={"expression": "claims.email"})
    assert len(bare) == 1
    assert "claims.email_verified must be used in claimMappings.username.expression" in bare[0]
    rule = {"expression": "claims.?email_verified.orValue(true) == true"}
    assert complaints(claimMappings={"username": {"expression": "claims.email"}}, claimValidationRules=[rule]) == []
    assert mappings(username={"expression": "claims.email_verified ? claims.email : claims.sub"}) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, ": Required value: claim or expression is required"),
        ({"claim": "a", "expression": "true"}, ': Invalid value: "a": claim and expression can\'t both be set'),
        ({"claim": "a", "message": "m"}, '.message: Invalid value: "m": may not be specified when claim is set'),
        (
            {"expression": "true", "requiredValue": "v"},
            '.requiredValue: Invalid value: "v": may not be specified when expression is set',
        ),
        ({"expression": "claims.a"}, '.expression: Invalid value: "claims.a": must evaluate to bool'),
        ({"expression": "1 + 1"}, '.expression: Invalid value: "1 + 1": must evaluate to bool'),
    ],
)
def test_claim_rules(rule: dict[str, Any], expected: str) -> None:
    assert complaints(claimValidationRules=[rule]) == [f"jwt[0].claimValidationRules[0]{expected}"]


def test_expressions_that_do_not_compile() -> None:
    (text,) = complaints(userValidationRules=[{"expression": "user.nope"}])
    assert text.startswith(
        'jwt[0].userValidationRules[0].expression: Invalid value: "user.nope": compilation failed: ERROR:'
    )


def test_twice_is_once_too_often() -> None:
    twice = AuthenticationConfiguration.model_validate({"jwt": [GOOD, GOOD]})
    assert [str(error) for error in validate(twice)] == ['jwt[1].issuer.url: Duplicate value: "https://issuer.example"']
    rules = [{"expression": "true"}, {"expression": "true"}]
    assert complaints(claimValidationRules=rules) == ['jwt[0].claimValidationRules[1].expression: Duplicate value: "true"']


def test_all_complaints_come_at_once() -> None:
    assert len(complaints(issuer={"url": "http://x"}, claimMappings={}, userValidationRules=[{}])) == 4


def test_the_servers_own_issuer_is_reserved() -> None:
    _, errors = validate_issuer(JwtAuthenticator.model_validate(GOOD), ["https://issuer.example", "https://b"])
    assert [str(error) for error in errors] == [
        'issuer.url: Invalid value: "https://issuer.example": '
        "URL must not overlap with disallowed issuers: [https://b https://issuer.example]"
    ]


def test_too_many_issuers() -> None:
    many = AuthenticationConfiguration.model_validate({"jwt": [GOOD] * 65})
    assert [str(error) for error in validate(many)] == ["jwt: Too many: 65: must have at most 64 items"]


def test_anonymous_conditions_need_anonymous() -> None:
    configuration = AuthenticationConfiguration.model_validate(
        {"anonymous": {"enabled": False, "conditions": [{"path": "/a"}]}}
    )
    assert "enabled should be set to true when conditions are defined" in str(validate(configuration)[0])
