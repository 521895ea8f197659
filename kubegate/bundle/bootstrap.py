"""The RBAC objects that every API server has at start, as data.

`data/bootstrap-rbac.json` holds them as a kube-apiserver v1.36.2 stores them, in the order of kind and name; the rules of
`view`, `edit` and `admin` are already filled in from their aggregation rules.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from kubegate.api.names import Object

FILE = "bootstrap-rbac.json"


def rbac_objects() -> list[Object]:
    """Fresh copies of the default ClusterRoles, ClusterRoleBindings, Roles and RoleBindings.

    Each call parses the data anew (below a millisecond), so that callers may change what they get.
    """
    data = Path(__file__).with_name("data").joinpath(FILE).read_bytes()
    items: list[Object] = orjson.loads(data)["items"]
    return items
