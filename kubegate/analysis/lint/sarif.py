"""Findings as SARIF 2.1.0, as code scanning reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from kubegate import __version__
from kubegate.analysis.lint.finding import Finding, LintRule, Severity
from kubegate.analysis.lint.rules import RULES
from kubegate.analysis.lint.suppress import Suppression
from kubegate.analysis.sarif_places import place_of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}
_SCORE = {Severity.NOTE: "2.0", Severity.WARNING: "5.5", Severity.ERROR: "8.5"}
"""How GitHub ranks security findings: low, medium, high."""


def sarif(findings: Iterable[Finding], suppressed: Iterable[tuple[Finding, Suppression]] = ()) -> dict[str, Any]:
    """One run with every rule; suppressed findings are in it, marked as such."""
    results = [_result(finding) for finding in findings]
    results += [_result(finding) | {"suppressions": [_suppression(entry)]} for finding, entry in suppressed]
    driver = {
        "name": "kubegate",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(rule: LintRule) -> dict[str, Any]:
    words = rule.name.replace("-", " ")
    risky = rule.id[2] in "12"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": words},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.help, "markdown": f"{rule.why}\n\n**Fix:** {rule.fix}"},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"tags": ["security"], "security-severity": _SCORE[rule.severity]} if risky else {},
    }


def _result(finding: Finding) -> dict[str, Any]:
    text = f"{finding.subject}: {finding.message}"
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": list(RULES).index(finding.rule.id),
        "level": _LEVEL[finding.rule.severity],
        "message": {"text": text},
        "partialFingerprints": {"kubegate/v1": hashlib.sha256(f"{finding.rule.id} {text}".encode()).hexdigest()[:32]},
    }
    place = place_of(finding.location)
    if place:
        result["locations"] = [place]
    steps = [place_of(where) | {"message": {"text": said}} for said, where in finding.steps]
    if steps:
        result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": step} for step in steps]}]}]
    return result


def _suppression(entry: Suppression) -> dict[str, Any]:
    return {"kind": "inSource" if entry.in_source else "external", "status": "accepted", "justification": entry.text}
