"""The parts of `kubegate test` that write files instead of running suites: --init, --update, --schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from kubegate.cli.exit_codes import Exit
from kubegate.errors import InvalidInput


def show_schema() -> int:
    """Print the JSON Schema."""
    from kubegate.testing.suites.schema import FILE

    click.echo(FILE.read_text(encoding="utf-8"), nl=False)
    return Exit.OK


def initialize(paths: Sequence[str], filenames: Sequence[str]) -> int:
    """Write a suite of the present behaviour; a file that is there already is left alone."""
    from kubegate.testing.suites.golden import initial
    from kubegate.testing.suites.suite import PATTERN

    if not filenames:
        raise click.UsageError("--init needs the manifests: -f PATH")
    if len(paths) > 1:
        raise click.UsageError("--init writes one suite: give one PATH")
    if not paths or paths[0] == "-":
        click.echo(initial(Path("suite.kubegate.yaml"), filenames), nl=False)
        return Exit.OK
    file = Path(paths[0])
    if not file.name.endswith(PATTERN.removeprefix("*")):
        raise InvalidInput(f"{file}: a suite's name ends in {PATTERN.removeprefix('*')}")
    if file.exists():
        raise InvalidInput(f"{file} is there already", hint="--update writes its access matrices anew")
    _write(file, initial(file, filenames))
    click.echo(f"{file} written", err=True)
    return Exit.OK


def update(paths: Sequence[str]) -> int:
    """Write the matrices of the suites as things are now."""
    from kubegate.testing.running.runner import find_suites
    from kubegate.testing.suites.golden import updated

    for file in find_suites(paths):
        text = updated(file)
        if text is not None:
            _write(file, text)
            click.echo(f"{file} updated", err=True)
    return Exit.OK


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{file}: {(error.strerror or 'cannot be written').lower()}") from error
