"""Who is asked in which order, and what becomes of several answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kubegate.api.user import User
from kubegate.authn.chain import (
    AddAuthenticatedGroup,
    AnonymousLast,
    AudienceAgnostic,
    ForAudiences,
    TokenUnion,
    Union,
    intersect,
)
from kubegate.authn.interface import ABSENT, Authenticated, Credentials, NotPresented, Outcome, Refused, refused
from kubegate.authn.plugins.anonymous import ANONYMOUS_USER, Anonymous

NONE = Credentials()
ALICE, BOB = Authenticated(User.of("alice", ["devs"])), Authenticated(User.of("bob"))


@dataclass
class Says:
    """Gives the same answer to everybody."""

    outcome: Outcome
    asked: list[object] = field(default_factory=list)

    def authenticate(self, credentials: Credentials) -> Outcome:
        self.asked.append(credentials)
        return self.outcome

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        self.asked.append((token, audiences))
        return self.outcome


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], ABSENT),
        ([ABSENT], ABSENT),
        ([ABSENT, ALICE, BOB], ALICE),
        ([Refused("bad"), ALICE], ALICE),
        ([ABSENT, Refused("bad")], Refused("bad", ("bad",))),
        ([Refused("a"), Refused("b")], Refused("[a, b]", ("a", "b"))),
        ([Refused("a"), Refused("a")], Refused("a", ("a",))),
        ([Refused("[a, b]", ("a", "b")), Refused("b")], Refused("[a, b]", ("a", "b"))),
    ],
)
def test_union(members: list[Outcome], expected: Outcome) -> None:
    assert Union([Says(outcome) for outcome in members]).authenticate(NONE) == expected
    assert TokenUnion([Says(outcome) for outcome in members]).authenticate_token("t", ()) == expected


def test_nobody_is_asked_after_a_success() -> None:
    last = Says(BOB)
    Union([Says(ALICE), last]).authenticate(NONE)
    assert last.asked == []


def test_warnings_of_all_are_kept_once() -> None:
    members = [Says(NotPresented(("w",))), Says(NotPresented(("w", "v"))), Says(ALICE)]
    assert Union(members).authenticate(NONE).warnings == ("w", "v")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((), ("system:authenticated",)),
        (("a",), ("a", "system:authenticated")),
        (("system:authenticated", "a"), ("system:authenticated", "a")),
        (("a", "system:unauthenticated"), ("a", "system:unauthenticated")),
    ],
)
def test_the_group_of_all_users(groups: tuple[str, ...], expected: tuple[str, ...]) -> None:
    outcome = AddAuthenticatedGroup(Says(Authenticated(User("u", groups=groups)))).authenticate(NONE)
    assert isinstance(outcome, Authenticated)
    assert outcome.user.groups == expected


def test_who_is_called_anonymous_gets_no_group() -> None:
    outcome = AddAuthenticatedGroup(Says(Authenticated(User("system:anonymous")))).authenticate(NONE)
    assert isinstance(outcome, Authenticated)
    assert outcome.user.groups == ()


@pytest.mark.parametrize(
    ("inner", "name"),
    [(ABSENT, "system:anonymous"), (ALICE, "alice"), (Refused("no"), None), (Refused("no", transient=True), None)],
)
def test_anonymous_is_for_those_who_present_nothing(inner: Outcome, name: str | None) -> None:
    outcome = AnonymousLast(Says(inner), Anonymous()).authenticate(NONE)
    assert (outcome.user.name if isinstance(outcome, Authenticated) else None) == name


@pytest.mark.parametrize(
    ("path", "taken"), [("/livez", True), ("/livez/", False), ("/livez/ping", False), ("/LIVEZ", False), ("/", False)]
)
def test_anonymous_on_some_paths(path: str, taken: bool) -> None:
    outcome = Anonymous(paths=frozenset({"/livez"})).authenticate(Credentials(path=path))
    assert isinstance(outcome, Authenticated) is taken


def test_the_anonymous_user() -> None:
    assert ANONYMOUS_USER.to_info() == {"username": "system:anonymous", "groups": ["system:unauthenticated"]}


@pytest.mark.parametrize(
    ("wanted", "expected"), [((), ("api", "api2")), (("api2",), ("api2",)), (("x", "api"), ("api",)), (("x",), None)]
)
def test_tokens_without_audiences_are_good_for_the_api_server(
    wanted: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    outcome = AudienceAgnostic(Says(ALICE), ("api", "api2")).authenticate_token("t", wanted)
    assert (outcome.audiences if isinstance(outcome, Authenticated) else None) == expected


@pytest.mark.parametrize(
    ("audiences", "wanted", "taken"),
    [((), None, True), (("api",), None, True), (("x",), None, False), (("x", "api"), None, True), (("x",), ("x",), True)],
)
def test_the_outermost_check(audiences: tuple[str, ...], wanted: tuple[str, ...] | None, taken: bool) -> None:
    gate = ForAudiences(Says(Authenticated(User("u"), audiences)), ("api",))
    assert isinstance(gate.authenticate(Credentials(audiences=wanted)), Authenticated) is taken


def test_the_order_of_common_audiences_is_that_of_the_wish() -> None:
    assert intersect(["a", "b", "c"], ["c", "x", "a"]) == ("c", "a")


def test_refusals_are_put_together() -> None:
    assert refused(["a"]).reason == "a"
    assert refused(["a", "b", "a"]).reason == "[a, b]"
