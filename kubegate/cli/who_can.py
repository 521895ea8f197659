"""`kubegate who-can`: everybody who may do something, and through which binding and rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from kubegate.analysis.holders.model import DENY, Holder
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.analysis.who_can import who_may
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured, warn
from kubegate.cli.policy_options import PolicyArguments, policy_options

_FORMS = ["table", "wide", "json", "yaml", "csv", "markdown"]


@click.command(name="who-can")
@click.argument("verb")
@click.argument("target", metavar="RESOURCE[/SUBRESOURCE]|RESOURCE/NAME|PATH")
@click.argument("name", required=False, default="")
@click.option("--subresource", default="", help="The subresource, such as log or scale.")
@click.option("-n", "--namespace", default="default", show_default=True, help="The namespace that is asked about.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Who may in all namespaces at once.")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
@policy_options
def command(verb: str, target: str, name: str, **arguments: Any) -> int:
    """List every subject that may do something: users, groups, service accounts, with binding, role and rule.

    RBAC, ABAC lines, AccessPolicies (those that deny too) and nodes are listed; webhooks cannot be, which is said. Groups
    are listed as such: who is in them, the authentication says. Exit status 0 if somebody may (besides system:masters and
    nodes), 2 if nobody may, 4 if only a webhook might allow it or something was left out (--keep-going).
    """
    engine = PolicyArguments.take(arguments).engine()
    everywhere = arguments["all_namespaces"]
    vocabulary = Vocabulary.of(engine.state)
    question = parse_question(verb, target, name, vocabulary, subresource=arguments["subresource"], everywhere=everywhere)
    for warning in question.warnings:
        warn(warning)
    namespace = "" if everywhere else arguments["namespace"]
    answer = who_may(engine.chain, question, namespace)
    for text in answer.incomplete:
        warn(text)
    form = arguments["output"]
    if form in ("json", "yaml"):
        click.echo(structured(answer.to_objects(), form))
    else:
        columns = _columns(answer.holders, wide=form != "table")
        click.echo(rows_as(form, list(columns), [[cell(holder) for cell in columns.values()] for holder in answer.holders]))
    if engine.problems:
        return Exit.UNDECIDED
    if answer.anybody:
        return Exit.OK
    return Exit.UNDECIDED if answer.incomplete else Exit.NO


def _columns(found: Sequence[Holder], *, wide: bool) -> dict[str, Callable[[Holder], str]]:
    """What to show of each; effect and condition only where there are such."""
    columns: dict[str, Callable[[Holder], str]] = {
        "KIND": lambda holder: holder.kind,
        "NAMESPACE": lambda holder: holder.namespace,
        "NAME": lambda holder: holder.name,
        "BINDING": lambda holder: holder.binding,
        "ROLE": lambda holder: holder.role,
        "RULE": lambda holder: holder.rule,
    }
    if any(holder.effect == DENY for holder in found):
        columns["EFFECT"] = lambda holder: holder.effect
    if any(holder.condition for holder in found):
        columns["CONDITION"] = lambda holder: holder.condition
    if wide:
        columns["WHERE"] = lambda holder: " ".join(map(str, holder.locations))
    return columns
