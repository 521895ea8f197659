"""`kubegate lint`: what never takes effect, refers to nothing, is misspelt or risky in policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kubegate.analysis.lint.finding import Finding, Severity
from kubegate.analysis.lint.rules import RULES
from kubegate.analysis.lint.run import Report, lint
from kubegate.analysis.lint.suppress import Suppression, from_file
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.bundle.load import Loaded, load
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured
from kubegate.cli.policy_options import tell_reading

_FORMS = ["table", "json", "yaml", "csv", "markdown", "github", "sarif"]
_LEVELS = [severity.label for severity in Severity]
_COMMANDS = {Severity.NOTE: "notice", Severity.WARNING: "warning", Severity.ERROR: "error"}
"""GitHub's names for the levels."""


@click.command(name="lint")
@click.argument("files", nargs=-1, metavar="[PATH]...")
@click.option(
    "-f", "--filename", "filenames", multiple=True, metavar="PATH", help="Manifests: file, directory or - (repeatable)."
)
@click.option(
    "--fail-on",
    type=click.Choice([*_LEVELS, "never"]),
    default="warning",
    show_default=True,
    help="Exit 2 for findings from here on.",
)
@click.option("--escalation", is_flag=True, help="Also look for paths of escalation (as kubegate escalate, KG201-KG203).")
@click.option("--suppressions", "files_of_suppressions", multiple=True, metavar="FILE", help="A list of suppressions.")
@click.option("--show-suppressed", is_flag=True, help="Show, too, what is suppressed, by whom and why.")
@click.option("--sarif-file", default="", metavar="FILE", help="Write SARIF there, besides the answer.")
@click.option("--keep-going", is_flag=True, help="Leave out what cannot be read, and say so (exit 4 if nothing is found).")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules: why they matter, and what to do.")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
def command(files: tuple[str, ...], filenames: tuple[str, ...], **arguments: Any) -> int:
    """Judge roles, bindings, AccessPolicies, admission policies and Pod Security levels in manifests.

    A finding is suppressed, until it expires, by the annotation lint.kubegate.dev/ignore of the object:
    `KG102 owner=team-a reason="the backup reads them" expires=2027-01-31`, one a line; or by a row of a --suppressions file:
    {rule: KG102, object: "ClusterRole backup", owner: team-a, reason: ..., expires: 2027-01-31}.
    """
    form = arguments["output"]
    if arguments["list_rules"]:
        click.echo(_rules(form))
        return Exit.OK
    paths = (*filenames, *files)
    loaded = load(paths, keep_going=arguments["keep_going"], told=tell_reading)
    for problem in loaded.problems:
        click.echo(f"warning: left out: {problem}", err=True)
    state = loaded.state
    report = lint(
        state,
        background=rbac_objects(),
        locate=state.locate,
        suppressions=[entry for file in arguments["files_of_suppressions"] for entry in from_file(file)],
        more=_escalation(loaded) if arguments["escalation"] else (),
    )
    shown = report.suppressed if arguments["show_suppressed"] else []
    if text := _shown(report, shown, form):
        click.echo(text)
    if arguments["sarif_file"]:
        Path(arguments["sarif_file"]).write_text(_shown(report, [], "sarif") + "\n", encoding="utf-8")
    if arguments["fail_on"] == "never":
        return Exit.OK
    limit = _LEVELS.index(arguments["fail_on"]) + 1
    if any(finding.rule.severity >= limit for finding in report.findings):
        return Exit.NO
    return Exit.UNDECIDED if loaded.problems else Exit.OK


def _escalation(loaded: Loaded) -> list[Finding]:
    # Here, because admission loads the kinds of the whole API.
    from kubegate.analysis.escalation.findings import findings
    from kubegate.analysis.escalation.paths import find_paths
    from kubegate.analysis.escalation.starts import starts
    from kubegate.compose.admit import AdmitOptions
    from kubegate.compose.dry_run import DryRunOptions, build_engine
    from kubegate.compose.escalation import build_world

    engine = build_engine(DryRunOptions(), loaded=loaded)
    world = build_world(engine, AdmitOptions())
    return list(findings(world, find_paths(world, starts(world))))


def _rules(form: str) -> str:
    if form in ("json", "yaml"):
        fields = ("id", "name", "why", "fix")
        return structured(
            [{**{key: getattr(r, key) for key in fields}, "severity": r.severity.label} for r in RULES.values()], form
        )
    rows = [(r.id, r.severity.label, r.name, r.why, r.fix) for r in RULES.values()]
    return rows_as(form, ("ID", "SEVERITY", "NAME", "WHY", "FIX"), rows)


def _shown(report: Report, suppressed: list[tuple[Finding, Suppression]], form: str) -> str:
    if form == "sarif":
        from kubegate.analysis.lint.sarif import sarif

        return structured(sarif(report.findings, report.suppressed), "json")
    if form == "github":
        return "\n".join(map(_annotation, report.findings))
    if form in ("json", "yaml"):
        rows = [_to_object(finding, None) for finding in report.findings]
        return structured([*rows, *(_to_object(*pair) for pair in suppressed)], form)
    table = [_row(finding, None) for finding in report.findings] + [_row(*pair) for pair in suppressed]
    return rows_as(form, ("SEVERITY", "RULE", "OBJECT", "FINDING", "WHERE"), table) if table else ""


def _row(finding: Finding, suppression: Suppression | None) -> tuple[str, ...]:
    where = str(finding.location) if finding.location else ""
    severity = f"({finding.rule.severity.label})" if suppression else finding.rule.severity.label
    message = finding.message + (f" [suppressed: {suppression.text}]" if suppression else "")
    return severity, f"{finding.rule.id} {finding.rule.name}", finding.subject, message, where


def _to_object(finding: Finding, suppression: Suppression | None) -> dict[str, Any]:
    place = finding.location
    found = {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.rule.severity.label,
        "object": finding.subject,
        "message": finding.message,
        "help": finding.rule.help,
        "file": place.file if place else "",
        "line": place.line if place else 0,
    }
    if finding.steps:
        found["steps"] = [{"text": text, "location": str(where) if where else ""} for text, where in finding.steps]
    if suppression is not None:
        entry = suppression
        found["suppressed"] = {"owner": entry.owner, "reason": entry.reason, "expires": str(entry.expires)}
    return found


def _annotation(finding: Finding) -> str:
    """A workflow command of GitHub; what would end its parts early is escaped."""
    place, title = finding.location, f"{finding.rule.id} {finding.rule.name}"
    properties = [f"title={_escaped(title, ':,')}"]
    if place is not None and not place.file.startswith("<"):
        properties = [f"file={_escaped(place.file, ':,')}", f"line={max(place.line, 1)}", *properties]
    text = f"{finding.subject}: {finding.message}. {finding.rule.fix}"
    return f"::{_COMMANDS[finding.rule.severity]} {','.join(properties)}::{_escaped(text)}"


def _escaped(text: str, also: str = "") -> str:
    for char in ("%", "\r", "\n", *also):
        text = text.replace(char, f"%{ord(char):02X}")
    return text
