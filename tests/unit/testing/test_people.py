"""The fixture ``users``."""

from __future__ import annotations

from kubegate.testing.people import Users


def test_users_have_the_groups_that_a_server_adds(users: Users) -> None:
    assert users("alice", "devs").groups == ("devs", "system:authenticated")
    assert users("alice", "system:authenticated", "devs") == users("alice", "devs")
    robot = users.service_account("shop", "robot")
    assert robot.name == "system:serviceaccount:shop:robot"
    assert robot.groups == ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated")
    assert users("bob", uid="7", extra={"k": ["v"]}).to_info()["extra"] == {"k": ["v"]}
    assert users.anonymous.groups == ("system:unauthenticated",)
    assert "system:masters" in users.administrator.groups
