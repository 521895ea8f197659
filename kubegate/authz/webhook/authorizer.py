"""The Webhook authorizer: sends a SubjectAccessReview, caches the answer, fails as its policy says.

Source: k8s.io/apiserver ``plugin/pkg/authorizer/webhook``; the Webhook Mode page of the Kubernetes documentation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from kubegate.api.user import User
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, RuleList, Verdict
from kubegate.authz.observer import NOBODY, Observer
from kubegate.authz.webhook.cache import ExpiringCache
from kubegate.authz.webhook.wire import canonical, decode_status, encode, spec_of
from kubegate.errors import Unavailable
from kubegate.outbound.asking import ask
from kubegate.outbound.client import Client, query_timeout
from kubegate.outbound.exchange import Answer

CACHE_SIZE = 8192
MAX_CACHED_ATTRIBUTES = 10_000
"""Requester-controlled text longer than this (bytes) is not cached: it may be an attempt to fill the memory."""


class MatchCondition(Protocol):
    """A compiled condition on the review: true asks the webhook, false skips it."""

    def matches(self, spec: dict[str, Any]) -> bool:
        """Evaluate over the v1 ``spec``; raises `Unavailable` with the evaluation error."""
        ...


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How to ask and what a failure means. Times in seconds; ``on_failure`` is NO_OPINION or DENY."""

    name: str
    version: str
    authorized_ttl: float
    unauthorized_ttl: float
    timeout: float
    on_failure: Decision = Decision.NO_OPINION
    cache_authorized: bool = True
    cache_unauthorized: bool = True


@dataclass(frozen=True, slots=True)
class _Answer:
    """The part of a review's status that counts (its evaluationError does not)."""

    allowed: bool
    denied: bool
    reason: str


class WebhookAuthorizer:
    """One remote service with its conditions and its cache."""

    def __init__(
        self,
        settings: WebhookSettings,
        client: Client,
        conditions: Sequence[MatchCondition] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        observer: Observer = NOBODY,
    ) -> None:
        self.settings = settings
        self._observer = observer
        self._client = client
        self.conditions = tuple(conditions)
        self._cache: ExpiringCache[_Answer] = ExpiringCache(CACHE_SIZE, clock)
        self._sleep = sleep

    @property
    def server(self) -> str:
        """The URL that is asked."""
        return self._client.remote.server

    @property
    def client(self) -> Client:
        """What asks the service."""
        return self._client

    def with_client(self, client: Client) -> WebhookAuthorizer:
        """The same service asked through another client, its answers remembered for both."""
        made = WebhookAuthorizer(self.settings, client, self.conditions, sleep=self._sleep, observer=self._observer)
        made._cache = self._cache
        return made

    def with_conditions(self, conditions: Sequence[MatchCondition], on_failure: Decision) -> WebhookAuthorizer:
        """The same service asked on other conditions, its answers remembered for both."""
        settings = replace(self.settings, on_failure=on_failure)
        made = WebhookAuthorizer(settings, self._client, conditions, sleep=self._sleep, observer=self._observer)
        made._cache = self._cache
        return made

    def authorize(self, attributes: Attributes) -> Verdict:
        """The service's answer; NO_OPINION when a condition is false; the failure policy when it cannot be asked."""
        spec = spec_of(attributes)
        try:
            if not self._asked(spec):
                return NO_OPINION
            answer = self._answer(spec, attributes)
        except Unavailable as error:
            return Verdict(self.settings.on_failure, "", None, (str(error),))
        return self._verdict(answer)

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """Unknown: a webhook cannot list its rules."""
        return RuleList(incomplete=True, errors=("webhook authorizer does not support user rule resolution",))

    def _asked(self, spec: dict[str, Any]) -> bool:
        """All conditions hold. A false one wins over one that fails; failures count only when none is false."""
        if not self.conditions:
            return True
        started, errors, excluded = time.monotonic(), [], False
        for condition in self.conditions:
            try:
                if not condition.matches(spec):
                    excluded = True
                    break
            except Unavailable as error:
                errors.append(str(error))
        seconds = time.monotonic() - started
        self._observer.matched(self.settings.name, seconds, excluded=excluded, errors=len(errors))
        if errors and not excluded:
            raise Unavailable(errors[0] if len(errors) == 1 else "[" + ", ".join(errors) + "]")
        return not excluded

    def _answer(self, spec: dict[str, Any], attributes: Attributes) -> _Answer:
        key = canonical(spec)
        known = self._cache.get(key)
        if known is not None:
            return known
        status = self._ask(spec)
        answer = _Answer(bool(status.get("allowed")), bool(status.get("denied")), str(status.get("reason") or ""))
        if _controlled_size(attributes) < MAX_CACHED_ATTRIBUTES:
            if answer.allowed and self.settings.cache_authorized:
                self._cache.put(key, answer, self.settings.authorized_ttl)
            elif not answer.allowed and self.settings.cache_unauthorized:
                self._cache.put(key, answer, self.settings.unauthorized_ttl)
        return answer

    def _ask(self, spec: dict[str, Any]) -> dict[str, Any]:
        settings, attempts = self.settings, [("error", 0.0)]

        def seen(result: str, seconds: float) -> None:
            if result != "success":  # an answer is one only if it can be read
                self._observer.asked(settings.name, result, seconds)
            attempts.append((result, seconds))

        try:
            body, query = encode(spec, settings.version), query_timeout(settings.timeout)
            answer = ask(self._client, body, query=query, sleep=self._sleep, seen=seen)
            return self._read(answer, attempts[-1][1])
        except Unavailable:
            if settings.on_failure is Decision.NO_OPINION:
                self._observer.failed_open(settings.name, "timeout" if attempts[-1][0] == "timeout" else "error")
            raise

    def _read(self, answer: Answer, seconds: float) -> dict[str, Any]:
        result = "error"
        try:
            status = decode_status(answer.body, self.settings.version)
            result = "success"
        finally:
            self._observer.asked(self.settings.name, result, seconds)
        return status

    def _verdict(self, answer: _Answer) -> Verdict:
        determinant = Determinant("Webhook", f"webhook {self.settings.name}")
        if answer.denied:
            both = ("webhook subject access review returned both allow and deny response",) if answer.allowed else ()
            return Verdict(Decision.DENY, answer.reason, determinant, both)
        if answer.allowed:
            return Verdict(Decision.ALLOW, answer.reason, determinant)
        return Verdict(Decision.NO_OPINION, answer.reason)


def _controlled_size(attributes: Attributes) -> int:
    parts = (
        attributes.namespace,
        attributes.verb,
        attributes.group,
        attributes.version,
        attributes.resource,
        attributes.subresource,
        attributes.name,
        attributes.path,
    )
    return sum(len(part.encode("utf-8", "replace")) for part in parts)
