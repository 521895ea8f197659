"""What is out of a user's reach is refused, on random policies."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kubegate.analysis.reach import reach
from kubegate.analysis.requests import Question
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer

GROUPS, RESOURCES = ("", "apps"), ("pods", "jobs")
rules = st.fixed_dictionaries(
    {
        "verbs": st.just(["get"]),
        "apiGroups": st.lists(st.sampled_from((*GROUPS, "*")), min_size=1, max_size=2),
        "resources": st.lists(st.sampled_from((*RESOURCES, "pods/log", "*/log", "*", "pods/*")), min_size=1, max_size=2),
    }
)
QUESTIONS = [
    Question("get", group=group, resource=resource, subresource=part)
    for group in GROUPS
    for resource in RESOURCES
    for part in ("", "log")
]


def binding(kind: str, namespace: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "b", "namespace": namespace} if namespace else {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "Group", "name": "g"}],
    }


@given(st.lists(rules, max_size=2), st.booleans(), st.sampled_from(("g", "h", "system:masters")))
def test_nothing_out_of_reach_is_allowed(rules: list[dict[str, Any]], everywhere: bool, group: str) -> None:
    role = {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules}
    rbac = RbacAuthorizer([role, binding("ClusterRoleBinding", "") if everywhere else binding("RoleBinding", "n")])
    chain, user = Chain([PrivilegedGroups(), rbac]), User("u", groups=(group,))
    for namespace in ("", "n", "m"):
        possible = reach(chain, rbac, user, namespace)
        for question in QUESTIONS:
            allowed = chain.authorize(question.asked_by(user, namespace)).allowed
            assert possible(question) is allowed
