"""Cases about authentication: credentials given and made, who they are, why they are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.errors import InvalidInput
from kubegate.testing.running.result import Result

Judged = Callable[..., list[Result]]

CONFIGURATION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://idp.example.com, audiences: [kube]}
  claimMappings:
    username: {expression: "'idp:' + claims.sub"}
    groups: {expression: "claims.roles"}
  userValidationRules:
  - {expression: "!user.username.startsWith('idp:system:')", message: no system users}
"""
TOKENS = 's3cret,alice,7,"devs,ops"\n'


def test_credentials_of_every_kind(judged: Judged) -> None:
    results = judged(
        """
        authenticationOptions: {token-auth-file: tokens.csv, authentication-config: authn.yaml}
        objects: [{apiVersion: v1, kind: ServiceAccount, metadata: {name: ci, namespace: shop}}]
        authentication:
        - {token: s3cret, username: alice, uid: "7", groups: [ops, devs, 'system:authenticated'], extra: {}}
        - {tokenFile: token, username: alice}
        - {token: wrong, message: invalid bearer token}
        - {headers: {Authorization: Bearer s3cret}, username: alice}
        - {subject: {commonName: bob, organizations: [team]}, username: bob, groups: [team, 'system:authenticated']}
        - {subject: {commonName: bob, notAfter: '2021-01-01T00:00:00Z'}, messageContains: expired}
        - {subject: {commonName: bob, notAfter: '2021-01-01T00:00:00Z'}, at: '2020-06-01T00:00:00Z', username: bob}
        - {subject: {commonName: bob, trusted: false}, messageContains: unknown authority}
        - {subject: {commonName: bob, usages: [serverAuth]}, messageContains: usage}
        - {claims: {iss: https://idp.example.com, aud: kube, sub: carol, roles: [a]}, username: 'idp:carol'}
        - {claims: {iss: https://idp.example.com, aud: kube, sub: 'system:x', roles: [a]}, messageContains: no system users}
        - {claims: {iss: https://idp.example.com, aud: other, sub: x, roles: [a]}, messageContains: audience}
        - {claims: {iss: https://idp.example.com, aud: kube, sub: x, exp: 5}, messageContains: expired}
        - {claims: {iss: https://elsewhere.example.com, aud: kube, sub: x}, authenticated: false}
        - serviceAccount: {namespace: shop, name: ci}
          username: system:serviceaccount:shop:ci
          groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated']
        - {serviceAccount: {namespace: shop, name: gone}, messageContains: not found}
        - {serviceAccount: {namespace: shop, name: ci, issuedAt: '2024-01-01T00:00:00Z'}, messageContains: expired}
        - {serviceAccount: {namespace: shop, name: ci, audiences: [other]}, messageContains: audience}
        - {username: 'system:anonymous', groups: ['system:unauthenticated']}
        """,
        authn__yaml=CONFIGURATION,
        tokens__csv=TOKENS,
        token="s3cret\n",
    )
    assert [(result.name, result.failure) for result in results if not result.passed] == []
    assert len(results) == 19


def test_what_fails_says_who_it_is_and_what_the_credential_says(judged: Judged) -> None:
    results = judged(
        """
        authenticationOptions: {token-auth-file: tokens.csv}
        authentication:
        - {token: s3cret, username: bob, groups: [], warnings: [x]}
        - {token: s3cret, message: nope}
        - {token: wrong}
        - {subject: {commonName: bob}, messageContains: x}
        """,
        tokens__csv=TOKENS,
    )
    assert results[0].failure.startswith('username is "alice", not "bob"; groups is ["devs","ops","system:authenticated"]')
    assert [result.failure for result in results[1:]] == [
        "authenticated as alice",
        "refused: invalid bearer token",
        "authenticated as bob",
    ]
    assert "certificate: CN=bob" in results[3].explanation
    assert "s3cret" not in "".join(result.explanation + result.failure + result.name for result in results)


def test_users_are_who_their_credentials_say(judged: Judged) -> None:
    spec = """
        users: {ci: {credential: pipeline}}
        authentication: [{name: pipeline, subject: {commonName: robot, organizations: [system:masters]}, username: robot}]
        access: [{user: ci, can: [delete nodes]}]
        """
    assert all(result.passed for result in judged(spec))
    with pytest.raises(InvalidInput, match="credential 'other': there is no authentication case of this name"):
        judged(spec.replace("{credential: pipeline}", "{credential: other}"))
    with pytest.raises(InvalidInput, match=r"credential 'pipeline': .*unknown authority"):
        judged(spec.replace("subject: {", "subject: {trusted: false, "))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("authentication: [{token: a, claims: {}}]", "give one of token"),
        ("authentication: [{certificate: a, subject: {}}]", "give certificate or subject"),
        ("authentication: [{token: a, message: x, username: y}]", "what is refused has no username"),
        ("authentication: [{tokenFile: nowhere}]", "nowhere: no such file"),
        ("authentication: [{at: noon}]", "noon is not a time"),
        ("authentication: [{subject: {usages: [x]}}]", "'x' is not one of clientAuth"),
        ("authentication: [{}]\nauthenticationOptions: {token-auth-fil: x}", "unknown flag 'token-auth-fil'"),
        ("authentication: [{}]\nauthenticationOptions: {anonymous-auth: [1]}", "anonymous_auth"),
        ("users: {a: {credential: x, name: y}}", "a credential says all of a user"),
        ("users: {a: {}}", "give name, groups or credential"),
    ],
)
def test_what_cannot_be_asked(judged: Judged, spec: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        judged(spec)
    assert message in str(error.value)
