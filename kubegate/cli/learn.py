"""`kubegate learn`: the least privilege that covers an audit log."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from kubegate.analysis.in_parallel import asks_webhooks, for_many_questions
from kubegate.analysis.learn.collect import collect
from kubegate.analysis.learn.roles import least_privilege
from kubegate.analysis.replay.logs import Reading, read_events
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import structured, to_yaml, warn
from kubegate.cli.policy_options import PolicyArguments, policy_options
from kubegate.cli.replay import tell_broken, with_progress


@click.command(name="learn")
@click.argument("logs", nargs=-1, required=True, metavar="AUDIT.log...")
@click.option(
    "--user", "users", multiple=True, metavar="PATTERN", help="Only users of such names (repeatable); * is any text."
)
@click.option("--resource-names", type=int, default=0, metavar="N", help="Limit rules to names where at most N were used.")
@click.option("--include-denied", is_flag=True, help="Also allow what was refused when it was recorded.")
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", help="The form of the manifests.")
@policy_options
def command(logs: tuple[str, ...], users: tuple[str, ...], **arguments: Any) -> int:
    """Make the roles and bindings that the requests in audit logs needed, and nothing more.

    What the policies given with -f (and the default roles) allow already is left out. Every request is asked again of the
    result. Without --user all users count but the system's own and members of system:masters. Webhooks are asked 16 at a
    time, and no more after 16 failures in a row; exit status 4 if some failed.
    """
    policies, names = PolicyArguments.take(arguments), arguments["resource_names"]
    chain = for_many_questions(policies.engine(locate=False).chain)
    reading, failures = Reading(keep_going=policies.keep_going), Counter[str]()
    events = with_progress(read_events(logs, reading), reading)
    deeds = collect(events, chain, users, denied=arguments["include_denied"], names=names, failed=failures.update)
    objects = [obj for each in deeds for obj in least_privilege(each, names=names)]
    if objects:
        click.echo(to_yaml(objects) if arguments["output"] == "yaml" else structured(objects, "json"))
    click.echo(f"{reading.events} requests, {len(deeds)} users need {len(objects)} objects; all requests checked", err=True)
    tell_broken(reading)
    failed = bool(failures) and asks_webhooks(chain)
    if failed:
        warn(f"{failures.total()} answers are failures and count as no permission, the first is {next(iter(failures))}")
    return Exit.UNDECIDED if reading.broken or failed else Exit.OK
