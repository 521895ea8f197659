"""Reading Secrets: the right to a verb whose answer holds them, and what admission says of those that write, too."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.escalation.model import Tries, asked
from kubegate.analysis.escalation.powers import READS
from kubegate.analysis.escalation.trial import deletion
from kubegate.analysis.escalation.world import World
from kubegate.analysis.matrix.subjects import Who
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.authz.interface import Attributes


def reads(world: World, who: Who, namespace: str, secret: Object | None = None) -> Iterator[tuple[Attributes, Tries | None]]:
    """(request, what is put to admission) for each way to read a Secret (None: all of them, known or not)."""
    user = world.user(who)
    for verb in READS:
        name = name_of(secret) if secret is not None and verb != "deletecollection" else ""
        request = asked(user, verb, "secrets", namespace=namespace, name=name)
        known = [secret] if secret is not None else _known(world, namespace)
        yield request, _written(world, verb, namespace, known)


def _known(world: World, namespace: str) -> list[Object]:
    return [obj for obj in world.state.of_kind("", "Secret") if namespace_of(obj) == namespace][:1]


def _written(world: World, verb: str, namespace: str, known: list[Object]) -> Tries | None:
    trial = world.trial
    if trial is None or verb not in ("patch", "deletecollection") or not known:
        return None
    if verb == "patch":
        return lambda: [known]
    return lambda: [[deletion(trial.resource("Secret"), namespace, name_of(obj)) for obj in known]]
