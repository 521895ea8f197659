"""Which fields of a line leave a request out, and the line with those changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy, policy_from, to_object
from kubegate.authz.abac.shortfalls import mended, shortfalls
from kubegate.authz.interface import Attributes
from kubegate.errors import Location

ALICE = User("alice", groups=("devs", "system:authenticated"))
CREATE = Attributes(ALICE, "create", True, "", "v1", "pods", "", "shop")
LINE = Policy(user="alice", namespace="shop", resource="pods")


@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        (LINE, ()),
        (replace(LINE, namespace="*", resource="*", api_group="*"), ()),
        (replace(LINE, readonly=True), ("readonly",)),
        (replace(LINE, namespace=""), ("namespace",)),
        (replace(LINE, namespace="other"), ("namespace",)),
        (replace(LINE, resource="", api_group="apps"), ("resource", "api_group")),
        (replace(LINE, user="bob"), ("user",)),
        (replace(LINE, user="", group="devs"), ()),
        (replace(LINE, user="", group="ops"), ("group",)),
        (replace(LINE, group="ops"), ("group",)),
        (replace(LINE, user="bob", group="devs"), ("user",)),
        (replace(LINE, user="bob", group="ops"), ("user", "group")),
        (replace(LINE, user=""), ("user",)),  # neither user nor group: for nobody
    ],
)
def test_what_a_line_lacks(line: Policy, lacks: tuple[str, ...]) -> None:
    assert shortfalls(line, CREATE) == lacks
    again = mended(line, CREATE)
    assert again is not None
    assert AbacAuthorizer([again]).authorize(CREATE).allowed
    assert again.namespace == line.namespace or "namespace" in lacks


def test_paths_lack_a_path_only() -> None:
    asked = Attributes(ALICE, "get", False, path="/healthz")
    line = Policy(user="alice", non_resource_path="/api/*")
    assert shortfalls(line, asked) == ("non_resource_path",)
    assert shortfalls(replace(line, non_resource_path="/health*"), asked) == ()


def test_a_line_for_a_user_in_a_group_stays_one() -> None:
    again = mended(Policy(user="bob", group="devs", namespace="shop", resource="pods"), CREATE)
    assert again is not None
    assert (again.user, again.group) == ("alice", "devs")


@pytest.mark.parametrize(
    ("user", "subject"),
    [
        (ALICE, ("alice", "")),
        (User("", groups=("devs",)), ("", "devs")),
        (User("*"), None),  # everybody, to a line
        (User("", groups=("*",)), None),
        (User(""), None),
    ],
)
def test_whom_a_line_can_name(user: User, subject: tuple[str, str] | None) -> None:
    again = mended(replace(LINE, user="bob"), replace(CREATE, user=user))
    assert (None if again is None else (again.user, again.group)) == subject


def test_lines_of_old_are_spelled_as_v1beta1() -> None:
    old = policy_from({"user": "alice", "readonly": True}, Location())
    spec = {"user": "alice", "namespace": "*", "resource": "*", "apiGroup": "*", "nonResourcePath": "*", "readonly": True}
    assert to_object(old)["spec"] == spec
    assert policy_from(to_object(old), Location()) == old
