"""`kubegate who-can`: everybody who may do something, and through which binding and rule."""

from __future__ import annotations

from typing import Any

import click

from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.analysis.who_can import Holder, holders
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

    Groups are listed as such: who is in them, the authentication says. Exit status 0 if somebody may (besides
    system:masters), 2 if nobody may.
    """
    engine = PolicyArguments.take(arguments).engine()
    question = parse_question(verb, target, name, Vocabulary.of(engine.state), subresource=arguments["subresource"])
    for warning in question.warnings:
        warn(warning)
    namespace = "" if arguments["all_namespaces"] else arguments["namespace"]
    found = holders(engine.chain, engine.rbac, question, namespace)
    form = arguments["output"]
    if form in ("json", "yaml"):
        click.echo(structured([holder.to_object() for holder in found], form))
    else:
        wide = form != "table"
        header = ("KIND", "NAMESPACE", "NAME", "BINDING", "ROLE", "RULE", *(("WHERE",) if wide else ()))
        click.echo(rows_as(form, header, [_row(holder, wide) for holder in found]))
    return Exit.OK if any(holder.binding for holder in found) else Exit.NO


def _row(holder: Holder, wide: bool) -> tuple[str, ...]:
    row = (holder.kind, holder.namespace, holder.name, holder.binding, holder.role, holder.rule)
    return (*row, " ".join(map(str, holder.locations))) if wide else row
