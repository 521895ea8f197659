"""What stands on the page of `kubegate matrix -o html` besides the matrix: findings, and paths of escalation."""

from __future__ import annotations

from kubegate.analysis.escalation.cut import smallest_cut
from kubegate.analysis.escalation.model import request_text
from kubegate.analysis.escalation.paths import find_paths
from kubegate.analysis.escalation.starts import starts
from kubegate.analysis.lint.run import lint
from kubegate.analysis.matrix.page import Section
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.compose.admit import AdmitOptions
from kubegate.compose.dry_run import Engine
from kubegate.compose.escalation import build_world


def sections_of(engine: Engine) -> list[Section]:
    """The findings of the linter about what the manifests hold, and the paths of all subjects."""
    return [_findings(engine), _paths(engine)]


def _findings(engine: Engine) -> Section:
    state = engine.state
    report = lint(state, background=rbac_objects(), locate=state.locate)
    rows = [
        (
            finding.rule.severity.label,
            f"{finding.rule.id} {finding.rule.name}",
            finding.subject,
            finding.message,
            finding.rule.help,
            str(finding.location or ""),
        )
        for finding in report.findings
    ]
    return Section("Findings", ("Severity", "Rule", "Object", "Finding", "Why, and what to do", "Where"), rows)


def _paths(engine: Engine) -> Section:
    world = build_world(engine, AdmitOptions())
    begins = starts(world)
    paths = find_paths(world, begins)
    rows = []
    for path in paths:
        steps = "\n".join(f"{number}. {hop.text}" for number, hop in enumerate(path.hops, 1))
        asks = "\n".join(request_text(request) for hop in path.hops for request in hop.requests)
        places = dict.fromkeys(str(world.place(hop) or "") for hop in path.hops)
        rows.append((str(path.subject), path.target.value, steps, asks, "\n".join(filter(None, places))))
    note = "No path of escalation was found."
    if paths:
        cut = smallest_cut(world, begins, paths)
        names = ", ".join(
            f"{row.kind} {row.namespace}/{row.name}" if row.namespace else f"{row.kind} {row.name}" for row in cut.bindings
        )
        kind = "The smallest set" if cut.exact else "A set"
        note = f"{kind} of bindings without which there is no such path: {names or 'there is none'}."
    return Section("Escalation", ("Subject", "Reaches", "Steps", "Requests", "Allowed at"), rows, note)
