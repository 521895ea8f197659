"""`kubegate can-i`: kubectl's question, answered from manifests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from kubegate.analysis.denied_rules import without_denied
from kubegate.analysis.in_parallel import answers, for_many_questions
from kubegate.analysis.limits import may_be_denied_somewhere
from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.analysis.what_can import access_rows, namespaced_rows
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision, RuleList, Verdict, as_one
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured, warn, without_header
from kubegate.cli.policy_options import PolicyArguments, identity_options, policy_options, take_user
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput

_COLUMNS = ("Resources", "Non-Resource URLs", "Resource Names", "Verbs")


@click.command(name="can-i")
@click.argument("verb", required=False)
@click.argument("target", required=False, metavar="[RESOURCE[/SUBRESOURCE]|RESOURCE/NAME|PATH]")
@click.argument("name", required=False, default="")
@click.option("--list", "list_all", is_flag=True, help="List everything that the user may do.")
@click.option("--subresource", default="", help="The subresource, such as log or scale.")
@click.option("-n", "--namespace", default="default", show_default=True, help="The namespace that is asked about.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Ask about all namespaces at once; with --list, about each.")
@click.option("--namespaces", "each_namespace", is_flag=True, help="List the namespaces in which the answer is yes.")
@click.option("-l", "--selector", default="", help="A label selector of the request (list, watch, deletecollection).")
@click.option("--field-selector", default="", help="A field selector of the request.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit status answers.")
@click.option("--no-headers", is_flag=True, help="With --list: no header line.")
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "yaml", "csv", "markdown"]), default="table")
@identity_options
@policy_options
def command(**arguments: Any) -> int:
    """May somebody do something? Prints yes or no; exit status 0 yes, 2 no, 4 undecided.

    \b
    kubegate can-i get pods -f manifests/ --as alice -n shop
    kubegate can-i create deployments/scale web -f manifests/ --as system:serviceaccount:ci:deployer
    kubegate can-i get /healthz -f manifests/ --as system:anonymous
    kubegate can-i --list -f manifests/ --as alice --as-group devs -A
    """
    _check(arguments)
    policy, user = PolicyArguments.take(arguments), take_user(arguments)
    if arguments["list_all"]:
        return _list(policy.engine(locate=False), user, arguments)
    engine = policy.engine(locate=arguments["output"] in ("json", "yaml"))
    question = parse_question(
        arguments["verb"],
        arguments["target"],
        arguments["name"],
        Vocabulary.of(engine.state),
        subresource=arguments["subresource"],
        everywhere=arguments["all_namespaces"] or arguments["each_namespace"],
    )
    if not arguments["quiet"]:
        for warning in question.warnings:
            warn(warning)
    question = question.with_selectors(arguments["selector"], arguments["field_selector"])
    if arguments["each_namespace"]:
        return _namespaces(engine, question, user, arguments)
    attributes = question.asked_by(user, "" if arguments["all_namespaces"] else arguments["namespace"])
    return _answer(engine, attributes, arguments)


def _check(arguments: dict[str, Any]) -> None:
    """Raises for options that do not go together, in kubectl's words."""
    if not arguments["list_all"]:
        if not arguments["verb"] or not arguments["target"]:
            raise click.UsageError("give VERB and RESOURCE (or --list)")
        if arguments["no_headers"]:
            raise InvalidInput("--no-headers cannot be set without --list specified")
    elif arguments["verb"]:
        raise InvalidInput("list option must be specified with no arguments")
    elif arguments["quiet"] or arguments["subresource"]:
        raise InvalidInput("list option can't be specified with neither quiet nor subresource options")


def _namespaces(engine: Engine, question: Question, user: User, arguments: dict[str, Any]) -> int:
    everywhere = engine.chain.authorize(question.asked_by(user, "")).allowed
    limited = question.is_resource and question.namespaced and may_be_denied_somewhere(engine.chain, user)
    candidates = engine.state.namespaces() if question.namespaced and (limited or not everywhere) else []
    chain = for_many_questions(engine.chain)
    verdicts = answers(lambda name: chain.authorize(question.asked_by(user, name)), candidates, chain)
    found, undecided = [], dict[str, None]()
    for name, verdict in zip(candidates, verdicts, strict=True):
        if verdict.allowed:
            found.append(name)
        elif verdict.errors and verdict.decision is not Decision.DENY:
            undecided.update(dict.fromkeys(verdict.errors))
    if everywhere and len(found) == len(candidates):
        found = ["*"]
    _show(found, arguments)
    for text in undecided:
        warn(text)
    if undecided or (engine.may_deny if found == ["*"] else engine.problems):
        return Exit.UNDECIDED
    return Exit.OK if found else Exit.NO


def _show(namespaces: list[str], arguments: dict[str, Any]) -> None:
    if arguments["quiet"]:
        return
    if arguments["output"] in ("json", "yaml"):
        click.echo(structured(namespaces, arguments["output"]))
    elif namespaces:
        click.echo("\n".join(namespaces))


def _answer(engine: Engine, attributes: Attributes, arguments: dict[str, Any]) -> int:
    verdict = engine.chain.authorize(attributes)
    form = arguments["output"]
    if arguments["quiet"]:
        pass
    elif form in ("json", "yaml"):
        click.echo(structured(_object(verdict), form))
    elif verdict.allowed:
        click.echo("yes")
    else:
        click.echo(" - ".join(part for part in ("no", verdict.reason, verdict.error) if part))
    if verdict.allowed:
        return Exit.UNDECIDED if engine.may_deny else Exit.OK
    # Something was left out that might have allowed it, or an authorizer could not be asked.
    return Exit.UNDECIDED if engine.problems or (verdict.errors and verdict.decision is not Decision.DENY) else Exit.NO


def _object(verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {
        "allowed": verdict.allowed,
        "denied": verdict.decision is Decision.DENY,
        "reason": verdict.reason,
    }
    if verdict.errors:
        found["evaluationError"] = verdict.error
    if verdict.determined_by is not None:
        found["determinedBy"] = verdict.determined_by.text
        found["locations"] = [str(place) for place in verdict.determined_by.locations]
    return found


def _list(engine: Engine, user: User, arguments: dict[str, Any]) -> int:
    form = arguments["output"]
    everywhere = arguments["all_namespaces"]
    namespaces = engine.state.namespaces() if everywhere else [arguments["namespace"]]
    chain = engine.chain
    lists = {
        namespace: without_denied(chain, user, namespace, chain.rules_for(user, namespace))
        for namespace in namespaces or ["default"]
    }
    if form in ("json", "yaml"):
        click.echo(structured({namespace: _rules_object(rules) for namespace, rules in lists.items()}, form))
        return Exit.UNDECIDED if engine.problems else Exit.OK
    if any(rules.incomplete for rules in lists.values()):
        warn(f"the list may be incomplete: {as_one(error for rules in lists.values() for error in rules.errors)}")
    header: Sequence[str] = ("Namespace", *_COLUMNS) if everywhere else _COLUMNS
    rows: Sequence[Sequence[str]] = namespaced_rows(lists) if everywhere else access_rows(lists[arguments["namespace"]])
    headless = arguments["no_headers"] and form in ("table", "wide")
    text = without_header(rows) if headless else rows_as(form, header, rows)
    click.echo(text, nl=bool(text))
    return Exit.UNDECIDED if engine.problems else Exit.OK


def _rules_object(rules: RuleList) -> dict[str, Any]:
    return {
        "resourceRules": list(rules.resource_rules),
        "nonResourceRules": list(rules.non_resource_rules),
        "incomplete": rules.incomplete,
        "evaluationError": as_one(rules.errors),
    }
