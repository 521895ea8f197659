"""docs/lint.md: its table is that of the rules, its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from kubegate.analysis.lint.rules import RULES
from kubegate.analysis.lint.suppress import annotated, from_file

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_rules() -> None:
    rows = re.findall(r"^\| (KG\d+) \| (\w+) \| ([\w-]+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(rule.id, rule.severity.label, rule.name, rule.why, rule.fix) for rule in RULES.values()]


def test_the_examples(tmp_path: Path) -> None:
    annotation, file, hooks, steps = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    [entry] = annotated(annotation, "ClusterRole backup")
    (tmp_path / "suppressions.yaml").write_text(yaml.safe_dump(file, default_flow_style=False))
    [other] = from_file(str(tmp_path / "suppressions.yaml"))
    assert (entry.rule, entry.owner, entry.expires) == (other.rule, other.owner, other.expires)
    shipped = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for hook in hooks["repos"][0]["hooks"]} <= shipped
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    assert set(steps[1]["with"]) <= set(inputs)
