"""`kubegate diff OLD NEW`: who gained and lost what, exactly, with an example each; what admission treats differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kubegate.analysis.diff.compare import Change, Direction
from kubegate.analysis.diff.corpus import corpus_of, decides_on_others
from kubegate.analysis.diff.sets import PolicySet, compare_sets
from kubegate.api.user import MASTERS, User
from kubegate.cli.diff_rows import judged_object, row, to_object
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured
from kubegate.compose.dry_run import ACCESS, ACCESS_GROUP, RBAC_GROUP, RBAC_KINDS, DryRunOptions, Engine, build_engine

if TYPE_CHECKING:
    from kubegate.analysis.diff.admission import AdmissionChange

_FORMS = ["table", "wide", "json", "yaml", "csv", "markdown"]
_LINES = ".jsonl"


@click.command(name="diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--objects",
    multiple=True,
    metavar="PATH",
    help="Objects that both sets' admission judges [default: the sets' workloads].",
)
@click.option(
    "--fail-on",
    type=click.Choice(["widen", "narrow", "any"]),
    help="Exit 2 if somebody gained access or an object is newly admitted (widen), lost or newly rejected (narrow), or any.",
)
@click.option(
    "--bootstrap-policy/--no-bootstrap-policy", default=True, help="Add the default roles of a cluster [default: yes]."
)
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
def command(old: str, new: str, objects: tuple[str, ...], fail_on: str | None, bootstrap_policy: bool, output: str) -> int:
    """Compare the policies of two sets of manifests (files or directories; ABAC: `.jsonl` files).

    RBAC, AccessPolicies and ABAC are compared exactly, not by samples: each row is access that only one of the sets gives
    a subject, the smallest first; `*` is any value, also one that no policy names. The example request is decided
    differently by the two sets. Access that a subject has through a group that it is always in (system:authenticated, the
    groups of service accounts) is no change.

    Admission (policies, Pod Security, quotas, limits) is compared by objects: those of --objects, else the workloads that
    stand in the sets, are created in both. Webhooks are not asked.
    """
    sides = [_engine(path, bootstrap_policy) for path in (old, new)]
    changes = compare_sets(*(_policies(path, side) for path, side in zip((old, new), sides, strict=True)))
    judged = _admission(sides, objects)
    if output in ("json", "yaml"):
        click.echo(structured([*map(to_object, changes), *map(judged_object, judged)], output))
    else:
        _show(changes, judged, output)
    return Exit.NO if _fails(fail_on, changes) or _fails_admission(fail_on, judged) else Exit.OK


def _engine(path: str, bootstrap: bool) -> Engine:
    if path.endswith(_LINES):
        options = DryRunOptions(authorization_mode=("ABAC",), authorization_policy_file=path, bootstrap_policy=False)
        return build_engine(options, locate=False)
    return build_engine(DryRunOptions(filenames=(path,), bootstrap_policy=bootstrap), locate=False)


def _policies(path: str, engine: Engine) -> PolicySet:
    if path.endswith(_LINES):
        # Imported where there are such files.
        from kubegate.authz.abac.load import load_policy_file

        return PolicySet(engine.chain, abac=load_policy_file(path))
    state = engine.state
    return PolicySet(engine.chain, state.of_kind(RBAC_GROUP, *RBAC_KINDS), state.of_kind(ACCESS_GROUP, ACCESS))


def _admission(sides: list[Engine], paths: tuple[str, ...]) -> list[AdmissionChange]:
    if not paths and not any(decides_on_others(obj) for side in sides for obj in side.state):
        return []
    # Admission needs the kinds of the whole API: imported where there is something to judge.
    from kubegate.analysis.diff.admission import compare_admission
    from kubegate.bundle.load import load
    from kubegate.compose.admission import without_webhooks
    from kubegate.compose.admit import AdmitOptions, build_gate
    from kubegate.config.admission import AdmissionOptions

    states = [side.state for side in sides]
    corpus = list(load(paths).state) if paths else corpus_of(states)
    if not corpus:
        return []
    for side in sides:
        side.state = side.state.excluding(corpus)
    options = AdmitOptions(without_webhooks(AdmissionOptions()), trace=False)
    old, new = (build_gate(options, side, corpus) for side in sides)
    return list(compare_admission(old, new, corpus, User.of("kubernetes-admin", [MASTERS])))


def _show(changes: list[Change], judged: list[AdmissionChange], output: str) -> None:
    if changes:
        wide = output != "table"
        conditional = any(change.condition for change in changes)
        header = ("", "SUBJECT", "VERBS", "WHAT", "NAMES", "NAMESPACES")
        header += (*(("CONDITION",) if conditional else ()), *(("EXAMPLE",) if wide else ()))
        click.echo(rows_as(output, header, [row(change, conditional=conditional, wide=wide) for change in changes]))
    if judged:
        rows = [(change.effect.value, change.new.title, change.decider, change.detail) for change in judged]
        click.echo(("\n" if changes else "") + rows_as(output, ("ADMISSION", "OBJECT", "BY", "DETAIL"), rows))
    if not changes and not judged:
        click.echo("no access is gained or lost")


def _fails(fail_on: str | None, changes: list[Change]) -> bool:
    matters = {"widen": {Direction.GAINED}, "narrow": {Direction.LOST}, "any": set(Direction)}
    return fail_on is not None and any(change.direction in matters[fail_on] for change in changes)


def _fails_admission(fail_on: str | None, judged: list[AdmissionChange]) -> bool:
    effects = {change.effect.name for change in judged}
    return bool({"widen": effects & {"ADMITTED"}, "narrow": effects & {"REJECTED"}, "any": effects}.get(fail_on or ""))
