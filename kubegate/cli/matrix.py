"""`kubegate matrix`: who may do what with which resources, at a glance."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from kubegate.analysis.in_parallel import asks_webhooks
from kubegate.analysis.matrix.cells import LETTERS, VERBS, Cell, all_resources, cells
from kubegate.analysis.matrix.elsewhere import is_pattern, named_elsewhere
from kubegate.analysis.matrix.reasons import reasons
from kubegate.analysis.matrix.subjects import subjects
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured, warn
from kubegate.cli.policy_options import PolicyArguments, policy_options
from kubegate.cli.terminal import progress
from kubegate.compose.dry_run import Engine

_USUAL = (
    "pods",
    "pods/exec",
    "deployments.apps",
    "services",
    "configmaps",
    "secrets",
    "serviceaccounts",
    "rolebindings",
    "nodes",
)
_EVERY = 64
_FORMS = ["table", "wide", "json", "yaml", "csv", "markdown", "html"]


@click.command(name="matrix")
@click.option(
    "-r", "--resource", "resources", multiple=True, metavar="NAME", help="A column (repeatable); `all` for every resource."
)
@click.option("--verb", "verbs", multiple=True, metavar="VERB", help="Only this verb (repeatable).")
@click.option("--subject", default="*", metavar="PATTERN", help="Only subjects of such names; * stands for any text.")
@click.option("--system", is_flag=True, help="Also the system's own subjects.")
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    help="Only this namespace (repeatable) [default: where subjects have bindings, or may be denied something].",
)
@click.option(
    "-o", "--output", type=click.Choice(_FORMS), default="table", help="html: one page to search, of every resource."
)
@click.option(
    "--findings/--no-findings", default=True, help="html: also what lint finds, and paths of escalation [default: yes]."
)
@policy_options
def command(**arguments: Any) -> int:
    """A table of subjects and resources; each cell says which verbs are allowed, by the whole chain of authorizers.

    Webhooks are asked too, 16 questions at a time; one that fails 16 times in a row is asked no more. Exit status 4 if
    something could not be decided or was left out (--keep-going).

    Letters: g get, l list, w watch, c create, u update, p patch, d delete, D deletecollection.
    """
    form = arguments["output"]
    engine = PolicyArguments.take(arguments).engine(locate=form == "html")
    vocabulary = Vocabulary.of(engine.state)
    wanted = list(arguments["resources"]) or (["all"] if form == "html" else list(_USUAL))
    resources = all_resources(vocabulary) if wanted == ["all"] else wanted
    for name in arguments["resources"]:
        for warning in parse_question("get", name, "", vocabulary).warnings if name != "all" else ():
            warn(warning)
    others = named_elsewhere(engine.chain)
    many = sorted(str(subject) for subject in others if is_pattern(subject))
    if many:
        warn(f"patterns of AccessPolicies stand for no single subject and have no row: {', '.join(many)}")
    if asks_webhooks(engine.chain):
        warn("subjects that only a webhook knows have no row")
    others = {subject: scopes for subject, scopes in others.items() if not is_pattern(subject)}
    who = subjects(engine.rbac, arguments["subject"], system=arguments["system"], others=others)
    undecided: Counter[str] = Counter()
    asked = cells(
        engine.chain,
        who,
        resources,
        vocabulary,
        namespaces=arguments["namespaces"] or None,
        known=engine.state.namespaces(),
        verbs=arguments["verbs"] or VERBS,
        undecided=lambda text: undecided.update([text]),
        told=_tell,
    )
    try:
        found = list(asked)
    finally:
        progress("")
    for text, times in sorted(undecided.items()):
        warn(f"{times} questions are undecided and not in the table: {text}")
    click.echo(_page(engine, found, findings=arguments["findings"]) if form == "html" else _shown(found, resources, form))
    return Exit.UNDECIDED if engine.problems or undecided else Exit.OK


def _tell(done: int, count: int) -> None:
    if done % _EVERY == 0:
        progress(f"{done:,}/{count:,} subjects and resources")


def _page(engine: Engine, found: list[Cell], *, findings: bool) -> str:
    from kubegate.analysis.matrix.page import page

    sections = []
    if findings:
        from kubegate.cli.matrix_sections import sections_of

        sections = sections_of(engine)
    return page(((cell, reasons(cell)) for cell in found), sections)


def _shown(found: list[Cell], resources: list[str], form: str) -> str:
    if form in ("json", "yaml"):
        return structured([_object(cell) for cell in found], form)
    if form == "csv":
        rows = [(str(cell.who), cell.scope, cell.resource, " ".join(cell.verbs)) for cell in found]
        return rows_as(form, ("SUBJECT", "SCOPE", "RESOURCE", "VERBS"), rows)
    table: dict[tuple[str, str], dict[str, str]] = {}
    for cell in found:
        shown = cell.letters if form == "table" and set(cell.verbs) <= set(LETTERS) else " ".join(cell.verbs)
        table.setdefault((str(cell.who), cell.scope), {})[cell.resource] = shown
    columns = [name for name in resources if any(name in row for row in table.values())]
    rows_ = [(*key, *(row.get(name, "-") for name in columns)) for key, row in table.items()]
    return rows_as(form, ("SUBJECT", "SCOPE", *map(str.upper, columns)), rows_)


def _object(cell: Cell) -> dict[str, Any]:
    subject = {"kind": cell.who.kind, "name": cell.who.name}
    if cell.who.namespace:
        subject["namespace"] = cell.who.namespace
    return {"subject": subject, "scope": cell.scope, "resource": cell.resource, "verbs": list(cell.verbs)}
