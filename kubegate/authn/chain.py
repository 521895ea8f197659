"""Combining authenticators. Every combinator is an authenticator itself.

Source: k8s.io/apiserver ``authentication/request/union``, ``token/union``, ``group``, ``authenticator/audagnostic.go``
and the last check of ``endpoints/filters/authentication.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubegate.api.go import quoted_list
from kubegate.api.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User
from kubegate.authn.interface import (
    ABSENT,
    Authenticated,
    Authenticator,
    Credentials,
    NotPresented,
    Outcome,
    Refused,
    TokenAuthenticator,
    refused,
)


@dataclass(frozen=True, slots=True)
class Union:
    """Asks one after the other; the first success counts. Without one, any refusal makes the whole a refusal."""

    members: Sequence[Authenticator]

    def authenticate(self, credentials: Credentials) -> Outcome:
        refusals: list[Refused] = []
        warnings: tuple[str, ...] = ()
        for member in self.members:
            outcome = member.authenticate(credentials)
            if isinstance(outcome, Authenticated):
                return _warned(outcome, warnings)
            warnings += outcome.warnings
            if isinstance(outcome, Refused):
                refusals.append(outcome)
        return _warned(_together(refusals), warnings)


@dataclass(frozen=True, slots=True)
class TokenUnion:
    """The same for tokens."""

    members: Sequence[TokenAuthenticator]

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        refusals: list[Refused] = []
        for member in self.members:
            outcome = member.authenticate_token(token, audiences)
            if isinstance(outcome, Authenticated):
                return outcome
            if isinstance(outcome, Refused):
                refusals.append(outcome)
        return _together(refusals)


class NoTokens:
    """Knows no token."""

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        return ABSENT


@dataclass(frozen=True, slots=True)
class AudienceAgnostic:
    """Gives a token authenticator that knows no audiences those of the API server: its tokens are good for no others."""

    inner: TokenAuthenticator
    api_audiences: tuple[str, ...]

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        common = intersect(self.api_audiences, audiences) if audiences else self.api_audiences
        if audiences and not common:
            return ABSENT
        outcome = self.inner.authenticate_token(token, audiences)
        return _good_for(common, outcome)


@dataclass(frozen=True, slots=True)
class AudienceAgnosticRequest:
    """The same for an authenticator of whole requests."""

    inner: Authenticator
    api_audiences: tuple[str, ...]

    def authenticate(self, credentials: Credentials) -> Outcome:
        wanted = credentials.audiences
        common = self.api_audiences if wanted is None else intersect(self.api_audiences, wanted)
        if wanted is not None and not common:
            return ABSENT
        return _good_for(common, self.inner.authenticate(credentials))


@dataclass(frozen=True, slots=True)
class AddAuthenticatedGroup:
    """Appends ``system:authenticated``, unless the user is anonymous or says one of the two system groups already."""

    inner: Authenticator

    def authenticate(self, credentials: Credentials) -> Outcome:
        outcome = self.inner.authenticate(credentials)
        if not isinstance(outcome, Authenticated):
            return outcome
        user = outcome.user
        if user.name == ANONYMOUS or AUTHENTICATED in user.groups or UNAUTHENTICATED in user.groups:
            return outcome
        # Written out: `replace` takes longer than everything else here.
        member = User(user.name, user.uid, (*user.groups, AUTHENTICATED), user.extra)
        return Authenticated(member, outcome.audiences, outcome.warnings, outcome.annotations, outcome.expires)


@dataclass(frozen=True, slots=True)
class AnonymousLast:
    """Asks ``anonymous`` only when nothing at all was presented: a refused credential stays refused."""

    inner: Authenticator
    anonymous: Authenticator

    def authenticate(self, credentials: Credentials) -> Outcome:
        outcome = self.inner.authenticate(credentials)
        if not isinstance(outcome, NotPresented):
            return outcome
        return _warned(self.anonymous.authenticate(credentials), outcome.warnings)


@dataclass(frozen=True, slots=True)
class AfterLoopback:
    """kube-apiserver asks the authenticator of its own loopback client first. It knows no credential from outside, so that
    only its refusal is seen: it comes before the reasons of ``inner``."""

    inner: Authenticator
    loopback: Authenticator

    def authenticate(self, credentials: Credentials) -> Outcome:
        outcome = self.inner.authenticate(credentials)
        if isinstance(outcome, Authenticated):
            return outcome
        first = self.loopback.authenticate(credentials)
        refusals = [each for each in (first, outcome) if isinstance(each, Refused)]
        return _warned(_together(refusals), outcome.warnings)


@dataclass(frozen=True, slots=True)
class ForAudiences:
    """The outermost: a credential that names audiences must be good for one of those wanted."""

    inner: Authenticator
    api_audiences: tuple[str, ...]

    def authenticate(self, credentials: Credentials) -> Outcome:
        outcome = self.inner.authenticate(credentials)
        if not isinstance(outcome, Authenticated) or not outcome.audiences or credentials.audiences is not None:
            return outcome
        if self.api_audiences and not intersect(self.api_audiences, outcome.audiences):
            return Refused(
                f"unable to match the audience: {_plain(outcome.audiences)} , accepted: {_plain(self.api_audiences)}"
            )
        return outcome


def intersect(own: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The audiences in both, in the order of ``wanted``."""
    return tuple(audience for audience in wanted if audience in own)


def audience_refusal(token: Sequence[str], wanted: Sequence[str]) -> Refused:
    """The token is for somebody else."""
    return Refused(
        f"token audiences {quoted_list(list(token))} is invalid for the target audiences {quoted_list(list(wanted))}"
    )


def _good_for(audiences: tuple[str, ...], outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Authenticated):
        return outcome
    return Authenticated(outcome.user, audiences, outcome.warnings, outcome.annotations, outcome.expires)


def _plain(texts: Sequence[str]) -> str:
    return "[" + " ".join(texts) + "]"


def _together(refusals: Sequence[Refused]) -> Outcome:
    if not refusals:
        return ABSENT
    reasons = [reason for refusal in refusals for reason in (refusal.reasons or (refusal.reason,))]
    return refused(reasons, transient=any(refusal.transient for refusal in refusals))


def _warned(outcome: Outcome, warnings: tuple[str, ...]) -> Outcome:
    return replace(outcome, warnings=tuple(dict.fromkeys(warnings + outcome.warnings))) if warnings else outcome
