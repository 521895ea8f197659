"""The limits on requests at the same time."""

from __future__ import annotations

import pytest

from kubegate.api.request import RequestInfo
from kubegate.api.user import MASTERS, User
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.in_flight import InFlight, too_many
from kubegate.apiserver.messages import Request


def exchange(verb: str, *groups: str) -> Exchange:
    info = RequestInfo(True, "/api/v1/pods", verb, "", "v1", "pods")
    return Exchange(Request("GET", "/api/v1/pods"), info, User.of("u", groups), "")


@pytest.mark.parametrize(
    ("running", "asking", "admitted"),
    [
        (exchange("get"), exchange("list"), False),
        (exchange("create"), exchange("delete"), False),
        (exchange("get"), exchange("create"), True),
        (exchange("get"), exchange("watch"), True),
        (exchange("watch"), exchange("get"), True),
        (exchange("get"), exchange("get", MASTERS), True),
    ],
)
def test_one_of_each_kind(running: Exchange, asking: Exchange, admitted: bool) -> None:
    limits = InFlight(1, 1)
    with limits.admitted(running) as first:
        assert first
        with limits.admitted(asking) as second:
            assert second is admitted
    with limits.admitted(asking) as afterwards:
        assert afterwards


def test_zero_is_no_limit() -> None:
    limits = InFlight(0, 0)
    with limits.admitted(exchange("get")) as first, limits.admitted(exchange("get")) as second:
        assert first and second


def test_the_refusal() -> None:
    response = too_many()
    assert response.code == 429
    assert ("Retry-After", "1") in response.headers
