"""How long the search for paths of escalation takes, of all subjects of a large cluster; `python -m benchmarks.escalation`.

4,491 RoleBindings, 676 ClusterRoleBindings, 1,374 Roles and 721 ClusterRoles over 500 namespaces, half of which enforce the
Pod Security level restricted. The roles are about what escalates: pods, deployments, secrets. Printed: the search with and
without admission, the smallest set of bindings that breaks all paths, and lint (aim: 10 seconds for the search).
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kubegate.analysis.escalation.cut import smallest_cut
from kubegate.analysis.escalation.paths import find_paths
from kubegate.analysis.lint.run import lint
from kubegate.analysis.matrix import subjects
from kubegate.authz.chain import Chain
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.bundle.state import ClusterState
from kubegate.compose.admit import AdmitOptions
from kubegate.compose.dry_run import RBAC_GROUP, RBAC_KINDS, Engine
from kubegate.compose.escalation import build_world

NAMESPACES = [f"ns{number}" for number in range(500)]
RESOURCES = ("pods", "secrets", "configmaps", "services", "deployments")
CLUSTER_ROLES, ROLES, ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS = 721, 1_374, 4_491, 676


def state(chance: random.Random) -> ClusterState:
    """The objects, and the default ones."""
    made = ClusterState()
    made.merge(rbac_objects())

    def add(kind: str, name: str, namespace: str, **fields: Any) -> None:
        meta = {"name": name} | ({"namespace": namespace} if namespace else {})
        made.add({"apiVersion": f"{RBAC_GROUP}/v1", "kind": kind, "metadata": meta, **fields})

    def rules() -> list[dict[str, Any]]:
        verbs = ("get", "list", "create", "delete")
        some = [{"resources": chance.sample(RESOURCES, 2), "verbs": chance.sample(verbs, 2)} for _ in range(4)]
        return [{"apiGroups": ["", "apps"], **rule} for rule in some]

    def bind(kind: str, name: str, namespace: str, role: tuple[str, str]) -> None:
        account = {"kind": "ServiceAccount", "name": f"sa{chance.randrange(3)}", "namespace": chance.choice(NAMESPACES)}
        user = {"apiGroup": RBAC_GROUP, "kind": "User", "name": f"u{chance.randrange(1000)}"}
        group = {"apiGroup": RBAC_GROUP, "kind": "Group", "name": f"g{chance.randrange(200)}"}
        ref = {"apiGroup": RBAC_GROUP, "kind": role[0], "name": role[1]}
        add(kind, name, namespace, roleRef=ref, subjects=[chance.choice((account, user, group))])

    for number in range(CLUSTER_ROLES):
        add("ClusterRole", f"cr{number}", "", rules=rules())
    for number in range(ROLES):
        add("Role", f"r{number}", NAMESPACES[number % len(NAMESPACES)], rules=rules())
    for number in range(ROLE_BINDINGS):
        role = (
            ("ClusterRole", f"cr{chance.randrange(CLUSTER_ROLES)}")
            if number % 2
            else ("Role", f"r{chance.randrange(ROLES)}")
        )
        bind("RoleBinding", f"b{number}", chance.choice(NAMESPACES), role)
    for number in range(CLUSTER_ROLE_BINDINGS):
        bind("ClusterRoleBinding", f"cb{number}", "", ("ClusterRole", f"cr{chance.randrange(CLUSTER_ROLES)}"))
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    for name in NAMESPACES[::2]:
        made.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    return made


def main() -> None:
    """Print the times."""
    objects = state(random.Random(1))
    rbac = RbacAuthorizer(objects.of_kind(RBAC_GROUP, *RBAC_KINDS))
    engine = Engine(Chain([PrivilegedGroups(), rbac]), rbac, objects)
    starts = subjects(rbac)
    for title, options in (("without admission", None), ("with admission", AdmitOptions())):
        start = time.perf_counter()
        world = build_world(engine, options)
        paths = find_paths(world, starts)
        seconds = time.perf_counter() - start
        print(
            f"{title}: {len(paths)} paths of {len(world.people)} identities, {seconds:.1f} s, {len(world.blocked)} blocked"
        )
    start = time.perf_counter()
    cut = smallest_cut(world, starts, paths)
    kind = "smallest" if cut.exact else "some"
    print(f"cut: {len(cut.bindings)} bindings ({kind}), {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    findings = lint(objects, background=rbac_objects()).findings
    print(f"lint: {len(findings)} findings, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
