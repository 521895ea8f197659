"""From recorded requests to the least roles that allow them, proven by asking every one of them again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from kubegate.analysis.learn.collect import collect
from kubegate.analysis.learn.roles import NotCovered, least_privilege
from kubegate.analysis.replay.compare import replay
from kubegate.analysis.replay.events import Recorded
from kubegate.api.names import Object
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer


def least_roles(requests: Iterable[Attributes], *, names: int = 0) -> list[Object]:
    """Roles and bindings for these requests. ``names``: rules are limited to at most so many resourceNames (0: never; a
    create never).

    Raises `NotCovered` if what was made does not allow a request (a fault of ours)."""
    recorded = [Recorded(attributes, True) for attributes in requests]
    deeds = collect(recorded, RbacAuthorizer(), sorted({request.attributes.user.name for request in recorded}))
    objects = [obj for each in deeds for obj in least_privilege(each, names=names)]
    for finding in replay(recorded, RbacAuthorizer(objects)).findings.values():
        raise NotCovered(f"the roles made do not allow {finding.example}")
    return objects


def write_roles(path: Path, objects: Iterable[Object]) -> None:
    """As one YAML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(list(objects), sort_keys=False, explicit_start=True), encoding="utf-8")
