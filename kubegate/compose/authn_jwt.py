"""The authenticators of outside token issuers, from --oidc-* flags or an AuthenticationConfiguration.

A changed configuration file is taken into use when it is good; otherwise the last good one stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubegate.api.field_errors import FieldError, aggregate, forbidden
from kubegate.api.go import quote
from kubegate.authn.cache import TokenCache
from kubegate.authn.chain import TokenUnion
from kubegate.authn.interface import Clock, Outcome, TokenAuthenticator
from kubegate.authn.jose import ALGORITHMS
from kubegate.authn.oidc.fetch import Fetch, https_fetch
from kubegate.authn.oidc.keys import IssuerKeys
from kubegate.authn.oidc.mapping import ClaimsToUser
from kubegate.authn.oidc.validate import validate, validate_issuer
from kubegate.authn.pem import read_file
from kubegate.authn.plugins.oidc import OidcTokens, TokenVerifier
from kubegate.authn.reload import Reloading
from kubegate.config.authentication_configuration import (
    AuthenticationConfiguration,
    ClaimMappings,
    ClaimValidationRule,
    Issuer,
    JwtAuthenticator,
    PrefixedClaimOrExpression,
    decode_authentication_configuration,
)
from kubegate.config.authn import AuthnOptions
from kubegate.errors import ConfigurationError

SUCCESS_TTL = 10.0
"""Seconds for which a good token is not verified again."""

MakeFetch = Callable[[str], Fetch]
"""Authorities of an issuer's server (PEM, "" = the host's) -> what fetches from there."""


def load_configuration(options: AuthnOptions) -> AuthenticationConfiguration:
    """The configuration in force: the file's, or what the flags amount to. Raises `ConfigurationError`."""
    path = options.authentication_config
    if not path:
        configuration = AuthenticationConfiguration(jwt=_from_flags(options))
    else:
        try:
            configuration = decode_authentication_configuration(read_file(path))
        except ConfigurationError as error:
            text = f"failed to load authentication configuration from file {quote(path)}: {error.message}"
            raise ConfigurationError(text) from error
    if configuration.anonymous is not None and "anonymous_auth" in options.model_fields_set:
        text = "--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file"
        raise ConfigurationError(str(forbidden("anonymous", text)))
    _refuse(validate(configuration))
    return configuration


def _refuse(errors: Sequence[FieldError]) -> None:
    if errors:
        raise ConfigurationError(f"invalid authentication configuration: {aggregate(errors)}")


def _from_flags(options: AuthnOptions) -> list[JwtAuthenticator]:
    if not options.oidc_issuer_url or not options.oidc_client_id:
        return []
    prefix = options.oidc_username_prefix
    if not prefix and options.oidc_username_claim != "email":
        prefix = f"{options.oidc_issuer_url}#"
    groups = PrefixedClaimOrExpression()
    if options.oidc_groups_claim:
        groups = PrefixedClaimOrExpression(claim=options.oidc_groups_claim, prefix=options.oidc_groups_prefix)
    username = PrefixedClaimOrExpression(claim=options.oidc_username_claim, prefix="" if prefix == "-" else prefix)
    authority = read_file(options.oidc_ca_file).decode("utf-8", "replace") if options.oidc_ca_file else None
    required = options.oidc_required_claim.items()
    member = JwtAuthenticator(
        issuer=Issuer(url=options.oidc_issuer_url, audiences=[options.oidc_client_id], certificateAuthority=authority),
        claimMappings=ClaimMappings(username=username, groups=groups),
        claimValidationRules=[ClaimValidationRule(claim=claim, requiredValue=value) for claim, value in required],
    )
    return [member]


@dataclass(frozen=True, slots=True)
class JwtBuilder:
    """Makes the authenticators of a configuration."""

    options: AuthnOptions
    now: Clock
    make_fetch: MakeFetch = https_fetch

    def build(self, configuration: AuthenticationConfiguration) -> TokenAuthenticator | None:
        """None where there is no issuer and none can appear. Raises `ConfigurationError`."""
        if self.options.authentication_config:
            return _Reloaded(self, configuration)
        return self.union(configuration) if configuration.jwt else None

    def union(self, configuration: AuthenticationConfiguration) -> TokenAuthenticator:
        """All issuers of a configuration that was validated."""
        inner = TokenUnion([self._issuer(member) for member in configuration.jwt or []])
        return TokenCache(inner, SUCCESS_TTL, now=self.now)

    def _issuer(self, member: JwtAuthenticator) -> OidcTokens:
        expressions, errors = validate_issuer(member, self.options.service_account_issuer)
        if errors:
            raise ConfigurationError(aggregate(errors))
        algorithms = ALGORITHMS if self.options.authentication_config else tuple(self.options.oidc_signing_algs)
        for algorithm in algorithms:
            if algorithm not in ALGORITHMS:
                raise ConfigurationError(f"oidc: unsupported signing alg: {quote(algorithm)}")
        issuer = member.issuer
        fetch = self.make_fetch(issuer.certificateAuthority or "")
        keys = IssuerKeys(issuer.url, fetch, discovery_url=issuer.discoveryURL or "")
        verifier = TokenVerifier(issuer.url, issuer.audiences or [], algorithms or ("RS256",), keys, self.now)
        return OidcTokens(verifier, ClaimsToUser(member, expressions), fetch)


class _Reloaded:
    """The issuers of the newest good configuration file."""

    def __init__(self, builder: JwtBuilder, first: AuthenticationConfiguration) -> None:
        self._builder = builder
        self._anonymous = first.anonymous
        self._file = Reloading(builder.options.authentication_config, self._make)

    def _make(self, content: bytes) -> TokenAuthenticator:
        configuration = decode_authentication_configuration(content)
        _refuse(self._changes(configuration))
        return self._builder.union(configuration)

    def _changes(self, configuration: AuthenticationConfiguration) -> list[FieldError]:
        errors = validate(configuration)
        if configuration.anonymous != self._anonymous:
            errors.append(forbidden("anonymous", "changed from initial configuration file"))
        return errors

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        return self._file.current().authenticate_token(token, audiences)
