"""The words of a 403."""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.refusals import forbidden


def test_what_the_client_chose_is_escaped_and_the_reason_is_not() -> None:
    asked = Attributes(User("<b>"), "get", resource="pods", namespace="a&b", name="x>y")
    assert forbidden(asked, 'RBAC: role.rbac.authorization.k8s.io "<gone>" not found').message == (
        'pods "x>y" is forbidden: User "&lt;b&gt;" cannot get resource "pods" in API group "" in the namespace "a&amp;b": '
        'RBAC: role.rbac.authorization.k8s.io "<gone>" not found'
    )
