"""Cases about authentication: whose is a credential, or why is it refused."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from kubegate.testing.cases.strict import Strict


class CertificateSubject(Strict):
    """A client certificate that is made for the case, by an authority that is trusted beside those of client-ca-file."""

    commonName: str = ""
    organizations: list[str] = Field(default_factory=list)
    uids: list[str] = Field(default_factory=list)
    notBefore: str = ""
    """A time (RFC 3339); without it, long ago."""

    notAfter: str = ""
    usages: list[str] = Field(default_factory=lambda: ["clientAuth"])
    """The extended key usages: clientAuth, serverAuth, any; none: ``[]``."""

    trusted: bool = True
    """Whether the authority is trusted."""


class AccountToken(Strict):
    """A service account's token that is made for the case, with a key that is trusted beside service-account-key-file."""

    namespace: str = "default"
    name: str
    pod: str = ""
    """The pod, secret or node that it is bound to."""

    secret: str = ""
    node: str = ""
    audiences: list[str] = Field(default_factory=list)
    """Without them, those of the API server."""

    issuedAt: str = ""
    """A time (RFC 3339); without it, that of the case."""

    expirationSeconds: int = 3600


class AuthenticationCase(Strict):
    """A credential, and who it is or why it is refused."""

    name: str = ""
    token: str = ""
    """A bearer token as the client sends it."""

    tokenFile: str = ""
    claims: dict[str, Any] | None = None
    """The claims of a token that is signed for the case as its issuer (``iss``) would: one of the issuers configured.
    Without ``iat``, ``nbf`` and ``exp`` it is good for an hour from the time of the case; null leaves a claim out."""

    serviceAccount: AccountToken | None = None
    certificate: str = ""
    """A file with the client's certificate, then what it sends as chain (PEM)."""

    subject: CertificateSubject | None = None
    headers: dict[str, str | list[str]] = Field(default_factory=dict)
    """Headers of the request, such as those of a front proxy."""

    path: str = "/"
    """The request's path: anonymous access may depend on it."""

    forAudiences: list[str] = Field(default_factory=list)
    """What the credential must be good for; without them, the API server."""

    at: str = ""
    """The time of the case (RFC 3339); without it, now."""

    authenticated: bool | None = None
    """Without it: true, unless a message is expected."""

    username: str | None = None
    uid: str | None = None
    groups: list[str] | None = None
    """All groups, in any order."""

    extra: dict[str, list[str]] | None = None
    message: str | None = None
    """One of the causes of the refusal, exactly."""

    messageContains: str | None = None
    warnings: list[str] | None = None

    @model_validator(mode="after")
    def _fits(self) -> AuthenticationCase:
        tokens = [self.token, self.tokenFile, self.claims is not None, self.serviceAccount is not None]
        if sum(map(bool, tokens)) > 1:
            raise ValueError("give one of token, tokenFile, claims and serviceAccount")
        if self.certificate and self.subject is not None:
            raise ValueError("give certificate or subject, not both")
        identity = (self.username, self.uid, self.groups, self.extra)
        if not self.expects_identity and any(part is not None for part in identity):
            raise ValueError("what is refused has no username, uid, groups or extra")
        if self.authenticated and (self.message is not None or self.messageContains is not None):
            raise ValueError("what is authenticated has no message of a refusal")
        return self

    @property
    def expects_identity(self) -> bool:
        """Whether the credential is to be good."""
        if self.authenticated is not None:
            return self.authenticated
        return self.message is None and self.messageContains is None
