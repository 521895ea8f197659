"""`kubegate test`: policy test suites, and how good they are."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubegate.cli.exit_codes import Exit
from kubegate.errors import InvalidInput

if TYPE_CHECKING:
    from kubegate.analysis.mutation.mutant import Mutant
    from kubegate.testing.measures import Measures
    from kubegate.testing.result import Result

_PERCENT = click.FloatRange(0, 100)


@click.command(name="test")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("-k", "pattern", default="", help="Only cases whose name contains this.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first case that fails.")
@click.option("-o", "--output", type=click.Choice(["text", "json", "junit", "tap", "github"]), default="text")
@click.option("--output-file", metavar="FILE", help="Write the report there instead of standard output.")
@click.option("--coverage", is_flag=True, help="Say which bindings, rules, policies and branches of expressions no case exercises.")
@click.option("--coverage-min", type=_PERCENT, metavar="PERCENT", help="Exit status 2 below it (implies --coverage).")
@click.option("--mutation", is_flag=True, help="Say which small changes of the policies no case notices.")
@click.option("--mutation-min", type=_PERCENT, metavar="PERCENT", help="Exit status 2 below it (implies --mutation).")
def command(
    paths: tuple[str, ...],
    pattern: str,
    fail_fast: bool,
    output: str,
    output_file: str | None,
    coverage: bool,
    coverage_min: float | None,
    mutation: bool,
    mutation_min: float | None,
) -> int:
    """Run the suites (`*.kubegate.yaml`) in files and directories; the current directory by default.

    Exit status 0 if all cases hold, 2 if one does not or a minimum is not reached, 3 if a suite or policy is invalid, 4 if
    there was no case to run.
    """
    from kubegate.testing.reports import FORMS

    measures = _measures(coverage or coverage_min is not None, mutation or mutation_min is not None)
    with measures.watching() if measures else nullcontext():
        results = _run(paths or (".",), pattern, fail_fast, measures)
    passed = all(result.passed for result in results)
    if measures and measures.mutation is not None and not passed:
        click.echo("warning: no mutants are tried, since not all cases hold", err=True)
        measures.mutation = None
    elif measures:
        measures.mutate(pattern, _progress)
    _write(_report(output, FORMS[output](results), measures), output_file)
    if not results:
        click.echo("warning: no case was found", err=True)
        return Exit.UNDECIDED
    shortfalls = list(measures.shortfalls(coverage_min, mutation_min)) if measures else []
    for text in shortfalls:
        click.echo(text, err=True)
    return Exit.OK if passed and not shortfalls else Exit.NO


def _measures(coverage: bool, mutation: bool) -> Measures | None:
    if not (coverage or mutation):
        return None
    from kubegate.analysis.coverage.measure import Coverage
    from kubegate.analysis.mutation.score import Score
    from kubegate.testing.measures import Measures

    return Measures(Coverage() if coverage else None, Score() if mutation else None)


def _run(paths: Iterable[str], pattern: str, fail_fast: bool, measures: Measures | None) -> list[Result]:
    from kubegate.testing.runner import find_suites, open_suite

    results: list[Result] = []
    for path in find_suites(paths):
        loaded, own = open_suite(path), []
        for result in loaded.run(pattern):
            own.append(result)
            if fail_fast and not result.passed:
                break
        results += own
        if measures:
            measures.add(loaded, own)
        if fail_fast and own and not own[-1].passed:
            break
    return results


def _progress(mutants: Sequence[Mutant]) -> Iterable[Mutant]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield from mutants
        return
    with click.progressbar(mutants, label="mutants", file=sys.stderr) as bar:
        yield from bar


def _report(form: str, cases: str, measures: Measures | None) -> str:
    """Forms for machines that know cases only are left as they are; the rest goes to standard error then."""
    if measures is None:
        return cases
    if form == "json":
        return measures.with_cases(cases)
    if form == "text":
        return "\n".join([cases, *measures.texts()])
    for text in measures.texts():
        click.echo(text, err=True)
    return cases


def _write(report: str, path: str | None) -> None:
    if path is None:
        click.echo(report)
        return
    try:
        Path(path).write_text(report + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be written').lower()}") from error
