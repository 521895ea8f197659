"""`kubegate matrix`: who may do what with which resources, at a glance."""

from __future__ import annotations

from typing import Any

import click

from kubegate.analysis.matrix import LETTERS, VERBS, Cell, all_resources, cells, subjects
from kubegate.analysis.matrix_reasons import reasons
from kubegate.analysis.matrix_subjects import is_pattern, named_elsewhere
from kubegate.analysis.requests import Vocabulary
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured, warn
from kubegate.cli.policy_options import PolicyArguments, policy_options
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
    help="Only this namespace (repeatable) [default: where subjects have bindings].",
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

    Letters: g get, l list, w watch, c create, u update, p patch, d delete, D deletecollection.
    """
    form = arguments["output"]
    engine = PolicyArguments.take(arguments).engine(locate=form == "html")
    vocabulary = Vocabulary.of(engine.state)
    wanted = list(arguments["resources"]) or (["all"] if form == "html" else list(_USUAL))
    resources = all_resources(vocabulary) if wanted == ["all"] else wanted
    others = named_elsewhere(engine.chain)
    many = sorted(str(subject) for subject in others if is_pattern(subject))
    if many:
        warn(f"patterns of AccessPolicies stand for no single subject and have no row: {', '.join(many)}")
    others = {subject: scopes for subject, scopes in others.items() if not is_pattern(subject)}
    who = subjects(engine.rbac, arguments["subject"], system=arguments["system"], others=others)
    found = list(
        cells(
            engine.chain,
            who,
            resources,
            vocabulary,
            namespaces=arguments["namespaces"] or None,
            verbs=arguments["verbs"] or VERBS,
        )
    )
    if form == "html":
        click.echo(_page(engine, found, vocabulary, findings=arguments["findings"]))
    else:
        click.echo(_shown(found, resources, form))
    return Exit.UNDECIDED if engine.problems else Exit.OK


def _page(engine: Engine, found: list[Cell], vocabulary: Vocabulary, *, findings: bool) -> str:
    from kubegate.analysis.matrix_html import page

    sections = []
    if findings:
        from kubegate.cli.matrix_sections import sections_of

        sections = sections_of(engine)
    return page(((cell, reasons(engine.chain, cell, vocabulary)) for cell in found), sections)


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
