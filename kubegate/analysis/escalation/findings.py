"""Paths of escalation as findings of the linter, each at the binding of its first step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubegate.analysis.escalation.model import Path, Target, request_text
from kubegate.analysis.escalation.world import World
from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.lint.rules import RULES

_RULE = {Target.ADMIN: "KG201", Target.NODE: "KG202", Target.SECRETS: "KG203"}


def findings(world: World, paths: Iterable[Path]) -> Iterator[Finding]:
    """One a path; the subject is the binding that its first step rests on, so that this one may hold the suppression."""
    for path in paths:
        steps = tuple((f"{hop.text}: {'; '.join(map(request_text, hop.requests))}", world.place(hop)) for hop in path.hops)
        text = f"{path.subject} reaches {path.target}: " + ", then ".join(hop.text for hop in path.hops)
        place = next((place for _, place in steps if place is not None), None)
        yield Finding(RULES[_RULE[path.target]], _title(world, path), text, place, steps)


def _title(world: World, path: Path) -> str:
    """``RoleBinding ops/deployers``; the subject's own name where no binding is at the bottom of it."""
    for request in (request for hop in path.hops for request in hop.requests):
        determinant = world.verdict(request).determined_by
        binding = dict(determinant.details).get("binding") if determinant else None
        if binding:
            return " ".join((binding["kind"], "/".join(filter(None, (binding["namespace"], binding["name"])))))
    return str(path.subject)
