"""What each default role allows, resource by resource: a golden matrix, so that no change of it goes unnoticed.

`bootstrap_matrix.txt` has a line for each role, resource and set of verbs. After an intended change:
``KUBEGATE_UPDATE_GOLDEN=1 pytest tests/golden``.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from kubegate.api.catalog import builtin
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.bootstrap import rbac_objects

GOLDEN = Path(__file__).with_name("bootstrap_matrix.txt")
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
SPECIAL = ("bind", "escalate", "impersonate", "approve", "sign", "use", "attest")
PATHS = (
    "/api",
    "/apis/x",
    "/healthz",
    "/livez",
    "/readyz",
    "/version",
    "/openapi/v3",
    "/metrics",
    "/logs",
    "/debug/pprof/x",
    "/",
)


def resources():
    """Every resource and subresource by (group, name), each once."""
    found = {}
    for resource in builtin():
        found.setdefault((resource.gvr.group, resource.gvr.resource), None)
        for subresource in resource.subresources:
            found.setdefault((resource.gvr.group, f"{resource.gvr.resource}/{subresource}"), None)
    return sorted(found)


def allowed_verbs(index, user, group, resource):
    plain, _, subresource = resource.partition("/")
    asked = (Attributes(user, verb, True, group, "*", plain, subresource, "n", "x") for verb in (*VERBS, *SPECIAL))
    return [attributes.verb for attributes in asked if index.authorize(attributes).allowed]


def matrix():
    lines = []
    everything = [*VERBS, *SPECIAL]
    for role in rbac_objects():
        if not role["kind"].endswith("Role"):
            continue
        kind, name, namespace = role["kind"], role["metadata"]["name"], "n" if role["kind"] == "Role" else ""
        own = {**role, "metadata": {"name": name} | ({"namespace": namespace} if namespace else {})}
        binding = {
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": "b"} | ({"namespace": namespace} if namespace else {}),
            "subjects": [{"kind": "User", "name": "u"}],
            "roleRef": {"kind": kind, "name": name},
        }
        index, user = RbacAuthorizer([own, binding]), User("u")
        title = f"{kind} {role['metadata'].get('namespace', '')}/{name}" if namespace else f"{kind} {name}"
        for group, resource in resources():
            verbs = allowed_verbs(index, user, group, resource)
            if verbs:
                shown = "everything" if verbs == everything else " ".join(verbs)
                lines.append(f"{title}: {resource}{'.' + group if group else ''}: {shown}")
        paths = [path for path in PATHS if index.authorize(Attributes(user, "get", False, path=path)).allowed]
        if paths:
            lines.append(f"{title}: get {' '.join(paths)}")
    return lines


def test_the_default_roles_allow_what_they_did():
    found = matrix()
    if os.environ.get("KUBEGATE_UPDATE_GOLDEN"):
        GOLDEN.write_text("\n".join(found) + "\n")
    difference = list(difflib.unified_diff(GOLDEN.read_text().splitlines(), found, "golden", "now", lineterm="", n=0))
    assert difference == []


def test_every_resource_is_covered_by_some_line():
    """A resource that no default role names would not be guarded by the matrix: cluster-admin names them all."""
    lines = {
        line.split(": ")[1] for line in GOLDEN.read_text().splitlines() if line.startswith("ClusterRole cluster-admin:")
    }
    missing = [f"{name}.{group}" if group else name for group, name in resources()]
    assert [name for name in missing if name not in lines] == []
