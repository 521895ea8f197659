"""The diff of two policy sets against the engine: it holds every request that is decided differently, and no other."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.analysis.diff.boxes import Box, PathBox, ResourceBox
from kubegate.analysis.diff.compare import compare
from kubegate.analysis.diff.values import Values
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer

VERBS = ["get", "list", "create", "*"]
GROUPS = ["", "apps", "*"]
RESOURCES = ["pods", "pods/log", "deployments", "*", "*/log"]
NAMES = ["a", "b"]
PATHS = ["/api", "/api/*", "/api/v1*", "/apis/*", "*", "/healthz"]
NAMESPACES = ["n1", "n2"]
USERS = ["alice", "bob"]

some = st.lists


def rules() -> st.SearchStrategy[list[dict[str, Any]]]:
    resource = st.fixed_dictionaries(
        {
            "verbs": some(st.sampled_from(VERBS), min_size=1, max_size=2, unique=True),
            "apiGroups": some(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True),
            "resources": some(st.sampled_from(RESOURCES), min_size=1, max_size=2, unique=True),
        },
        optional={"resourceNames": some(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True)},
    )
    path = st.fixed_dictionaries(
        {
            "verbs": some(st.sampled_from(VERBS), min_size=1, max_size=2, unique=True),
            "nonResourceURLs": some(st.sampled_from(PATHS), min_size=1, max_size=2, unique=True),
        }
    )
    return some(resource | path, max_size=3)


def policy() -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.tuples(
        st.tuples(*[rules() for _ in range(3)]),
        some(st.tuples(st.integers(0, 3), st.sampled_from(["", *NAMESPACES]), st.sampled_from(USERS)), max_size=5),
    ).map(build)


def build(parts: tuple[tuple[list[dict[str, Any]], ...], list[tuple[int, str, str]]]) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = [
        {"kind": "ClusterRole", "metadata": {"name": f"r{number}"}, "rules": role} for number, role in enumerate(parts[0])
    ]
    for number, (role, namespace, user) in enumerate(parts[1]):  # role 3 does not exist
        kind = "RoleBinding" if namespace else "ClusterRoleBinding"
        objects.append(
            {
                "kind": kind,
                "metadata": {"name": f"b{number}", **({"namespace": namespace} if namespace else {})},
                "roleRef": {"kind": "ClusterRole", "name": f"r{role}"},
                "subjects": [{"kind": "User", "name": user}],
            }
        )
    return objects


def requests(seed: int, count: int) -> list[Attributes]:
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        user = User.of(chance.choice(USERS), ["system:authenticated"])
        verb = chance.choice([*VERBS[:3], "delete"])
        if chance.random() < 0.3:
            path = chance.choice(["/api", "/api/", "/api/v1", "/api/v1/x", "/apis/x", "/healthz", "/other"])
            made.append(Attributes(user, verb, is_resource=False, path=path))
            continue
        resource, _, subresource = chance.choice(["pods", "pods/log", "deployments", "deployments/log", "nodes"]).partition(
            "/"
        )
        made.append(
            Attributes(
                user,
                verb,
                group=chance.choice(["", "apps", "batch"]),
                resource=resource,
                subresource=subresource,
                namespace=chance.choice(["", "n1", "n2", "n3"]),
                name=chance.choice(["", "a", "b", "c"]),
            )
        )
    return made


def holds(box: Box, request: Attributes) -> bool:
    def within(values: Values, text: str) -> bool:
        return (text in values.names) is not values.others

    if isinstance(box, ResourceBox):
        return request.is_resource and all(
            within(values, text)
            for values, text in (
                (box.verbs, request.verb),
                (box.groups, request.group),
                (box.resources, request.resource),
                (box.subresources, request.subresource),
                (box.names, request.name),
                (box.namespaces, request.namespace),
            )
        )
    return not request.is_resource and within(box.verbs, request.verb) and path_within(box, request.path)


def path_within(box: PathBox, path: str) -> bool:
    def covered(pattern: str, prefix: bool) -> bool:
        return path.startswith(pattern) if prefix else path == pattern

    return covered(box.path, box.is_prefix) and not any(covered(*hole) for hole in box.excluded)


@settings(max_examples=60, deadline=None)
@given(policy(), policy(), st.integers(0, 10_000))
def test_the_diff_is_exact(old: list[dict[str, Any]], new: list[dict[str, Any]], seed: int) -> None:
    changes = compare(old, new)
    assert all(change.confirmed for change in changes)
    before, after = RbacAuthorizer(old), RbacAuthorizer(new)
    for request in requests(seed, 2_000):
        was, now = before.authorize(request).allowed, after.authorize(request).allowed
        found = {c.direction for c in changes if c.subject.name == request.user.name and holds(c.box, request)}
        assert found == ({"gained"} if now and not was else {"lost"} if was and not now else set())


@settings(max_examples=50, deadline=None)
@given(policy())
def test_nothing_changes_against_itself(objects: list[dict[str, Any]]) -> None:
    assert compare(objects, objects) == []
