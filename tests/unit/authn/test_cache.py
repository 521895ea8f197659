"""What is remembered of tokens, for how long."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kubegate.api.user import User
from kubegate.authn.cache import MAX_ENTRIES, TokenCache
from kubegate.authn.interface import ABSENT, Authenticated, Outcome, Refused

ALICE = Authenticated(User("alice"), expires=1000.0)


@dataclass
class Counts:
    """Counts how often it is asked."""

    outcome: Outcome
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        self.asked.append((token, audiences))
        return self.outcome


@dataclass
class Time:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(
    ("outcome", "success", "failure", "asked"),
    [
        (ALICE, 10, 0, 1),
        (ALICE, 0, 10, 2),
        (ABSENT, 10, 0, 2),
        (ABSENT, 0, 10, 1),
        (Refused("x"), 10, 10, 2),
        (Refused("x", transient=True), 10, 10, 2),
    ],
)
def test_what_is_remembered(outcome: Outcome, success: float, failure: float, asked: int) -> None:
    inner = Counts(outcome)
    cache = TokenCache(inner, success, failure, now=lambda: 0.0)
    assert cache.authenticate_token("t", ()) == outcome
    assert cache.authenticate_token("t", ()) == outcome
    assert len(inner.asked) == asked


def test_it_ends_with_its_time() -> None:
    inner, clock = Counts(ALICE), Time()
    cache = TokenCache(inner, 10, clock=clock, now=lambda: 0.0)
    for clock.seconds in (0, 9.9, 10, 10.1):
        cache.authenticate_token("t", ())
    assert len(inner.asked) == 2


def test_it_ends_with_the_credential() -> None:
    inner, now = Counts(ALICE), Time(999.0)
    cache = TokenCache(inner, 10_000, now=now)
    for now.seconds in (999.0, 1000.0, 1000.1):
        cache.authenticate_token("t", ())
    assert len(inner.asked) == 2


def test_tokens_and_audiences_are_kept_apart() -> None:
    inner = Counts(ALICE)
    cache = TokenCache(inner, 10, api_audiences=("api",), now=lambda: 0.0)
    for token, audiences in [("t", ()), ("t", ("api",)), ("t", ("x",)), ("u", ()), ("T", ())]:
        cache.authenticate_token(token, audiences)
    assert inner.asked == [("t", ()), ("t", ("x",)), ("u", ()), ("T", ())]


def test_memory_is_bounded_and_holds_no_tokens() -> None:
    cache = TokenCache(Counts(ALICE), 10, now=lambda: 0.0)
    for number in range(MAX_ENTRIES + 10):
        cache.authenticate_token(f"secret-{number}", ())
    assert len(cache._known) == MAX_ENTRIES
    assert "secret" not in repr(cache._known)
