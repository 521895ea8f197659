"""`kubegate diff OLD NEW`: who gained and lost what, exactly, with an example each; what admission treats differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kubegate.analysis.diff.chains import NotCompared, order_of
from kubegate.analysis.diff.compare import Change, Direction
from kubegate.analysis.diff.corpus import corpus_of, decides_on_others, policies_changed, webhooks_changed
from kubegate.analysis.diff.sets import PolicySet, compare_sets
from kubegate.api.user import MASTERS, User
from kubegate.authz.kinds import is_abac, is_access
from kubegate.cli.diff_rows import judged_object, row, to_object, unknown_object
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured
from kubegate.cli.policy_options import tell_doubts, tell_reading
from kubegate.compose.dry_run import RBAC_GROUP, RBAC_KINDS, DryRunOptions, Engine, build_engine
from kubegate.errors import InvalidInput

if TYPE_CHECKING:
    from kubegate.analysis.diff.admission import AdmissionChange
    from kubegate.api.names import Object
    from kubegate.authz.abac.policy import Policy

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
@click.option(
    "--authorization-config",
    "configurations",
    multiple=True,
    metavar="FILE",
    help="AuthorizationConfiguration of both sets; given twice: of OLD, then of NEW.",
)
@click.option(
    "--authorization-mode",
    "modes",
    multiple=True,
    metavar="LIST",
    help="Authorizers in order; given twice: of OLD, then of NEW.",
)
@click.option("--nodes/--no-nodes", default=True, help="Also what nodes may because of their pods [default: yes].")
@click.option("--keep-going", is_flag=True, help="Leave out what cannot be read; the answer says so (exit 4).")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
def command(old: str, new: str, objects: tuple[str, ...], fail_on: str | None, output: str, **arguments: Any) -> int:
    """Compare the policies of two sets of manifests (files or directories; ABAC: `.jsonl` files).

    RBAC, AccessPolicies and ABAC are compared exactly, not by samples: each row is access that only one of the sets gives
    a subject, the smallest first; `*` is any value, also one that no policy names. The example request is decided
    differently by the two sets. Access that a subject has through a group that it is always in (system:authenticated, the
    groups of service accounts) is no change.

    Admission (policies, Pod Security, quotas, limits) is compared by objects: those of --objects, else the workloads that
    stand in the sets, are created in both.

    Webhooks are not asked: where those of authorization or admission changed, that is told, and the exit status is 4 (nobody
    can say what it widens), as where admission policies changed and there is no object to judge, or where a subject's access
    differs in too many ways to be taken apart.
    """
    pairs = [
        _pair(arguments[name], f"--authorization-{flag}") for name, flag in (("configurations", "config"), ("modes", "mode"))
    ]
    given = zip((old, new), *pairs, strict=True)
    sides = [_engine(path, configuration, modes, arguments) for path, configuration, modes in given]
    compared = compare_sets(*map(_policies, sides), nodes=arguments["nodes"])
    changes = compared.changes
    unknown = [*compared.not_compared, *webhooks_changed(*(side.state for side in sides))]
    judged, counted = _admission(sides, objects)
    unknown += [] if counted else policies_changed(*(side.state for side in sides))
    if output in ("json", "yaml"):
        click.echo(
            structured([*map(to_object, changes), *map(judged_object, judged), *map(unknown_object, unknown)], output)
        )
    else:
        _show(changes, judged, unknown, output)
    if _fails(fail_on, changes) or _fails_admission(fail_on, judged):
        return Exit.NO
    return Exit.UNDECIDED if unknown or any(side.problems for side in sides) else Exit.OK


def _pair(given: tuple[str, ...], flag: str) -> tuple[str, str]:
    if len(given) > 2:
        raise InvalidInput(f"{flag} is given {len(given)} times", hint="once for both sets, or twice: of OLD, then of NEW")
    return (given[0], given[-1]) if given else ("", "")


def _engine(path: str, configuration: str, modes: str, arguments: dict[str, Any]) -> Engine:
    if path.endswith(_LINES):
        options = DryRunOptions(authorization_mode=("ABAC",), authorization_policy_file=path, bootstrap_policy=False)
        return build_engine(options, locate=False)
    options = DryRunOptions(
        filenames=(path,),
        authorization_config=configuration,
        authorization_mode=tuple(mode.strip() for mode in modes.split(",") if mode.strip()),
        bootstrap_policy=arguments["bootstrap_policy"],
        keep_going=arguments["keep_going"],
    )
    engine = build_engine(options, locate=False, told=tell_reading)
    tell_doubts(engine.problems, engine.notes)
    return engine


def _policies(engine: Engine) -> PolicySet:
    """What the chain's members decide by."""
    access: list[Object] = []
    abac: list[Policy] = []
    for member in engine.chain.members:
        if is_access(member):
            access += [policy.object for policy in member.policies]
        elif is_abac(member):
            abac += member.policies
    return PolicySet(
        engine.chain, engine.state.of_kind(RBAC_GROUP, *RBAC_KINDS), access, tuple(abac), order_of(engine.chain)
    )


def _admission(sides: list[Engine], paths: tuple[str, ...]) -> tuple[list[AdmissionChange], int]:
    """What admission treats differently, and how many objects it was asked about."""
    if not paths and not any(decides_on_others(obj) for side in sides for obj in side.state):
        return [], 0
    # Admission needs the kinds of the whole API: imported where there is something to judge.
    from kubegate.analysis.diff.admission import compare_admission
    from kubegate.bundle.load import load
    from kubegate.compose.admission import without_webhooks
    from kubegate.compose.admit import AdmitOptions, build_gate
    from kubegate.config.admission import AdmissionOptions

    states = [side.state for side in sides]
    corpus = list(load(paths).state) if paths else corpus_of(states)
    if not corpus:
        return [], 0
    for side in sides:
        side.state = side.state.excluding(corpus)
    options = AdmitOptions(without_webhooks(AdmissionOptions()), trace=False)
    old, new = (build_gate(options, side, corpus) for side in sides)
    return list(compare_admission(old, new, corpus, User.of("kubernetes-admin", [MASTERS]))), len(corpus)


def _show(changes: list[Change], judged: list[AdmissionChange], unknown: list[NotCompared], output: str) -> None:
    if changes:
        wide = output != "table"
        conditional = any(change.condition for change in changes)
        header = ("", "SUBJECT", "VERBS", "WHAT", "NAMES", "NAMESPACES")
        header += (*(("CONDITION",) if conditional else ()), *(("EXAMPLE",) if wide else ()))
        click.echo(rows_as(output, header, [row(change, conditional=conditional, wide=wide) for change in changes]))
    if judged:
        rows = [(change.effect.value, change.new.title, change.decider, change.detail) for change in judged]
        click.echo(("\n" if changes else "") + rows_as(output, ("ADMISSION", "OBJECT", "BY", "DETAIL"), rows))
    if unknown:
        doubts = [(found.what, found.why) for found in unknown]
        click.echo(("\n" if changes or judged else "") + rows_as(output, ("NOT COMPARED", "WHY"), doubts))
    if not changes and not judged and not unknown:
        click.echo("no access is gained or lost")


def _fails(fail_on: str | None, changes: list[Change]) -> bool:
    matters = {"widen": {Direction.GAINED}, "narrow": {Direction.LOST}, "any": set(Direction)}
    return fail_on is not None and any(change.direction in matters[fail_on] for change in changes)


def _fails_admission(fail_on: str | None, judged: list[AdmissionChange]) -> bool:
    effects = {change.effect.name for change in judged}
    return bool({"widen": effects & {"ADMITTED"}, "narrow": effects & {"REJECTED"}, "any": effects}.get(fail_on or ""))
