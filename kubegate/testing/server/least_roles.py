"""From what operators need to the least roles that allow it, proven by asking for all of it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from kubegate.analysis.learn.collect import collect
from kubegate.analysis.learn.roles import NotCovered, least_privilege
from kubegate.analysis.replay.compare import replay
from kubegate.analysis.replay.events import Recorded
from kubegate.api.names import Object
from kubegate.authz import escalation
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.testing.server.granting import granting_roles
from kubegate.testing.server.needs import Need


def least_roles(needs: Sequence[Need], *, names: int = 0) -> list[Object]:
    """Roles and bindings for these requests. ``names``: rules are limited to at most so many resourceNames (0: never; a
    create never).

    Raises `NotCovered` if what was made does not allow a request (a fault of ours)."""
    recorded = [Recorded(need.attributes, True) for need in needs]
    deeds = collect(recorded, RbacAuthorizer(), sorted({need.attributes.user.name for need in needs}), names=names)
    objects = [obj for each in deeds for obj in least_privilege(each, names=names)] + granting_roles(needs)
    index = RbacAuthorizer(objects)
    for finding in replay(recorded, index).findings.values():
        raise NotCovered(f"the roles made do not allow {finding.example}")
    for need in needs:
        refused = escalation.check(need.attributes, need.granting, None, index, index) if need.granting else None
        if refused is not None:
            raise NotCovered(f"the roles made do not allow to grant: {refused.message}")
    return objects


def write_roles(path: Path, objects: Iterable[Object]) -> None:
    """As one YAML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(list(objects), sort_keys=False, explicit_start=True), encoding="utf-8")
