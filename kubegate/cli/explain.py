"""`kubegate explain`: why, or why not."""

from __future__ import annotations

from typing import Any

import click

from kubegate.analysis.explain import Explanation, Opinion, explain
from kubegate.analysis.nearest import Miss
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.api.go import quote
from kubegate.authz.interface import Attributes, Decision
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import structured, table, to_yaml, warn
from kubegate.cli.policy_options import PolicyArguments, identity_options, policy_options, take_user

_WORDS = {Decision.ALLOW: "allows", Decision.DENY: "denies", Decision.NO_OPINION: "no opinion"}


@click.command(name="explain")
@click.argument("verb")
@click.argument("target", metavar="RESOURCE[/SUBRESOURCE]|RESOURCE/NAME|PATH")
@click.argument("name", required=False, default="")
@click.option("--subresource", default="", help="The subresource, such as log or scale.")
@click.option("-n", "--namespace", default="default", show_default=True, help="The namespace that is asked about.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Ask about all namespaces at once.")
@click.option(
    "-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", help="The form of the answer."
)
@identity_options
@policy_options
def command(verb: str, target: str, name: str, **arguments: Any) -> int:
    """Derive a decision: each authorizer's opinion, binding, role and rule with their places; for a denial the nearest
    misses and the smallest change that would allow it, as a manifest. Exit status 0 allowed, 2 not."""
    policy, user = PolicyArguments.take(arguments), take_user(arguments)
    engine = policy.engine()
    question = parse_question(verb, target, name, Vocabulary.of(engine.state), subresource=arguments["subresource"])
    for warning in question.warnings:
        warn(warning)
    attributes = question.asked_by(user, "" if arguments["all_namespaces"] else arguments["namespace"])
    found = explain(engine.chain, engine.rbac, attributes)
    if arguments["output"] == "table":
        click.echo(_text(found, question.text))
    else:
        click.echo(structured(found.to_object(), arguments["output"]))
    if found.allowed:
        return Exit.UNDECIDED if engine.may_deny else Exit.OK
    return Exit.UNDECIDED if engine.problems else Exit.NO


def _text(found: Explanation, request: str) -> str:
    attributes = found.attributes
    can = "can" if found.allowed else "cannot"
    lines = [f"{'yes' if found.allowed else 'no'}: User {quote(attributes.user.name)} {can} {request}{_scope(attributes)}"]
    if attributes.user.groups:
        lines.append(f"groups: {', '.join(attributes.user.groups)}")
    lines += ["", *_opinions(found.opinions)]
    for opinion in found.opinions:
        if opinion.asked and opinion.verdict.decision is not Decision.NO_OPINION:
            lines += _derivation(opinion)
    if found.misses:
        lines += ["", "Nearest misses:"]
        for number, miss in enumerate(found.misses, 1):
            lines += _miss(number, miss)
    if found.change:
        lines += ["", "Smallest change that allows it (checked):", "---", to_yaml(list(found.change))]
    return "\n".join(lines)


def _scope(attributes: Attributes) -> str:
    if not attributes.is_resource:
        return ""
    return f" in namespace {attributes.namespace}" if attributes.namespace else " at the cluster scope"


def _opinions(opinions: tuple[Opinion, ...]) -> list[str]:
    rows = []
    for opinion in opinions:
        word = _WORDS[opinion.verdict.decision] if opinion.asked else "not asked"
        reason = opinion.verdict.reason or "; ".join(opinion.verdict.errors)
        rows.append((opinion.authorizer, word, reason.replace("\n", "; ") if opinion.asked else ""))
    return table(("AUTHORIZER", "OPINION", "REASON"), rows).split("\n")


def _derivation(opinion: Opinion) -> list[str]:
    determinant = opinion.verdict.determined_by
    if determinant is None:
        return []
    details = dict(determinant.details)
    lines = ["", f"Because: {determinant.text}"]
    lines += [f"  {place}" for place in determinant.locations]
    if "rule" in details:
        lines += ["  " + line for line in to_yaml({"rule": dict(details["rule"])}).split("\n")]
    return lines


def _miss(number: int, miss: Miss) -> list[str]:
    lines = [f"{number:2}. [{miss.kind}] {miss.text}", f"      {miss.remedy}"]
    return lines + [f"      {place}" for place in miss.locations]
