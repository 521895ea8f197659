"""Webhooks that are asked no more after they have failed many times in a row: thousands of questions would take hours."""

from __future__ import annotations

import threading

from kubegate.authz.chain import Chain
from kubegate.authz.webhook.authorizer import WebhookAuthorizer
from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.exchange import Answer

FAILURES = 16
"""Failures in a row."""

_TOO_MANY = 429


def impatient(chain: Chain) -> Chain:
    """The chain with such webhooks in the places of its own."""
    return Chain(
        [
            member.with_client(ImpatientClient(member.client)) if isinstance(member, WebhookAuthorizer) else member
            for member in chain.members
        ]
    )


class ImpatientClient(Client):
    """Asks as another client does, until that has failed `FAILURES` times in a row; to be told to wait is no failure."""

    def __init__(self, client: Client) -> None:
        self.remote, self.timeout = client.remote, client.timeout
        self._client = client
        self._failed = 0
        self._lock = threading.Lock()

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        """As of `Client`; raises `Unavailable` without asking after so many failures."""
        if self._failed >= FAILURES:
            raise Unavailable(f'Post "{self.remote.server}": not asked any more after {FAILURES} failures in a row')
        try:
            answer = self._client.post(body, query=query, timeout=timeout)
        except Unavailable:
            self._count(failed=True)
            raise
        if answer.status != _TOO_MANY:
            self._count(failed=answer.status >= 300)
        return answer

    def _count(self, *, failed: bool) -> None:
        with self._lock:
            # Those that were under way when it was given up do not change that.
            if self._failed < FAILURES:
                self._failed = self._failed + 1 if failed else 0
