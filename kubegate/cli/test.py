"""`kubegate test`: policy test suites."""

from __future__ import annotations

from pathlib import Path

import click

from kubegate.cli.exit_codes import Exit
from kubegate.errors import InvalidInput


@click.command(name="test")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("-k", "pattern", default="", help="Only cases whose name contains this.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first case that fails.")
@click.option("-o", "--output", type=click.Choice(["text", "json", "junit", "tap", "github"]), default="text")
@click.option("--output-file", metavar="FILE", help="Write the report there instead of standard output.")
def command(paths: tuple[str, ...], pattern: str, fail_fast: bool, output: str, output_file: str | None) -> int:
    """Run the suites (`*.kubegate.yaml`) in files and directories; the current directory by default.

    Exit status 0 if all cases hold, 2 if one does not, 3 if a suite or policy is invalid, 4 if there was no case to run.
    """
    from kubegate.testing.reports import FORMS
    from kubegate.testing.result import Result
    from kubegate.testing.runner import find_suites, run_suite

    results: list[Result] = []
    for suite in find_suites(paths or (".",)):
        for result in run_suite(suite, pattern):
            results.append(result)
            if fail_fast and not result.passed:
                break
        if fail_fast and results and not results[-1].passed:
            break
    _write(FORMS[output](results), output_file)
    if not results:
        click.echo("warning: no case was found", err=True)
        return Exit.UNDECIDED
    return Exit.OK if all(result.passed for result in results) else Exit.NO


def _write(report: str, path: str | None) -> None:
    if path is None:
        click.echo(report)
        return
    try:
        Path(path).write_text(report + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be written').lower()}") from error
