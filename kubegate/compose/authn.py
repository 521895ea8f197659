"""From authentication flags to the authenticator, the token issuer and what else the API server needs of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from kubegate.authn.chain import (
    AddAuthenticatedGroup,
    AnonymousLast,
    AudienceAgnostic,
    AudienceAgnosticRequest,
    ForAudiences,
    TokenUnion,
    Union,
)
from kubegate.authn.interface import Authenticator, Clock, NoObjects, ObjectReader, TokenAuthenticator
from kubegate.authn.pem import certificates
from kubegate.authn.plugins.anonymous import Anonymous
from kubegate.authn.plugins.bearer import BearerToken
from kubegate.authn.plugins.front_proxy import FrontProxy
from kubegate.authn.plugins.token_file import TokenFile
from kubegate.authn.plugins.websocket import WebSocketProtocol
from kubegate.authn.plugins.x509 import Authorities, ClientCertificates, VerifiedClient
from kubegate.authn.reload import Reloading
from kubegate.config.authn import AuthnOptions


@dataclass(frozen=True, slots=True)
class AuthnParts:
    """``authenticator`` judges requests (and, with a header made of a token, TokenReviews); ``tokens`` stands behind
    the bearer token."""

    authenticator: Authenticator
    tokens: TokenAuthenticator
    api_audiences: tuple[str, ...]


def build_authn(options: AuthnOptions, *, objects: ObjectReader | None = None, now: Clock = time.time) -> AuthnParts:
    """Raises `errors.ConfigurationError` with kube-apiserver's message if the flags or files cannot be used."""
    return _Builder(options, objects or NoObjects(), now).build()


@dataclass(slots=True)
class _Builder:
    options: AuthnOptions
    objects: ObjectReader
    now: Clock
    api_audiences: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.api_audiences = tuple(self.options.api_audiences or self.options.service_account_issuer)

    def build(self) -> AuthnParts:
        tokens = TokenUnion(self._token_authenticators())
        members = [*self._front_proxy(), *self._client_certificates()]
        if tokens.members:
            members += [BearerToken(tokens), WebSocketProtocol(tokens)]
        authenticator: Authenticator = AddAuthenticatedGroup(Union(members))
        if self.options.anonymous_auth:
            authenticator = AnonymousLast(authenticator, Anonymous(self.api_audiences))
        return AuthnParts(ForAudiences(authenticator, self.api_audiences), tokens, self.api_audiences)

    def _front_proxy(self) -> list[Authenticator]:
        options = self.options
        if not options.requestheader_client_ca_file:
            return []
        proxy = FrontProxy(
            _lower(options.requestheader_username_headers),
            _lower(options.requestheader_uid_headers),
            _lower(options.requestheader_group_headers),
            _lower(options.requestheader_extra_headers_prefix),
        )
        authorities = _authorities(options.requestheader_client_ca_file)
        names = frozenset(options.requestheader_allowed_names)
        verified = VerifiedClient(authorities.current, names, proxy, self.now)
        return [AudienceAgnosticRequest(verified, self.api_audiences)]

    def _client_certificates(self) -> list[Authenticator]:
        if not self.options.client_ca_file:
            return []
        return [ClientCertificates(_authorities(self.options.client_ca_file).current, self.now)]

    def _token_authenticators(self) -> list[TokenAuthenticator]:
        members: list[TokenAuthenticator] = []
        if self.options.token_auth_file:
            members.append(AudienceAgnostic(TokenFile.load(self.options.token_auth_file), self.api_audiences))
        return members


def _authorities(path: str) -> Reloading[Authorities]:
    return Reloading(path, lambda pem: Authorities(certificates(pem)))


def _lower(names: list[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)
