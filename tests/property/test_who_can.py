"""Who-can against asking for everybody one by one, over chains of RBAC, AccessPolicies and ABAC."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.analysis.holders.model import ALLOW, Holder
from kubegate.analysis.requests import Question
from kubegate.analysis.who_can import who_may
from kubegate.api.user import AUTHENTICATED, User, service_account_groups, service_account_name
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.model import Subject
from kubegate.authz.access.subjects import matcher
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.rbac.index import RbacAuthorizer

GROUPS = ("devs", "ops")
SUBJECTS = [
    *({"kind": "User", "name": name} for name in ("alice", "bob")),
    *({"kind": "Group", "name": name} for name in (*GROUPS, AUTHENTICATED, "system:serviceaccounts")),
    {"kind": "ServiceAccount", "name": "bot", "namespace": "shop"},
]
PATTERNS = [
    {"kind": "User", "name": "a*"},
    {"kind": "User", "name": "*"},
    {"kind": "Group", "name": "d*"},
    {"kind": "ServiceAccount", "name": "*", "namespace": "s*"},
]
RULES: list[dict[str, Any]] = [
    {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "secrets"]},
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log", "*/exec"]},
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"]},
    {"verbs": ["get"], "nonResourceURLs": ["/logs/*"]},
]
QUESTIONS = [
    Question("get", resource="pods"),
    Question("get", resource="pods", name="web"),
    Question("list", resource="secrets"),
    Question("get", resource="pods", subresource="log"),
    Question("get", resource="deployments", group="apps", subresource="exec"),
    Question("get", is_resource=False, path="/logs/x"),
]


def everybody() -> list[User]:
    """Users in every combination of the groups, and a service account."""
    account = User(service_account_name("shop", "bot"), groups=(*service_account_groups("shop"), AUTHENTICATED))
    some = [groups for size in range(3) for groups in combinations(GROUPS, size)]
    return [account, *(User(name, groups=(*groups, AUTHENTICATED)) for name in ("alice", "bob", "zoe") for groups in some)]


def chosen(values: list[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique_by=repr)


def policies() -> st.SearchStrategy[list[dict[str, Any]]]:
    spec = st.fixed_dictionaries(
        {
            "effect": st.sampled_from(["Allow", "Deny"]),
            "subjects": chosen(SUBJECTS + PATTERNS),
            "rules": chosen(RULES[:4]),
        },
        optional={
            "exceptSubjects": chosen(SUBJECTS + PATTERNS),
            "namespaces": chosen(["shop", "s*"], 1),
            "when": st.sampled_from([["request.user != 'alice'"], ["'ops' in request.groups"]]),
        },
    )
    return st.lists(spec, max_size=3).map(
        lambda specs: [
            {
                "apiVersion": "policy.kubegate.dev/v1alpha1",
                "kind": "AccessPolicy",
                "metadata": {"name": f"p{number}"},
                "spec": spec,
            }
            for number, spec in enumerate(specs)
        ]
    )


def bindings() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Roles of one rule each, bound anywhere."""
    roles = [{"kind": "ClusterRole", "metadata": {"name": f"r{n}"}, "rules": [rule]} for n, rule in enumerate(RULES)]
    grant = st.tuples(st.integers(0, len(RULES) - 1), st.sampled_from(["", "shop", "bank"]), chosen(SUBJECTS))
    return st.lists(grant, max_size=3).map(
        lambda grants: [
            *roles,
            *(
                {
                    "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                    "metadata": {"name": f"b{number}", **({"namespace": namespace} if namespace else {})},
                    "roleRef": {"kind": "ClusterRole", "name": f"r{role}"},
                    "subjects": subjects,
                }
                for number, (role, namespace, subjects) in enumerate(grants)
            ),
        ]
    )


LINES = [
    Policy(user="alice", resource="pods", namespace="shop", api_group="", readonly=True),
    Policy(group="devs", resource="*", namespace="*", api_group="*"),
    Policy(user="bob", group="ops", resource="secrets", namespace="*", api_group=""),
]


def chains() -> st.SearchStrategy[Chain]:
    def build(parts: tuple[Any, Any, Any, Any]) -> Chain:
        members = [
            AccessPolicyAuthorizer(parts[0], compile_condition),
            RbacAuthorizer(parts[1]),
            AbacAuthorizer(parts[2]),
        ]
        return Chain([members[index] for index in parts[3]])

    lines = st.lists(st.sampled_from(LINES), max_size=2, unique_by=repr)
    return st.tuples(policies(), bindings(), lines, st.permutations(range(3))).map(build)


def is_meant(holder: Holder, user: User) -> bool:
    return matcher(Subject(kind=holder.kind, name=holder.name, namespace=holder.namespace))(user)


@settings(max_examples=400)
@given(chains(), st.sampled_from(QUESTIONS), st.sampled_from(["shop", "bank", ""]))
def test_whoever_may_is_listed_and_who_is_listed_may(chain: Chain, question: Question, namespace: str) -> None:
    listed = [holder for holder in who_may(chain, question, namespace).holders[1:] if holder.effect == ALLOW]
    may = {user: chain.authorize(question.asked_by(user, namespace)).allowed for user in everybody()}
    for user, allowed in may.items():
        if allowed:
            assert any(is_meant(holder, user) for holder in listed), (user, listed)
    for holder in listed:
        exact = "*" not in holder.name + holder.namespace and not holder.condition
        if exact and holder.kind != "Group":
            alone = next(user for user in may if is_meant(holder, user))
            assert may[alone], (alone, holder)
