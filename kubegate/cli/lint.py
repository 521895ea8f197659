"""`kubegate lint`: rules that never take effect, dangling references, unknown names, risky grants."""

from __future__ import annotations

from typing import Any

import click

from kubegate import __version__
from kubegate.analysis.lint.finding import RULES, Finding, Severity
from kubegate.analysis.lint.run import lint
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.bundle.load import load
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured

_FORMS = ["table", "json", "yaml", "csv", "markdown", "sarif"]
_LEVELS = [severity.label for severity in Severity]
_SARIF = {Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}


@click.command(name="lint")
@click.option(
    "-f", "--filename", "filenames", multiple=True, metavar="PATH", help="Manifests: file, directory or - (repeatable)."
)
@click.option(
    "--fail-on", type=click.Choice(_LEVELS), default="warning", show_default=True, help="Exit 2 for findings from here on."
)
@click.option("--rules", "list_rules", is_flag=True, help="List the rules.")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
def command(filenames: tuple[str, ...], fail_on: str, list_rules: bool, output: str) -> int:
    """Judge the roles and bindings in manifests.

    A finding is suppressed, until it expires, by the annotation lint.kubegate.dev/ignore of the object:
    `KG102 owner=team-a reason="the backup reads them" expires=2027-01-31`, one a line.
    """
    if list_rules:
        header = ("ID", "SEVERITY", "NAME", "HELP")
        click.echo(rows_as("table", header, [(r.id, r.severity.label, r.name, r.help) for r in RULES.values()]))
        return Exit.OK
    state = load(filenames).state
    findings = lint(state, background=rbac_objects(), locate=state.locate)
    if output in ("json", "yaml"):
        click.echo(structured([_to_object(finding) for finding in findings], output))
    elif output == "sarif":
        click.echo(structured(_sarif(findings), "json"))
    elif findings:
        click.echo(
            rows_as(output, ("SEVERITY", "RULE", "OBJECT", "FINDING", "WHERE"), [_row(finding) for finding in findings])
        )
    limit = _LEVELS.index(fail_on) + 1
    return Exit.NO if any(finding.rule.severity >= limit for finding in findings) else Exit.OK


def _row(finding: Finding) -> tuple[str, ...]:
    where = str(finding.location) if finding.location else ""
    return (finding.rule.severity.label, f"{finding.rule.id} {finding.rule.name}", finding.subject, finding.message, where)


def _to_object(finding: Finding) -> dict[str, Any]:
    place = finding.location
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.rule.severity.label,
        "object": finding.subject,
        "message": finding.message,
        "help": finding.rule.help,
        "file": place.file if place else "",
        "line": place.line if place else 0,
    }


def _sarif(findings: list[Finding]) -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning reads it."""
    rules = [
        {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": rule.name.replace("-", " ")},
            "help": {"text": rule.help},
            "defaultConfiguration": {"level": _SARIF[rule.severity]},
        }
        for rule in RULES.values()
    ]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "kubegate", "version": __version__, "rules": rules}},
                "results": [_sarif_result(finding) for finding in findings],
            }
        ],
    }


def _sarif_result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "level": _SARIF[finding.rule.severity],
        "message": {"text": f"{finding.subject}: {finding.message}"},
    }
    if finding.location:
        region = {"startLine": max(finding.location.line, 1)}
        place = {"artifactLocation": {"uri": finding.location.file}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result
