"""`kubegate escalate`: who can make himself master of the cluster, and how; and what would have to go."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from kubegate.analysis.escalation.cut import Cut, smallest_cut
from kubegate.analysis.escalation.model import Blocked, Path, label, request_text
from kubegate.analysis.escalation.paths import find_paths
from kubegate.analysis.escalation.scope import NOT_LOOKED_AT, Searched, searched
from kubegate.analysis.escalation.starts import starts
from kubegate.analysis.escalation.world import World
from kubegate.authz.rbac.bindings import Binding
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured, warn
from kubegate.cli.policy_options import PolicyArguments, policy_options
from kubegate.errors import Location

_FORMS = ["table", "json", "yaml", "csv", "markdown", "sarif"]
_REGISTRATION = "admissionregistration.k8s.io"
_HOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


@click.command(name="escalate")
@click.option("--subject", default="*", metavar="PATTERN", help="Only subjects of this name (* stands for any text).")
@click.option("--system", is_flag=True, help="Subjects of the system too: system:..., kube-system.")
@click.option("--cut/--no-cut", default=True, help="Find the smallest set of bindings that breaks all paths [default: yes].")
@click.option("--blocked", is_flag=True, help="Show, too, the steps that admission alone stops.")
@click.option("--admission/--no-admission", default=True, help="Ask admission about what steps write [default: yes].")
@click.option("--enable-admission-plugins", default="", metavar="LIST", help="Plugins to enable besides the default ones.")
@click.option("--disable-admission-plugins", default="", metavar="LIST", help="Plugins to disable.")
@click.option("--admission-control-config-file", default="", metavar="FILE", help="AdmissionConfiguration file.")
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
@policy_options
def command(subject: str, system: bool, output: str, **arguments: Any) -> int:
    """Look for paths of escalation: from each subject of a binding to cluster-admin, root on nodes, or the secrets of
    kube-system.

    No step is assumed: the authorizers allow its requests, admission (Pod Security, policies, quotas ...) admits what it
    writes, and writes of roles and bindings pass the check against escalation. Where there is no path, it is said how much
    was looked at, and what was not (no path found is no proof: docs/lint.md). Exit status 0 if there is no path, 2 if there
    is one, 4 if there is none but --keep-going left something out.
    """
    engine = PolicyArguments.take(arguments).engine()
    world = _world(engine, arguments)
    begins = starts(world, subject, system=system)
    paths = find_paths(world, begins)
    blocked, looked = list(world.blocked.values()), searched(world, begins)
    cut = smallest_cut(world, begins, paths) if arguments["cut"] and paths else None
    if output == "sarif":
        from kubegate.analysis.escalation.findings import findings
        from kubegate.analysis.lint.sarif import sarif

        click.echo(structured(sarif(findings(world, paths)), "json"))
    elif output in ("json", "yaml"):
        click.echo(structured(_to_object(world, paths, cut, blocked) | {"searched": _scope(looked)}, output))
    else:
        _tables(world, paths, cut, blocked if arguments["blocked"] else [], output)
        if not paths and output != "csv":
            click.echo(f"\nsearched: {looked.text}\nnot looked at:\n" + "\n".join(f"  {text}" for text in NOT_LOOKED_AT))
    if arguments["admission"] and (unasked := engine.state.of_kind(_REGISTRATION, *_HOOKS)):
        warn(f"webhooks were not asked: {', '.join(str(obj['metadata']['name']) for obj in unasked)}")
    if paths:
        return Exit.NO
    return Exit.UNDECIDED if engine.problems else Exit.OK


def _world(engine: Any, arguments: dict[str, Any]) -> World:
    # Here, because admission loads the kinds of the whole API.
    from kubegate.compose.admit import AdmitOptions
    from kubegate.compose.escalation import build_world
    from kubegate.config.admission import AdmissionOptions

    options = AdmissionOptions(
        enable_admission_plugins=_names(arguments["enable_admission_plugins"]),
        disable_admission_plugins=_names(arguments["disable_admission_plugins"]),
        admission_control_config_file=arguments["admission_control_config_file"],
    )
    return build_world(engine, AdmitOptions(options) if arguments["admission"] else None)


def _scope(looked: Searched) -> dict[str, Any]:
    return {**asdict(looked), "notLookedAt": list(NOT_LOOKED_AT)}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tables(world: World, paths: list[Path], cut: Cut | None, blocked: list[Blocked], form: str) -> None:
    if not paths:
        click.echo("no path of escalation was found")
    else:
        rows = [row for path in paths for row in _rows(world, path)]
        click.echo(rows_as(form, ("SUBJECT", "REACHES", "STEP", "REQUESTS", "ALLOWED AT"), rows))
    if cut is not None and form != "csv":
        click.echo("\n" + _cut_text(world, cut))
        if cut.bindings:
            bindings = [(_named(row), _role(row), _line(world.rbac.locate(row.object, ""))) for row in cut.bindings]
            click.echo(rows_as(form, ("BINDING", "ROLE", "WHERE"), bindings))
    if blocked and form != "csv":
        click.echo("\nadmission stops:")
        stops = [(row.who, row.text, row.plugin, row.message.splitlines()[0][:200], _decider(row)) for row in blocked]
        click.echo(rows_as(form, ("SUBJECT", "STEP", "BY", "REASON", "DECIDED AT"), stops))


def _cut_text(world: World, cut: Cut) -> str:
    size = len(cut.bindings)
    kind = "the smallest set that does" if cut.exact else "no smaller set is known"
    lines = []
    if size:
        lines.append(f"without {'this binding' if size == 1 else f'these {size} bindings'} there is no such path ({kind}):")
    if cut.unbreakable:
        names = ", ".join(dict.fromkeys(str(path.subject) for path in cut.unbreakable))
        lines.insert(0, f"no binding that could be taken away breaks the paths of {names}")
    return "\n".join(lines)


def _rows(world: World, path: Path) -> list[tuple[str, ...]]:
    """A row a step; whose path it is stands in the first."""
    rows: list[tuple[str, ...]] = []
    for number, hop in enumerate(path.hops, 1):
        who, target = (str(path.subject), str(path.target)) if number == 1 else ("", "")
        requests = "; ".join(request_text(request) for request in hop.requests)
        rows.append((who, target, f"{number}. {hop.text}", requests, _line(world.place(hop))))
    return rows


def _to_object(world: World, paths: list[Path], cut: Cut | None, blocked: list[Blocked]) -> dict[str, Any]:
    answer: dict[str, Any] = {"paths": [_path(world, path) for path in paths]}
    if cut is not None:
        answer["cut"] = {
            "bindings": [
                {
                    "kind": row.kind,
                    "namespace": row.namespace,
                    "name": row.name,
                    "role": _role(row),
                    "location": str(world.rbac.locate(row.object, "") or ""),
                }
                for row in cut.bindings
            ],
            "smallest": cut.exact,
            "unbreakable": [str(path.subject) for path in cut.unbreakable],
        }
    answer["blocked"] = [
        {
            "subject": row.who,
            "step": row.text,
            "plugin": row.plugin,
            "message": row.message,
            "decidedBy": row.decided_by,
            "location": str(row.location or ""),
        }
        for row in blocked
    ]
    return answer


def _path(world: World, path: Path) -> dict[str, Any]:
    steps = [
        {
            "text": hop.text,
            "becomes": label(hop.becomes) if hop.becomes else None,
            "requests": [
                {"request": request_text(request), "allowedBy": world.through(request)} for request in hop.requests
            ],
        }
        for hop in path.hops
    ]
    return {"subject": str(path.subject), "reaches": path.target.value, "steps": steps}


def _named(binding: Binding) -> str:
    return f"{binding.kind} {binding.namespace}/{binding.name}" if binding.namespace else f"{binding.kind} {binding.name}"


def _role(binding: Binding) -> str:
    return f"{binding.role.id.kind} {binding.role.id.name}"


def _decider(row: Blocked) -> str:
    return " ".join(part for part in (row.decided_by, _line(row.location)) if part)


def _line(place: Location | None) -> str:
    return f"{place.file}:{place.line}" if place is not None else ""
