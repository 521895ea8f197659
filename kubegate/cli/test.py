"""`kubegate test`: policy test suites, and how good they are."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from kubegate.cli.exit_codes import Exit
from kubegate.cli.terminal import progress
from kubegate.errors import InvalidInput, KubegateError

if TYPE_CHECKING:
    from kubegate.testing.measures.measures import Measures
    from kubegate.testing.running.result import Result

_FORMS = ["text", "json", "junit", "tap", "github", "sarif"]
T = TypeVar("T")
_PERCENT = click.FloatRange(0, 100)


@click.command(name="test")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("-k", "pattern", default="", help="Only cases whose name contains this.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first case that fails.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    help="Suites (and mutants) at a time; 0: one a processor [default: 0].",
)
@click.option("-w", "--watch", is_flag=True, help="Run again whenever a file of the suites or their policies changes.")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="text", show_default=True, help="The form of the report.")
@click.option("--output-file", metavar="FILE", help="Write the report there instead of standard output.")
@click.option(
    "--coverage", is_flag=True, help="Say which bindings, rules, policies and branches of expressions no case exercises."
)
@click.option("--coverage-min", type=_PERCENT, metavar="PERCENT", help="Exit status 2 below it (implies --coverage).")
@click.option("--mutation", is_flag=True, help="Say which small changes of the policies no case notices.")
@click.option("--mutation-min", type=_PERCENT, metavar="PERCENT", help="Exit status 2 below it (implies --mutation).")
@click.option(
    "--init", is_flag=True, help="Write a suite of what everybody may do now to PATH, or standard output; needs -f."
)
@click.option("-f", "--filename", "filenames", multiple=True, metavar="PATH", help="Manifests for --init (repeatable).")
@click.option("--update", is_flag=True, help="Write the access matrices of the suites as things are now.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of suites.")
def command(paths: tuple[str, ...], **arguments: Any) -> int:
    """Run the suites (`*.kubegate.yaml`) in files and directories; the current directory by default.

    \b
    kubegate test policies/ -o junit --output-file report.xml
    kubegate test --init -f manifests/ golden.kubegate.yaml
    kubegate test --update golden.kubegate.yaml

    Exit status 0 if all cases hold, 2 if one does not or a minimum is not reached, 3 if a suite or policy is invalid, 4 if
    there was no case to run.
    """
    if arguments["schema"] or arguments["init"] or arguments["update"]:
        from kubegate.cli.test_files import initialize, show_schema, update

        if arguments["schema"]:
            return show_schema()
        return initialize(paths, arguments["filenames"]) if arguments["init"] else update(paths or (".",))
    if arguments["filenames"]:
        raise click.UsageError("-f goes with --init; suites name their policies themselves")
    return _watch(paths or (".",), arguments) if arguments["watch"] else _once(paths or (".",), arguments)


def _once(paths: Sequence[str], arguments: dict[str, Any]) -> int:
    """Run, report, and answer the exit status."""
    from kubegate.testing.reports.forms import FORMS, warnings

    coverage_min, mutation_min = arguments["coverage_min"], arguments["mutation_min"]
    measures = _measures(
        arguments["coverage"] or coverage_min is not None, arguments["mutation"] or mutation_min is not None
    )
    with measures.watching() if measures else nullcontext():
        results = _run(paths, arguments, measures)
    passed = all(result.passed for result in results)
    if measures and measures.mutation is not None and not passed:
        click.echo("warning: no mutants are tried, since not all cases hold", err=True)
        measures.mutation = None
    elif measures:
        measures.mutate(arguments["pattern"], _progress, arguments["jobs"])
    form = arguments["output"]
    for warning in warnings(results):
        click.echo(f"warning: {warning}", err=True)
    _write(_report(form, FORMS[form](results), measures), arguments["output_file"])
    if not results:
        click.echo("warning: no case was found", err=True)
        return Exit.UNDECIDED
    shortfalls = list(measures.shortfalls(coverage_min, mutation_min)) if measures else []
    for text in shortfalls:
        click.echo(text, err=True)
    return Exit.OK if passed and not shortfalls else Exit.NO


def _watch(paths: Sequence[str], arguments: dict[str, Any]) -> NoReturn:
    """Run now and after every change, until interrupted; what is wrong with a suite is told, and waited out."""
    from kubegate.testing.running.runner import find_suites
    from kubegate.testing.running.watching import changes, watched

    def again() -> None:
        try:
            _once(paths, arguments)
        except KubegateError as error:
            click.echo(f"error: {error}" + (f"\nhint: {error.hint}" if error.hint else ""), err=True)
        click.echo("waiting for changes; Ctrl-C ends", err=True)

    def files() -> list[str]:
        try:
            return watched(paths, find_suites(paths))
        except KubegateError:
            return list(paths)

    find_suites(paths)
    again()
    for _ in changes(files, time.sleep):
        again()
    raise AssertionError("changes never end")


def _measures(coverage: bool, mutation: bool) -> Measures | None:
    if not (coverage or mutation):
        return None
    from kubegate.analysis.coverage.measure import Coverage
    from kubegate.analysis.mutation.score import Score
    from kubegate.testing.measures.measures import Measures

    return Measures(Coverage() if coverage else None, Score() if mutation else None)


def _run(paths: Sequence[str], arguments: dict[str, Any], measures: Measures | None) -> list[Result]:
    from kubegate.testing.running.runner import find_suites
    from kubegate.testing.running.session import Session

    suites = find_suites(paths)

    def told(done: int, results: Sequence[Result]) -> None:
        failed = sum(not result.passed for result in results)
        progress(f"{done}/{len(suites)} suites, {len(results)} cases, {failed} failed")

    session = Session(arguments["pattern"], arguments["fail_fast"], arguments["jobs"], told)
    try:
        return session.run(suites, measures)
    finally:
        progress("")


def _progress(label: str, found: Iterable[T], count: int) -> Iterable[T]:
    """Passes on what it is given; on a terminal it tells how far it is."""
    try:
        for number, item in enumerate(found, 1):
            progress(f"{label}: {number}/{count}")
            yield item
    finally:
        progress("")


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
