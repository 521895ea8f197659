"""From authentication flags to the authenticator, the token issuer and what else the API server needs of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from kubegate.api.go import quote
from kubegate.authn.cache import TokenCache
from kubegate.authn.chain import (
    AddAuthenticatedGroup,
    AfterLoopback,
    AnonymousLast,
    AudienceAgnostic,
    AudienceAgnosticRequest,
    ForAudiences,
    NoTokens,
    TokenUnion,
    Union,
)
from kubegate.authn.interface import Authenticator, Clock, NoObjects, ObjectReader, TokenAuthenticator
from kubegate.authn.issuer import TokenIssuer
from kubegate.authn.oidc.fetch import https_fetch
from kubegate.authn.pem import PublicKey
from kubegate.authn.plugins.anonymous import Anonymous
from kubegate.authn.plugins.bearer import BearerToken
from kubegate.authn.plugins.bootstrap_token import BootstrapTokens
from kubegate.authn.plugins.front_proxy import FrontProxy
from kubegate.authn.plugins.jwt_token import JwtTokens, PublicKeys, Validator
from kubegate.authn.plugins.legacy_service_account import ISSUER as LEGACY_ISSUER
from kubegate.authn.plugins.legacy_service_account import LegacyTokens, MarkUsed
from kubegate.authn.plugins.service_account import ServiceAccountTokens
from kubegate.authn.plugins.token_file import TokenFile
from kubegate.authn.plugins.webhook import TIMEOUT, VERSIONS, WebhookTokens
from kubegate.authn.plugins.websocket import WebSocketProtocol
from kubegate.authn.plugins.x509 import ClientCertificates, VerifiedClient
from kubegate.cel.library import go_url
from kubegate.compose.authn_files import authorities, overlap, signing_key, verification_keys
from kubegate.compose.authn_jwt import SUCCESS_TTL, JwtBuilder, MakeFetch, load_configuration
from kubegate.config.authentication_configuration import AnonymousConfig
from kubegate.config.authn import AuthnOptions
from kubegate.errors import ConfigurationError
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import load_kubeconfig

_HOUR, _LONGEST = 3600, 1 << 32


@dataclass(frozen=True, slots=True)
class AuthnParts:
    """``authenticator`` judges requests (and, with a header made of a token, TokenReviews); ``tokens`` stands behind
    the bearer token. ``issuer`` is None without a signing key; ``keys`` verify service account tokens, ``issuers`` are
    theirs (the first signs)."""

    authenticator: Authenticator
    tokens: TokenAuthenticator
    api_audiences: tuple[str, ...]
    issuer: TokenIssuer | None
    issuers: tuple[str, ...]
    keys: tuple[PublicKey, ...]


def build_authn(
    options: AuthnOptions,
    *,
    objects: ObjectReader | None = None,
    now: Clock = time.time,
    certificates_now: Clock | None = None,
    mark_used: MarkUsed | None = None,
    make_fetch: MakeFetch = https_fetch,
    always_allow: bool = False,
) -> AuthnParts:
    """``objects``: where service accounts, secrets, pods and nodes are looked up; ``mark_used`` notes the use of a legacy
    token; ``make_fetch`` reaches issuers. ``certificates_now``: the time for certificates, if another than for tokens.
    ``always_allow``: the authorization mode AlwaysAllow is on, under which the flag for anonymous requests has no effect.

    Raises `errors.ConfigurationError` with kube-apiserver's message if the flags or files cannot be used."""
    if always_allow:
        options = options.model_copy(update={"anonymous_auth": False})
    return _Builder(options, objects or NoObjects(), now, certificates_now or now, mark_used, make_fetch).build()


@dataclass(slots=True)
class _Builder:
    options: AuthnOptions
    objects: ObjectReader
    now: Clock
    certificates_now: Clock
    mark_used: MarkUsed | None
    make_fetch: MakeFetch
    api_audiences: tuple[str, ...] = field(init=False)
    keys: list[PublicKey] = field(init=False)

    def build(self) -> AuthnParts:
        # In kube-apiserver's order, so that of several mistakes the same one is named.
        issuer = self._issuer()
        _refuse([*self.options.complaints(_url_complaint), *overlap(self.options)])
        self.api_audiences = tuple(self.options.api_audiences or self.options.service_account_issuer)
        client_certificates = self._client_certificates()
        configuration = load_configuration(self.options)
        members = [*self._front_proxy(), *client_certificates]
        self.keys = [key for path in self.options.service_account_key_file for key in verification_keys(path)]
        local = self._local_tokens()
        jwt = JwtBuilder(self.options, self.now, self.make_fetch).build(configuration)
        tokens = TokenUnion([*local, *([AudienceAgnostic(jwt, self.api_audiences)] if jwt else []), *self._webhook()])
        if tokens.members:
            members += [BearerToken(tokens), WebSocketProtocol(tokens)]
        authenticator: Authenticator = AddAuthenticatedGroup(Union(members))
        anonymous = configuration.anonymous or AnonymousConfig(enabled=self.options.anonymous_auth)
        if anonymous.enabled:
            paths = frozenset(condition.path for condition in anonymous.conditions) if anonymous.conditions else None
            authenticator = AnonymousLast(authenticator, Anonymous(self.api_audiences, paths))
        authenticator = AfterLoopback(authenticator, BearerToken(NoTokens()))
        return AuthnParts(
            ForAudiences(authenticator, self.api_audiences),
            tokens,
            self.api_audiences,
            issuer,
            tuple(self.options.service_account_issuer),
            tuple(self.keys),
        )

    def _issuer(self) -> TokenIssuer | None:
        path, issuers = self.options.service_account_signing_key_file, self.options.service_account_issuer
        if not path or not issuers:
            return None
        try:
            key = signing_key(path)
        except ConfigurationError as error:
            raise ConfigurationError(f"failed to parse service-account-issuer-key-file: {error.message}") from error
        longest = self.options.service_account_max_token_expiration
        if longest and not _HOUR <= longest <= _LONGEST:
            raise ConfigurationError("the service-account-max-token-expiration must be between 1 hour and 2^32 seconds")
        return TokenIssuer(issuers[0], key)

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
        bundle = authorities(options.requestheader_client_ca_file, "request-header")
        names = frozenset(options.requestheader_allowed_names)
        verified = VerifiedClient(bundle.current, names, proxy, self.certificates_now)
        return [AudienceAgnosticRequest(verified, self.api_audiences)]

    def _client_certificates(self) -> list[Authenticator]:
        if not self.options.client_ca_file:
            return []
        bundle = authorities(self.options.client_ca_file, "client-ca-bundle")
        return [ClientCertificates(bundle.current, self.certificates_now)]

    def _local_tokens(self) -> list[TokenAuthenticator]:
        members: list[TokenAuthenticator] = []
        if self.options.token_auth_file:
            members.append(AudienceAgnostic(TokenFile.load(self.options.token_auth_file), self.api_audiences))
        members += self._service_accounts()
        if self.options.enable_bootstrap_token_auth:
            members.append(AudienceAgnostic(BootstrapTokens(self.objects, self.now), self.api_audiences))
        return members

    def _webhook(self) -> list[TokenAuthenticator]:
        options = self.options
        if not options.authentication_token_webhook_config_file:
            return []
        client = Client(load_kubeconfig(options.authentication_token_webhook_config_file), timeout=TIMEOUT)
        version = options.authentication_token_webhook_version
        if version not in VERSIONS:
            raise ConfigurationError(
                f'unsupported authentication webhook version {quote(version)}, supported versions are "v1", "v1beta1"'
            )
        ttl = options.authentication_token_webhook_cache_ttl
        cached = TokenCache(WebhookTokens(client, version, self.api_audiences), ttl, ttl, api_audiences=self.api_audiences)
        # Behind the webhook's own cache stands the one for all tokens.
        return [TokenCache(cached, SUCCESS_TTL, api_audiences=self.api_audiences)]

    def _service_accounts(self) -> list[TokenAuthenticator]:
        """Legacy tokens, and those of TokenRequest."""
        if not self.keys:
            return []
        bound = ServiceAccountTokens(self.objects, self.now)
        validators: dict[str, Validator] = dict.fromkeys(self.options.service_account_issuer, bound)
        lookup = self.options.service_account_lookup
        validators[LEGACY_ISSUER] = LegacyTokens(self.objects, self.now, lookup, self.mark_used)
        return [JwtTokens(validators, PublicKeys(self.keys), self.api_audiences)]


def _refuse(complaints: list[str]) -> None:
    if complaints:
        raise ConfigurationError(complaints[0] if len(complaints) == 1 else "[" + ", ".join(complaints) + "]")


def _url_complaint(url: str) -> str:
    try:
        go_url.parse(url)
    except go_url.UrlError as error:
        return error.message
    return ""


def _lower(names: list[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)
