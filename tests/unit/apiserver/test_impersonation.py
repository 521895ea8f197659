"""Impersonation where the feature gate ConstrainedImpersonation is off: the old mode alone, asked as it always was."""

from __future__ import annotations

import pytest

from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.apiserver.impersonation import resolve
from kubegate.authz.impersonation.impersonator import Impersonated, Impersonator
from kubegate.authz.interface import Attributes, Decision, Verdict

REQUEST = Attributes(User("mallory"), "get", resource="pods")
WANTED = {
    "impersonate-user": ["jane"],
    "impersonate-uid": ["u-1"],
    "impersonate-group": ["a"],
    "impersonate-extra-k": ["v"],
}


class Allow:
    """Allows these resources, and notes what it was asked."""

    def __init__(self, *resources: str) -> None:
        self.resources = resources
        self.asked: list[tuple[str, str]] = []

    def authorize(self, attributes: Attributes) -> Verdict:
        self.asked.append((attributes.verb, attributes.resource))
        return Verdict(Decision.ALLOW if attributes.resource in self.resources else Decision.NO_OPINION)


def test_the_old_mode_alone_is_asked_and_about_the_uid_last() -> None:
    asks = Allow("users", "groups", "userextras", "uids")
    outcome = resolve(Impersonator(asks, constrained=False), WANTED, REQUEST)
    assert isinstance(outcome, Impersonated)
    assert (outcome.user.uid, outcome.user.groups, outcome.constraint) == ("u-1", ("a", "system:authenticated"), "")
    assert asks.asked == [("impersonate", resource) for resource in ("users", "groups", "userextras", "uids")]


def test_its_refusal_is_what_the_client_sees() -> None:
    outcome = resolve(Impersonator(Allow("users"), constrained=False), WANTED, REQUEST)
    assert isinstance(outcome, Status)
    assert outcome.message == (
        'groups "a" is forbidden: User "mallory" cannot impersonate resource "groups" in API group "" at the cluster scope'
    )


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"impersonate-group": ["a", "b"]}, "[{Group  a    } {Group  b    }]"),
        ({"impersonate-uid": ["u-1"]}, "[{UID  u-1  authentication.k8s.io/v1  }]"),
        (
            {"impersonate-extra-k": ["v", "w"]},
            " ".join(["[{UserExtra  v  authentication.k8s.io/v1  k}", "{UserExtra  w  authentication.k8s.io/v1  k}]"]),
        ),
    ],
)
def test_parts_without_a_name(headers: dict[str, list[str]], shown: str) -> None:
    outcome = resolve(Impersonator(Allow(), constrained=False), headers, REQUEST)
    assert isinstance(outcome, Status)
    assert (outcome.code, outcome.message) == (400, f"requested {shown} without impersonating a user")
