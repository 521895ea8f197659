"""`kubegate escalate`: who can make himself master of the cluster, and how."""

from __future__ import annotations

from typing import Any

import click

from kubegate.analysis.escalation.model import Path, request_text
from kubegate.analysis.escalation.world import World
from kubegate.analysis.escalation.paths import find_paths, world_of
from kubegate.analysis.matrix import subjects
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured
from kubegate.cli.policy_options import PolicyArguments, policy_options

_FORMS = ["table", "json", "yaml", "csv", "markdown"]


@click.command(name="escalate")
@click.option("--subject", default="*", metavar="PATTERN", help="Only subjects of this name (* stands for any text).")
@click.option("--system", is_flag=True, help="Subjects of the system too: system:..., kube-system.")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
@policy_options
def command(subject: str, system: bool, output: str, **arguments: Any) -> int:
    """Look for paths of escalation: from each subject of a binding to cluster-admin, or to the secrets of kube-system.

    A step is a request that the engine allows, and writes of roles and bindings pass the check against escalation: to bind
    cluster-admin, to change one's own role, to impersonate, to run pods as a service account, to make its tokens, or
    certificates. Admission policies are not asked. Exit status 0 if there is no path, 2 if there is one.
    """
    engine = PolicyArguments.take(arguments).engine()
    world = world_of(engine.chain, engine.rbac, engine.state)
    paths = find_paths(world, subjects(engine.rbac, subject, system=system))
    if output in ("json", "yaml"):
        click.echo(structured([_to_object(world, path) for path in paths], output))
    elif paths:
        rows = [row for path in paths for row in _rows(path)]
        click.echo(rows_as(output, ("SUBJECT", "REACHES", "STEP", "REQUESTS"), rows))
    else:
        click.echo("no path of escalation was found")
    return Exit.NO if paths else Exit.OK


def _rows(path: Path) -> list[tuple[str, ...]]:
    """A row a step; whose path it is stands in the first."""
    rows: list[tuple[str, ...]] = []
    for number, hop in enumerate(path.hops, 1):
        who, target = (str(path.subject), str(path.target)) if number == 1 else ("", "")
        requests = "; ".join(request_text(request) for request in hop.requests)
        rows.append((who, target, f"{number}. {hop.text}", requests))
    return rows


def _to_object(world: World, path: Path) -> dict[str, Any]:
    steps = [
        {
            "text": hop.text,
            "becomes": str(hop.becomes) if hop.becomes else None,
            "requests": [
                {"request": request_text(request), "allowedBy": world.through(request)} for request in hop.requests
            ],
        }
        for hop in path.hops
    ]
    return {"subject": str(path.subject), "reaches": path.target.value, "steps": steps}
