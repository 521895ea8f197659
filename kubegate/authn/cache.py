"""Remembering what a token authenticator said.

A success is remembered for a while, never beyond the credential's own end; what is remembered is keyed by the token's
digest and the audiences asked for. Source: k8s.io/apiserver ``authentication/token/cache``.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from kubegate.authn.interface import Authenticated, Clock, NotPresented, Outcome, TokenAuthenticator

_Key = tuple[bytes, tuple[str, ...]]
MAX_ENTRIES = 4096


class TokenCache:
    """``success_ttl``, ``failure_ttl``: seconds (0: not remembered). A failure is remembered when the token is unknown,
    not when an error kept the authenticator from an answer. ``clock`` is monotonic, ``now`` tells when credentials end."""

    def __init__(
        self,
        inner: TokenAuthenticator,
        success_ttl: float,
        failure_ttl: float = 0.0,
        *,
        api_audiences: tuple[str, ...] = (),
        now: Clock = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._success_ttl = success_ttl
        self._failure_ttl = failure_ttl
        self._api_audiences = api_audiences
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[_Key, tuple[float, Outcome]] = OrderedDict()

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        key = (sha256(token.encode("utf-8", "surrogateescape")).digest(), audiences or self._api_audiences)
        known = self._known.get(key)
        if known is not None and self._clock() < known[0] and self._lives(known[1]):
            return known[1]
        outcome = self._inner.authenticate_token(token, audiences)
        ttl = self._ttl(outcome)
        if ttl > 0:
            with self._lock:
                self._known[key] = (self._clock() + ttl, outcome)
                self._known.move_to_end(key)
                if len(self._known) > MAX_ENTRIES:
                    self._known.popitem(last=False)
        return outcome

    def _lives(self, outcome: Outcome) -> bool:
        return not isinstance(outcome, Authenticated) or self._now() <= outcome.expires

    def _ttl(self, outcome: Outcome) -> float:
        if isinstance(outcome, Authenticated):
            return self._success_ttl
        return self._failure_ttl if isinstance(outcome, NotPresented) else 0.0
