"""`kubegate diff OLD NEW`: who gained and lost what, exactly, with an example request each."""

from __future__ import annotations

from typing import Any

import click

from kubegate.analysis.diff.boxes import ResourceBox
from kubegate.analysis.diff.compare import Change, Direction, compare
from kubegate.api.names import Object
from kubegate.api.user import split_service_account
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Key
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import rows_as, structured
from kubegate.compose.dry_run import RBAC_GROUP, RBAC_KINDS, DryRunOptions, build_engine

_FORMS = ["table", "wide", "json", "yaml", "csv", "markdown"]
_SIGNS = {Direction.GAINED: "+", Direction.LOST: "-"}


@click.command(name="diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-on",
    type=click.Choice(["widen", "narrow", "any"]),
    help="Exit 2 if somebody gained (widen) or lost (narrow) access, or either.",
)
@click.option(
    "--bootstrap-policy/--no-bootstrap-policy", default=True, help="Add the default roles of a cluster [default: yes]."
)
@click.option("-o", "--output", type=click.Choice(_FORMS), default="table", help="The form of the answer.")
def command(old: str, new: str, fail_on: str | None, bootstrap_policy: bool, output: str) -> int:
    """Compare the RBAC policies of two sets of manifests (files or directories): exactly, not by samples.

    Each row is access that only one of the sets gives a subject, the smallest first; `*` is any value, also one that no
    policy names. The example request is decided differently by the two sets. Access that a subject has through a group that
    it is always in (system:authenticated, the groups of service accounts) is no change.
    """
    changes = compare(_policies(old, bootstrap_policy), _policies(new, bootstrap_policy))
    if output in ("json", "yaml"):
        click.echo(structured([_to_object(change) for change in changes], output))
    elif changes:
        wide = output != "table"
        header = ("", "SUBJECT", "VERBS", "WHAT", "NAMES", "NAMESPACES", *(("EXAMPLE",) if wide else ()))
        click.echo(rows_as(output, header, [_row(change, wide) for change in changes]))
    else:
        click.echo("no access is gained or lost")
    return Exit.NO if _fails(fail_on, changes) else Exit.OK


def _policies(path: str, bootstrap: bool) -> list[Object]:
    state = build_engine(DryRunOptions(filenames=(path,), bootstrap_policy=bootstrap), locate=False).state
    return state.of_kind(RBAC_GROUP, *RBAC_KINDS)


def _fails(fail_on: str | None, changes: list[Change]) -> bool:
    matters = {"widen": {Direction.GAINED}, "narrow": {Direction.LOST}, "any": set(Direction)}
    return fail_on is not None and any(change.direction in matters[fail_on] for change in changes)


def _subject(key: Key) -> str:
    account = None if key.is_group else split_service_account(key.name)
    if account:
        return f"ServiceAccount {account[0]}/{account[1]}"
    return f"{'Group' if key.is_group else 'User'} {key.name}"


def _row(change: Change, wide: bool) -> tuple[str, ...]:
    box = change.box
    sign, subject, verbs = _SIGNS[change.direction], _subject(change.subject), str(box.verbs)
    if isinstance(box, ResourceBox):
        row: tuple[str, ...] = (sign, subject, verbs, _what(box), str(box.names), _namespaces(box))
    else:
        row = (sign, subject, verbs, _paths(box.path, box.is_prefix, box.excluded), "", "")
    return (*row, _request(change.example)) if wide else row


def _what(box: ResourceBox) -> str:
    resources, subresources, groups = str(box.resources), str(box.subresources), str(box.groups)
    what = resources if subresources == '""' else f"{resources}/{subresources}"
    return what if groups == '""' else f"{what} ({groups})"


def _namespaces(box: ResourceBox) -> str:
    return "the cluster's scope" if str(box.namespaces) == '""' else str(box.namespaces)


def _paths(path: str, prefix: bool, excluded: tuple[tuple[str, bool], ...]) -> str:
    shown = path + "*" if prefix else path
    holes = ",".join(hole + "*" if wide else hole for hole, wide in excluded)
    return f"{shown} except {holes}" if holes else shown


def _request(attributes: Attributes) -> str:
    if not attributes.is_resource:
        return f"{attributes.verb} {attributes.path}"
    what = attributes.resource + (f".{attributes.group}" if attributes.group else "")
    what += f"/{attributes.subresource}" if attributes.subresource else ""
    words = [attributes.verb, what, attributes.name, f"-n {attributes.namespace}" if attributes.namespace else ""]
    return " ".join(word for word in words if word)


def _to_object(change: Change) -> dict[str, Any]:
    box, example = change.box, change.example
    if isinstance(box, ResourceBox):
        what: dict[str, Any] = {
            "verbs": str(box.verbs),
            "apiGroups": str(box.groups),
            "resources": str(box.resources),
            "subresources": str(box.subresources),
            "resourceNames": str(box.names),
            "namespaces": str(box.namespaces),
        }
    else:
        what = {"verbs": str(box.verbs), "nonResourceURLs": _paths(box.path, box.is_prefix, box.excluded)}
    return {
        "direction": change.direction.value,
        "subject": {"kind": "Group" if change.subject.is_group else "User", "name": change.subject.name},
        **what,
        "example": {"user": example.user.to_info(), "request": _request(example), "confirmed": change.confirmed},
    }
