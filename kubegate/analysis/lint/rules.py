"""The rules by their stable ids (``rules.yaml``)."""

from __future__ import annotations

from pathlib import Path

import yaml

from kubegate.analysis.lint.finding import LintRule, Severity


def _rules() -> dict[str, LintRule]:
    rows = yaml.load(Path(__file__).with_name("rules.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    made = (LintRule(row["id"], row["name"], Severity[row["severity"].upper()], row["why"], row["fix"]) for row in rows)
    return {rule.id: rule for rule in made}


RULES = _rules()
