"""What a front proxy's headers say."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.authn.interface import Authenticated, Credentials
from kubegate.authn.plugins.front_proxy import FrontProxy

PROXY = FrontProxy(("x-user", "x-remote-user"), ("x-uid",), ("x-group", "x-remote-group"), ("x-extra-", "x-more-"))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-user": ["u"]}, {"username": "u"}),
        ({"x-user": [""], "x-remote-user": ["v"]}, {"username": "v"}),
        ({"x-user": ["u", "w"], "x-remote-user": ["v"]}, {"username": "u"}),
        ({"x-user": ["", "w"]}, None),
        ({"x-group": ["g"]}, None),
        ({"x-user": ["u"], "x-uid": ["1", "2"]}, {"username": "u", "uid": "1"}),
        (
            {"x-remote-group": ["c"], "x-user": ["u"], "x-group": ["a,b", "", "b"]},
            {"username": "u", "groups": ["a,b", "b", "c"]},
        ),
        (
            {"x-user": ["u"], "x-more-k": ["3"], "x-extra-k": ["1", ""], "x-extra-a%2fb": ["x"], "x-extra-%zz": ["y"]},
            {"username": "u", "extra": {"k": ["1", "", "3"], "a/b": ["x"], "%zz": ["y"]}},
        ),
    ],
)
def test_headers(headers: dict[str, list[str]], expected: dict[str, Any] | None) -> None:
    outcome = PROXY.authenticate(Credentials(headers))
    assert (outcome.user.to_info() if isinstance(outcome, Authenticated) else None) == expected
