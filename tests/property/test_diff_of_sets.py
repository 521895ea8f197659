"""The diff of sets with denials, exceptions and ABAC lines against the engine, in both directions."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.analysis.diff.boxes import Box, ResourceBox
from kubegate.analysis.diff.chains import AUTHORIZERS
from kubegate.analysis.diff.compare import Change
from kubegate.analysis.diff.sets import Comparison, PolicySet, compare_sets
from kubegate.analysis.diff.values import Values
from kubegate.api.user import User
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.policy import Policy
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.patterns import glob
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer

USERS, GROUPS = ["alice", "bob"], ["g1", "g2", "g3"]
SUBJECTS = [
    {"kind": "User", "name": "alice"},
    {"kind": "User", "name": "b*"},
    {"kind": "Group", "name": "g1"},
    {"kind": "Group", "name": "g2"},
    {"kind": "Group", "name": "g3"},
    {"kind": "Group", "name": "system:authenticated"},
]
RULES = [
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]},
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets", "pods/log"]},
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNamePatterns": ["web-*", "db"]},
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNamePatterns": ["*-1"]},
    {"verbs": ["get"], "nonResourceURLs": ["/api*"]},
]


def some(values: list[Any], least: int = 1) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=2, unique_by=repr)


def access() -> st.SearchStrategy[list[dict[str, Any]]]:
    spec = st.fixed_dictionaries(
        {"effect": st.sampled_from(["Allow", "Deny"]), "subjects": some(SUBJECTS), "rules": some(RULES)},
        optional={"exceptSubjects": some(SUBJECTS[:5]), "namespaces": some(["n1", "n*", "*2"])},
    )
    # Paths are in no namespace.
    spec = spec.filter(lambda made: not ("namespaces" in made and any("nonResourceURLs" in rule for rule in made["rules"])))
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


def rbac() -> st.SearchStrategy[list[dict[str, Any]]]:
    plain = [rule for rule in RULES if "resourceNamePatterns" not in rule]
    roles = [{"kind": "ClusterRole", "metadata": {"name": f"r{n}"}, "rules": [rule]} for n, rule in enumerate(plain)]
    subjects = [{"kind": "User", "name": name} for name in USERS] + [{"kind": "Group", "name": name} for name in GROUPS]
    grant = st.tuples(st.integers(0, len(plain) - 1), st.sampled_from(["", "n1", "n2"]), st.sampled_from(subjects))
    return st.lists(grant, max_size=3).map(lambda grants: [*roles, *(_binding(n, *made) for n, made in enumerate(grants))])


def _binding(number: int, role: int, namespace: str, subject: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": f"b{number}", **({"namespace": namespace} if namespace else {})},
        "roleRef": {"kind": "ClusterRole", "name": f"r{role}"},
        "subjects": [subject],
    }


LINES = [
    Policy(user="alice", resource="pods", namespace="n1", api_group="", readonly=True),
    Policy(group="g1", resource="*", namespace="*", api_group="*"),
    Policy(user="bob", group="g2", resource="secrets", namespace="n1", api_group=""),
    Policy(group="system:authenticated", non_resource_path="/api", readonly=True),
]


def sets() -> st.SearchStrategy[PolicySet]:
    """In every order of authorizers."""

    def build(parts: tuple[Any, Any, Any, Any]) -> PolicySet:
        members = {
            "AccessPolicy": AccessPolicyAuthorizer(parts[1], compile_condition),
            "ABAC": AbacAuthorizer(parts[2]),
            "RBAC": RbacAuthorizer(parts[0]),
        }
        return PolicySet(Chain([members[name] for name in parts[3]]), *parts[:2], tuple(parts[2]), tuple(parts[3]))

    return st.tuples(rbac(), access(), some(LINES, 0), st.permutations(AUTHORIZERS)).map(build)


def requests(seed: int) -> list[Attributes]:
    """Of users in any of the groups."""
    chance = random.Random(seed)
    made = []
    for _ in range(2_000):
        groups = chance.sample(GROUPS, chance.randint(0, 3))
        user = User.of(chance.choice([*USERS, "zoe"]), [*groups, "system:authenticated"])
        verb = chance.choice(["get", "list", "delete"])
        if chance.random() < 0.15:
            made.append(Attributes(user, verb, is_resource=False, path=chance.choice(["/api", "/api/x", "/healthz"])))
            continue
        resource, _, subresource = chance.choice(["pods", "pods/log", "secrets", "nodes", "namespaces"]).partition("/")
        namespace, name = (
            chance.choice(["", "n1", "n2", "n3"]),
            chance.choice(["", "web-1", "web-2", "db", "x-1", "y", "n1"]),
        )
        group = chance.choice(["", "", "apps"])
        if verb != "list" and resource in ("pods", "secrets") and group == "":
            namespace = namespace or "n1"  # a request for one object names its namespace
        made.append(Attributes(user, verb, True, group, "v1", resource, subresource, namespace, name))
    return made


def concerns(change: Change, user: User) -> bool:
    keys = (change.subject, *change.along)
    return all(any(map(glob(key.name).fullmatch, user.groups if key.is_group else [user.name])) for key in keys)


def holds(box: Box, request: Attributes) -> bool:
    if not isinstance(box, ResourceBox):
        return (
            not request.is_resource
            and (request.verb in box.verbs.names) is not box.verbs.others
            and request.path[:4] == "/api"
        )
    parts = ("verbs", "groups", "resources", "subresources", "names", "namespaces")
    asked = (request.verb, request.group, request.resource, request.subresource, request.name, request.namespace)
    return request.is_resource and all(_within(getattr(box, part), text) for part, text in zip(parts, asked, strict=True))


def _within(values: Values, text: str) -> bool:
    exact = text in values.names
    likely = exact or any("*" in name and glob(name).fullmatch(text) is not None for name in values.names)
    return likely is not values.others


@settings(max_examples=40)
@given(sets(), sets(), st.integers(0, 10_000))
def test_what_is_decided_differently_is_found(old: PolicySet, new: PolicySet, seed: int) -> None:
    changes = compare_sets(old, new).changes
    for request in requests(seed):
        was, now = old.authorizer.authorize(request).allowed, new.authorizer.authorize(request).allowed
        if was is not now:
            direction = "gained" if now else "lost"
            assert any(c.direction == direction and concerns(c, request.user) and holds(c.box, request) for c in changes), (
                request
            )


@settings(max_examples=40)
@given(sets(), sets())
def test_what_is_found_is_decided_differently(old: PolicySet, new: PolicySet) -> None:
    assert [change for change in compare_sets(old, new).changes if not change.confirmed] == []


@settings(max_examples=50)
@given(sets())
def test_nothing_changes_against_itself(policies: PolicySet) -> None:
    assert compare_sets(policies, policies) == Comparison([])
