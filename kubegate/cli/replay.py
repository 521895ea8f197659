"""`kubegate replay`: recorded requests against candidate policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from kubegate.analysis.in_parallel import for_many_questions
from kubegate.analysis.replay.compare import Effect, Finding, Replay, replay
from kubegate.analysis.replay.events import Recorded
from kubegate.analysis.replay.logs import Reading, read_events
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured, warn
from kubegate.cli.policy_options import PolicyArguments, policy_options
from kubegate.cli.terminal import progress

_FORMS = ["table", "json", "yaml", "csv", "markdown"]
_EVERY = 20_000


@click.command(name="replay")
@click.argument("logs", nargs=-1, required=True, metavar="AUDIT.log...")
@policy_options
@click.option(
    "--fail-on", type=click.Choice(["denied", "allowed", "any"]), help="Exit 2 if a request is newly denied or allowed."
)
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
def command(logs: tuple[str, ...], fail_on: str | None, output: str, **arguments: Any) -> int:
    """Ask candidate policies about the requests in audit logs (files, gzipped ones too, or - for standard input).

    Shows which requests would be newly denied and newly allowed, by user, kind of request and rule: the one that allowed it
    when it was recorded, or that would allow it now. Who impersonates somebody must be allowed to. Memory does not grow with
    the length of the logs. With --keep-going lines that cannot be read are left out; exit status 4 if that could matter, or
    if webhooks failed. Webhooks are asked 16 at a time, and no more after 16 failures in a row.
    """
    policies = PolicyArguments.take(arguments)
    chain = for_many_questions(policies.engine(locate=False).chain)
    reading = Reading(keep_going=policies.keep_going)
    result = replay(with_progress(read_events(logs, reading), reading), chain)
    _show(result, reading, output)
    tell_broken(reading)
    if result.failures:
        warn(f"{result.failures} requests are refused by failures, the first is {result.failure}")
    if _fails(fail_on, result):
        return Exit.NO
    return Exit.UNDECIDED if (reading.broken or result.failures) and fail_on else Exit.OK


def tell_broken(reading: Reading) -> None:
    """Say on standard error what of the logs could not be read."""
    if reading.problem is not None:
        warn(f"left out: {reading.broken} lines, the first is {reading.problem}")


def with_progress(requests: Iterable[Recorded], reading: Reading) -> Iterator[Recorded]:
    """On a terminal, how far it is; in a pipe nothing."""
    for request in requests:
        if reading.events % _EVERY == 0:
            progress(f"{reading.events:,} events, {reading.bytes >> 20:,} MiB")
        yield request
    progress("")


def _show(result: Replay, reading: Reading, output: str) -> None:
    findings = result.sorted()
    if output in ("json", "yaml"):
        summary = {"events": reading.events, "skipped": reading.skipped, "unreadable": reading.broken}
        click.echo(structured({**summary, "findings": [_to_object(finding) for finding in findings]}, output))
        return
    if findings:
        header = ("EFFECT", "COUNT", "USER", "VERB", "WHAT", "NAMESPACE", "RULE")
        click.echo(rows_as(output, header, [_row(finding) for finding in findings]))
    changed = sum(finding.count for finding in findings)
    click.echo(f"{reading.events} requests, {changed} decided differently, {reading.skipped} events skipped", err=True)


def _row(finding: Finding) -> tuple[str, ...]:
    return (finding.effect.value, str(finding.count), *finding.group, finding.rule.replace("\n", "; "))


def _to_object(finding: Finding) -> dict[str, Any]:
    user, verb, what, namespace = finding.group
    return {
        "effect": finding.effect.value,
        "count": finding.count,
        "user": user,
        "verb": verb,
        "what": what,
        "namespace": namespace,
        "exampleName": finding.example.name,
        "rule": finding.rule,
    }


def _fails(fail_on: str | None, result: Replay) -> bool:
    matters = {"denied": {Effect.DENIED}, "allowed": {Effect.ALLOWED}, "any": set(Effect)}
    return fail_on is not None and any(finding.effect in matters[fail_on] for finding in result.findings.values())
