"""Whoever presents nothing is ``system:anonymous``, everywhere or on listed paths only.

Source: k8s.io/apiserver ``authentication/request/anonymous``; AnonymousAuthConfig of AuthenticationConfiguration.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.api.user import ANONYMOUS, UNAUTHENTICATED, User
from kubegate.authn.interface import ABSENT, Authenticated, Credentials, Outcome

ANONYMOUS_USER = User(ANONYMOUS, groups=(UNAUTHENTICATED,))


@dataclass(frozen=True, slots=True)
class Anonymous:
    """``paths``: exact paths on which anonymous requests are taken; None means everywhere."""

    api_audiences: tuple[str, ...] = ()
    paths: frozenset[str] | None = None

    def authenticate(self, credentials: Credentials) -> Outcome:
        if self.paths is not None and credentials.path not in self.paths:
            return ABSENT
        wanted = credentials.audiences
        return Authenticated(ANONYMOUS_USER, audiences=self.api_audiences if wanted is None else wanted)
