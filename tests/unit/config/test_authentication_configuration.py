"""Reading AuthenticationConfiguration files: versions, unknown fields, wrong types in the decoder's words."""

from __future__ import annotations

import pytest

from kubegate.config.authentication_configuration import decode_authentication_configuration
from kubegate.errors import ConfigurationError

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_versions(version: str) -> None:
    text = f"apiVersion: apiserver.config.k8s.io/{version}\nkind: AuthenticationConfiguration\njwt: []\n"
    assert decode_authentication_configuration(text.encode()).jwt == []


def test_json_and_empty_parts() -> None:
    text = b'{"apiVersion":"apiserver.config.k8s.io/v1","kind":"AuthenticationConfiguration","jwt":null,"anonymous":null}'
    assert decode_authentication_configuration(text).anonymous is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty config data"),
        (HEAD + "foo: 1\n", 'strict decoding error: unknown field "foo"'),
        (
            HEAD + "jwt: [{issuer: {ur: x, audience: a}}]\n",
            'strict decoding error: unknown field "jwt[0].issuer.audience", unknown field "jwt[0].issuer.ur"',
        ),
        (
            HEAD + "jwt: [{issuer: {audiences: app}}]\n",
            "json: cannot unmarshal string into Go struct field Issuer.jwt.issuer.audiences of type []string",
        ),
        (
            HEAD + "jwt: [{claimMappings: {username: {prefix: 5}}}]\n",
            "json: cannot unmarshal number into Go struct field "
            "PrefixedClaimOrExpression.jwt.claimMappings.username.prefix of type string",
        ),
        (
            HEAD + "jwt: {}\n",
            "json: cannot unmarshal object into Go struct field AuthenticationConfiguration.jwt "
            "of type []v1.JWTAuthenticator",
        ),
        (
            HEAD + "anonymous: {enabled: 'yes'}\n",
            "json: cannot unmarshal string into Go struct field AnonymousAuthConfig.anonymous.enabled of type bool",
        ),
        (
            HEAD + "jwt: [{issuer: {url: 5}}]\nanonymous: 5\n",
            "json: cannot unmarshal number into Go struct field AuthenticationConfiguration.anonymous "
            "of type v1.AnonymousAuthConfig",
        ),
        ("kind: AuthenticationConfiguration\n", "Object 'apiVersion' is missing in 'kind: AuthenticationConfiguration\n'"),
        (
            "apiVersion: apiserver.config.k8s.io/v1\n",
            "Object 'Kind' is missing in 'apiVersion: apiserver.config.k8s.io/v1\n'",
        ),
        (
            "- a\n",
            "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct "
            r'{ APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }',
        ),
        ("kind: 5\n", "json parse error: json: cannot unmarshal number into Go struct field .kind of type string"),
        (
            '{"apiVersion":"apiserver.config.k8s.io/v1","kind":"AuthenticationConfiguration",'
            '"jwt":[{"issuer":{"url":"a","url":"b"}}],"jwt":[{"issuer":{"url":"a","url":"b"}}]}',
            'strict decoding error: duplicate field "jwt", duplicate field "jwt[0].issuer.url"',
        ),
        (
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: []\n",
            "expected AuthenticationConfiguration, got *apiserver.EncryptionConfiguration",
        ),
        (
            "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\njwt: []\n",
            'strict decoding error: unknown field "jwt"',
        ),
        (
            "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: EncryptionConfiguration\n",
            'no kind "EncryptionConfiguration" is registered for version "apiserver.config.k8s.io/v1beta1"',
        ),
        (
            "apiVersion: apiserver.config.k8s.io/v2\nkind: AuthenticationConfiguration\n",
            'no kind "AuthenticationConfiguration" is registered for version "apiserver.config.k8s.io/v2"',
        ),
    ],
)
def test_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        decode_authentication_configuration(text.encode())
    assert message in str(caught.value)
