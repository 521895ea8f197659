"""RBAC objects at the proportions of real clusters, and requests to them."""

from __future__ import annotations

import random
from typing import Any

from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes

SIZES = {  # RoleBindings: (ClusterRoleBindings, Roles, ClusterRoles)
    100: (20, 30, 80),
    1_000: (150, 300, 160),
    4_491: (676, 1_374, 721),
    40_000: (1_000, 4_000, 1_000),
    100_000: (1_000, 10_000, 1_000),
}
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
RESOURCES = tuple(f"{stem}{number}" for stem in ("pods", "jobs", "secrets", "things") for number in range(12))


def policy(size: int, chance: random.Random) -> list[Object]:
    """RBAC objects: `size` RoleBindings over size/20 namespaces, and the rest in proportion."""
    cluster_bindings, roles, cluster_roles = SIZES[size]
    namespaces = [f"ns-{number}" for number in range(max(1, size // 20))]
    api = "rbac.authorization.k8s.io"

    def rules() -> list[dict[str, Any]]:
        return [
            {
                "verbs": chance.sample(VERBS, chance.randint(1, 4)),
                "apiGroups": [chance.choice(("", "apps", "batch"))],
                "resources": chance.sample(RESOURCES, chance.randint(1, 6)),
            }
            for _ in range(chance.randint(1, 8))
        ]

    def binding(kind: str, name: str, namespace: str, role: tuple[str, str]) -> Object:
        subject = chance.choice(("User", "Group", "ServiceAccount"))
        who = {"kind": subject, "name": f"{subject.lower()}-{chance.randrange(max(10, size // 8))}"}
        who |= {"namespace": chance.choice(namespaces)} if subject == "ServiceAccount" else {"apiGroup": api}
        metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
        ref = {"apiGroup": api, "kind": role[0], "name": role[1]}
        return {"apiVersion": f"{api}/v1", "kind": kind, "metadata": metadata, "roleRef": ref, "subjects": [who]}

    objects: list[Object] = []
    for number in range(cluster_roles):
        objects.append({"kind": "ClusterRole", "metadata": {"name": f"cr-{number}"}, "rules": rules()})
    for number in range(roles):
        where = {"name": f"r-{number % 20}", "namespace": namespaces[number % len(namespaces)]}
        objects.append({"kind": "Role", "metadata": where, "rules": rules()})
    for number in range(cluster_bindings):
        objects.append(
            binding("ClusterRoleBinding", f"crb-{number}", "", ("ClusterRole", f"cr-{chance.randrange(cluster_roles)}"))
        )
    for number in range(size):
        objects.append(
            binding(
                "RoleBinding",
                f"rb-{number}",
                chance.choice(namespaces),
                ("ClusterRole", f"cr-{chance.randrange(cluster_roles)}"),
            )
        )
    return objects


def requests(objects: list[Object], chance: random.Random, count: int, *, skew: int) -> list[Attributes]:
    """Requests of subjects of RoleBindings in the binding's namespace, half of them for what the binding's role allows.
    ``skew`` 1: every binding, and every member of a group, is as likely; more: few ask most, as in a cluster."""
    bindings = [obj for obj in objects if obj["kind"] == "RoleBinding"]
    rules = {obj["metadata"]["name"]: obj["rules"] for obj in objects if obj["kind"] == "ClusterRole"}
    users = max(10, len(bindings) // 8)
    asked = []
    for _ in range(count):
        found = bindings[int(len(bindings) * chance.random() ** skew)]
        subject, namespace = found["subjects"][0], found["metadata"]["namespace"]
        groups = ("system:authenticated",)
        name = subject["name"]
        if subject["kind"] == "Group":
            groups, name = (name, *groups), f"user-{int(users * chance.random() ** skew)}"
        elif subject["kind"] == "ServiceAccount":
            name = f"system:serviceaccount:{subject['namespace']}:{name}"
        rule = {"verbs": VERBS, "apiGroups": ("", "apps", "batch"), "resources": RESOURCES}
        if chance.random() < 0.5:
            rule = chance.choice(rules[found["roleRef"]["name"]])
        verb, group, resource = (chance.choice(rule[field]) for field in ("verbs", "apiGroups", "resources"))
        asked.append(Attributes(User(name, groups=groups), verb, group=group, resource=resource, namespace=namespace))
    return asked
