"""What `kubegate admit` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kubegate.cli.output import structured, table, to_yaml, warn

if TYPE_CHECKING:
    from kubegate.analysis.admission.judgement import Judgement

FORMS = ["table", "wide", "yaml", "json", "junit", "sarif"]


def show(judgements: Sequence[Judgement], form: str) -> None:
    """Print them in one of `FORMS`; where the form has no room for them, warnings and refusals go to standard error."""
    from kubegate.analysis.admission.reports import junit, sarif

    if form == "json":
        click.echo(structured({"results": [judgement.to_object() for judgement in judgements]}, "json"))
    elif form == "yaml":
        _tell_problems(judgements)
        admitted = [_ordered(judgement.result) for judgement in judgements if judgement.result is not None]
        click.echo(to_yaml(admitted) if admitted else "")
    elif form == "junit":
        click.echo(junit(judgements))
    elif form == "sarif":
        click.echo(structured(sarif(judgements), "json"))
    else:
        _print_table(judgements, wide=form == "wide")


def _ordered(obj: dict[str, Any]) -> dict[str, Any]:
    """The object with apiVersion and kind first, as people write it."""
    return {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), **obj}


def _tell_problems(judgements: Sequence[Judgement]) -> None:
    from kubegate.analysis.admission.reports import flat

    for judgement, title in flat(judgements):
        for text in judgement.warnings:
            warn(f"{title}: {text}")
        if judgement.refusal is not None:
            click.echo(f"refused: {title}: {judgement.refusal.message}", err=True)


def _print_table(judgements: Sequence[Judgement], *, wide: bool) -> None:
    from kubegate.analysis.admission.reports import flat

    rows = []
    for judgement, title in flat(judgements):
        if judgement.refusal is None:
            rows.append([title, "admitted", "", ", ".join(change.plugin for change in judgement.changes)])
        else:
            at = f" [{judgement.decided_by} {judgement.decided_at or ''}]".replace(" ]", "]") if judgement.decided_by else ""
            rows.append([title, "refused", judgement.refused_by, judgement.refusal.message + at])
    click.echo(table(["OBJECT", "VERDICT", "BY", "REASON" if not wide else "REASON OR CHANGES"], rows))
    for judgement, title in flat(judgements):
        for text in judgement.warnings:
            warn(f"{title}: {text}")
        for change in judgement.changes if wide else ():
            click.echo(f"\n{title}: changed by {change.plugin}")
            for step in change.patch:
                click.echo(f"  {step['op']} {step['path']} {_value(step)}".rstrip())


def _value(step: dict[str, Any]) -> str:
    import orjson

    return orjson.dumps(step["value"]).decode() if "value" in step else step.get("from", "")
