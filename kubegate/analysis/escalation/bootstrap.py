"""Bootstrap tokens: who writes Secrets in kube-system makes such a token, of which he knows the secret without reading it.

Only groups that bindings name are looked at; that the server takes these tokens is taken for granted then.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from kubegate.analysis.escalation.model import Step, asked
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.bootstrap_token import NAME_PREFIX, NAMESPACE, SECRET_TYPE
from kubegate.api.names import Object

GROUP = "system:bootstrappers"
_ID = "escala"


def steps(world: World, who: Who, other: Who) -> Iterator[Step]:
    """The ways to become a member of a group of bootstrap tokens."""
    if other.kind != "Group" or not (other.name == GROUP or other.name.startswith(f"{GROUP}:")):
        return
    create = asked(world.user(who), "create", "secrets", namespace=NAMESPACE)
    yield Step(f"makes a bootstrap token of {other}", (create,), lambda: [[_token(other.name)]], other)


def _token(group: str) -> Object:
    fields = {"token-id": _ID, "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true"}
    if group != GROUP:
        fields["auth-extra-groups"] = group
    data = {key: base64.b64encode(value.encode()).decode() for key, value in fields.items()}
    meta = {"name": f"{NAME_PREFIX}{_ID}", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "type": SECRET_TYPE, "metadata": meta, "data": data}
