"""The AuthenticationConfiguration kind (apiserver.config.k8s.io v1, v1beta1, v1alpha1: the same fields).

Source: KEP-3331, KEP-4633; k8s.io/apiserver ``pkg/apis/apiserver/v1``.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from kubegate.config.versioned import decode_versioned
from kubegate.errors import ConfigurationError

KIND = "AuthenticationConfiguration"
VERSIONS = tuple(f"apiserver.config.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
_SCHEME = "k8s.io/kubernetes/pkg/kubeapiserver/options/authentication.go:754"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Issuer(_Strict):
    """Who signs the tokens, for whom they are, and how the issuer's own server is trusted (PEM)."""

    go_name: ClassVar[str] = "Issuer"

    url: str = ""
    discoveryURL: str | None = None
    certificateAuthority: str | None = None
    audiences: list[str] | None = None
    audienceMatchPolicy: str | None = None
    egressSelectorType: str | None = None


class ClaimValidationRule(_Strict):
    """A claim that must have a value, or an expression that must be true."""

    go_name: ClassVar[str] = "ClaimValidationRule"

    claim: str | None = None
    requiredValue: str | None = None
    expression: str | None = None
    message: str | None = None


class PrefixedClaimOrExpression(_Strict):
    """A claim with a prefix, or an expression."""

    go_name: ClassVar[str] = "PrefixedClaimOrExpression"

    claim: str | None = None
    prefix: str | None = None
    expression: str | None = None


class ClaimOrExpression(_Strict):
    """A claim, or an expression."""

    go_name: ClassVar[str] = "ClaimOrExpression"

    claim: str | None = None
    expression: str | None = None


class ExtraMapping(_Strict):
    """An extra key and the expression of its values."""

    go_name: ClassVar[str] = "ExtraMapping"

    key: str = ""
    valueExpression: str = ""


class ClaimMappings(_Strict):
    """How claims become the user."""

    go_name: ClassVar[str] = "ClaimMappings"

    username: PrefixedClaimOrExpression = PrefixedClaimOrExpression()
    groups: PrefixedClaimOrExpression = PrefixedClaimOrExpression()
    uid: ClaimOrExpression = ClaimOrExpression()
    extra: list[ExtraMapping] | None = None


class UserValidationRule(_Strict):
    """An expression over the user that must be true."""

    go_name: ClassVar[str] = "UserValidationRule"

    expression: str = ""
    message: str | None = None


class JwtAuthenticator(_Strict):
    """One issuer of JSON Web Tokens."""

    go_name: ClassVar[str] = "JWTAuthenticator"

    issuer: Issuer = Issuer()
    claimValidationRules: list[ClaimValidationRule] | None = None
    claimMappings: ClaimMappings = ClaimMappings()
    userValidationRules: list[UserValidationRule] | None = None


class AnonymousCondition(_Strict):
    """A path on which anonymous requests are taken."""

    go_name: ClassVar[str] = "AnonymousAuthCondition"

    path: str = ""


class AnonymousConfig(_Strict):
    """Whether, and on which paths only, requests without credentials are taken."""

    go_name: ClassVar[str] = "AnonymousAuthConfig"

    enabled: bool = False
    conditions: list[AnonymousCondition] | None = None


class AuthenticationConfiguration(_Strict):
    """The whole file."""

    go_name: ClassVar[str] = "AuthenticationConfiguration"

    jwt: list[JwtAuthenticator] | None = Field(default_factory=list)
    anonymous: AnonymousConfig | None = None


def decode_authentication_configuration(content: bytes) -> AuthenticationConfiguration:
    """Read strictly; raises `ConfigurationError` naming every unknown field."""
    if not content:
        raise ConfigurationError("empty config data")
    models = dict.fromkeys(VERSIONS, AuthenticationConfiguration)
    return decode_versioned(content, KIND, models, scheme=_SCHEME)
