"""``kubegate select SELECTOR [-f OBJECTS]``: parse, canonicalise and apply a label or field selector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kubegate.api.names import Object, kind_of, labels_of, name_of, namespace_of
from kubegate.cli.exit_codes import Exit
from kubegate.selectors import field_labels, fields, labels
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.requirement import LabelSelector

if TYPE_CHECKING:
    from kubegate.bundle.state import ClusterState


@click.command("select")
@click.argument("selector", required=False)
@click.option("-f", "--filename", "paths", multiple=True, help="Objects: a file, a directory, or - (repeatable).")
@click.option("--field-selector", help="Also (or only) select by fields.")
@click.option("-o", "--output", type=click.Choice(["table", "json", "yaml", "name"]), default="table", show_default=True)
def command(selector: str | None, paths: tuple[str, ...], field_selector: str | None, output: str) -> int:
    """Parse SELECTOR, show it in canonical form or, with -f, the objects that it selects.

    Exit codes: 0 something is selected (or nothing was to be), 2 nothing is, 3 the selector or an object is invalid.
    """
    if selector is None and field_selector is None:
        raise click.UsageError("give a SELECTOR, a --field-selector, or both")
    try:
        by_label = labels.parse(selector or "")
        by_field = fields.parse(field_selector or "")
        if not paths:
            _show_selector(by_label, by_field, output)
            return Exit.OK
        chosen = [obj for obj in _objects(paths) if by_label.matches(labels_of(obj)) and _fields_match(by_field, obj)]
    except SelectorError as error:
        click.echo(f"error: {error.message}", err=True)
        if error.caret:
            click.echo(error.caret, err=True)
        return Exit.INVALID
    _show_objects(chosen, output)
    return Exit.OK if chosen else Exit.NO


def _fields_match(selector: fields.FieldSelector, obj: Object) -> bool:
    if selector.empty:
        return True
    kind = kind_of(obj)
    known = field_labels.of_kind(kind)
    return known.matches(known.convert(kind, selector), obj)


def _objects(paths: tuple[str, ...]) -> ClusterState:
    from kubegate.bundle.load import load  # not needed to check a selector alone

    return load(paths).state


def _show_selector(by_label: LabelSelector, by_field: fields.FieldSelector, output: str) -> None:
    rows = [(part.key, part.operator.value, list(part.values)) for part in by_label.requirements]
    rows += [(part.field, part.operator, [part.value]) for part in by_field.requirements]
    if output in ("json", "yaml"):
        requirements = [{"key": key, "operator": operator, "values": values} for key, operator, values in rows]
        _dump({"selector": str(by_label), "fieldSelector": str(by_field), "requirements": requirements}, output)
        return
    click.echo(",".join(filter(None, (str(by_label), str(by_field)))) or "<everything>")
    if output == "table" and rows:
        click.echo()
        _table(
            [
                ("KEY", "OPERATOR", "VALUES"),
                *((key, operator, ",".join(map(repr, values))) for key, operator, values in rows),
            ]
        )


def _show_objects(chosen: list[Object], output: str) -> None:
    if output in ("json", "yaml"):
        _dump({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": chosen}, output)
    elif output == "name":
        for obj in chosen:
            kind = kind_of(obj)
            click.echo(f"{kind.kind.lower()}{'.' + kind.group if kind.group else ''}/{name_of(obj)}")
    elif chosen:
        rows = [(namespace_of(obj), kind_of(obj).kind, name_of(obj), _labels_text(obj)) for obj in chosen]
        _table([("NAMESPACE", "KIND", "NAME", "LABELS"), *rows])
    else:
        click.echo("nothing selected", err=True)


def _labels_text(obj: Object) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels_of(obj).items()))


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _dump(value: Any, output: str) -> None:
    if output == "yaml":
        import yaml

        click.echo(yaml.safe_dump(value, sort_keys=False), nl=False)
    else:
        import orjson

        click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
