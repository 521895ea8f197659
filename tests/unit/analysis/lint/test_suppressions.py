"""Suppressions: in force until they expire, and only with owner, reason and date."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kubegate.analysis.lint.run import lint
from kubegate.analysis.lint.suppress import from_file
from kubegate.errors import InvalidInput

TODAY = date(2026, 1, 1)


def reader(ignore: str = "") -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "reader"}
    if ignore:
        metadata["annotations"] = {"lint.kubegate.dev/ignore": ignore}
    rules = [{"verbs": ["list"], "apiGroups": [""], "resources": ["secrets"]}]
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules}


def found(obj: dict[str, Any], file: str = "") -> set[str]:
    report = lint([obj], today=TODAY, suppressions=from_file(file) if file else ())
    return {finding.rule.id for finding in report.findings} - {"KG014"}


LINE = 'KG102 owner=me reason="the backup" expires='


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("", {"KG102"}),
        (LINE + "2030-01-01", set()),
        (LINE + "2026-01-01", set()),
        (LINE + "2025-12-31", {"KG102", "KG401"}),
        (LINE.replace("KG102", "KG105") + "2030-01-01", {"KG102", "KG402"}),
        (LINE + "2020-01-01\n" + LINE + "2030-01-01", {"KG401"}),
    ],
)
def test_annotations(line: str, ids: set[str]) -> None:
    assert found(reader(line)) == ids


def test_what_is_suppressed_is_known() -> None:
    [(finding, entry)] = lint([reader(LINE + "2030-01-01")], today=TODAY).suppressed
    assert (finding.rule.id, entry.text) == ("KG102", "me: the backup (until 2030-01-01)")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("KG102", "owner is missing"),
        ("KG102 owner=a expires=2030-01-01", "reason is missing"),
        ('KG102 owner=a reason="" expires=2030-01-01', "reason is empty"),
        ("KG102 owner=a reason=b expires=soon", "Invalid isoformat string: 'soon'"),
        ("KG102 owner=a reason=b expires=2030-01-01 until=x", "unknown field until"),
        ("KG999 owner=a reason=b expires=2030-01-01", "there is no rule 'KG999', did you mean"),
        ('KG102 owner="a', "No closing quotation"),
    ],
)
def test_annotations_that_cannot_be_read(line: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        lint([reader(line)], today=TODAY)
    assert message in str(error.value)
    assert "ClusterRole reader" in str(error.value)


ROW = "- {rule: KG102, object: 'ClusterRole r*', owner: me, reason: the backup, expires: 2030-01-01}\n"


@pytest.mark.parametrize(
    ("text", "ids"),
    [(ROW, set()), (ROW.replace("r*", "x*"), {"KG102", "KG402"}), (ROW.replace("2030", "2020"), {"KG102", "KG401"})],
)
def test_files(tmp_path: Path, text: str, ids: set[str]) -> None:
    file = tmp_path / "ignore.yaml"
    file.write_text("# why\n" + text)
    assert found(reader(), str(file)) == ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {rule: KG102}\n", "ignore.yaml:1:3: the suppression cannot be read: owner is missing"),
        (ROW + ROW.replace("owner", "owners"), "ignore.yaml:2:3: unknown field owners"),
        ("- KG102\n", "ignore.yaml:1:3: a suppression is an object"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "ignore.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput) as error:
        from_file(str(file))
    assert message in str(error.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        from_file("/nowhere/ignore.yaml")
