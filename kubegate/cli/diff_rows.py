"""How `kubegate diff` shows a change: a row of a table, an object for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kubegate.analysis.diff.boxes import ResourceBox
from kubegate.analysis.diff.chains import NotCompared
from kubegate.analysis.diff.compare import Change, Direction
from kubegate.api.user import split_service_account
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.bindings import Key

if TYPE_CHECKING:
    from kubegate.analysis.diff.admission import AdmissionChange

_SIGNS = {Direction.GAINED: "+", Direction.LOST: "-"}


def _subject(change: Change) -> str:
    return (" and " if change.subject.is_group else " in ").join(map(_one, (change.subject, *change.along)))


def _one(key: Key) -> str:
    account = None if key.is_group else split_service_account(key.name)
    if account:
        return f"ServiceAccount {account[0]}/{account[1]}"
    return f"{'Group' if key.is_group else 'User'} {key.name}"


def row(change: Change, *, conditional: bool, wide: bool) -> tuple[str, ...]:
    """The cells; ``conditional``: with the condition, ``wide``: with the example."""
    box = change.box
    sign, subject, verbs = _SIGNS[change.direction], _subject(change), str(box.verbs)
    if isinstance(box, ResourceBox):
        cells: tuple[str, ...] = (sign, subject, verbs, _what(box), str(box.names), _namespaces(box))
    else:
        cells = (sign, subject, verbs, _paths(box.path, box.is_prefix, box.excluded), "", "")
    cells += (change.condition,) if conditional else ()
    return (*cells, _request(change.example)) if wide else cells


def _what(box: ResourceBox) -> str:
    resources, subresources, groups = str(box.resources), str(box.subresources), str(box.groups)
    what = resources if subresources == '""' else f"{resources}/{subresources}"
    return what if groups == '""' else f"{what} ({groups})"


def _namespaces(box: ResourceBox) -> str:
    return "the cluster's scope" if str(box.namespaces) == '""' else str(box.namespaces)


def _paths(path: str, prefix: bool, excluded: Iterable[tuple[str, bool]]) -> str:
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


def to_object(change: Change) -> dict[str, Any]:
    """The change for programs."""
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
        **({"inGroups": [key.name for key in change.along]} if change.along else {}),
        **what,
        **({"condition": change.condition} if change.condition else {}),
        "example": {"user": example.user.to_info(), "request": _request(example), "confirmed": change.confirmed},
    }


def judged_object(change: AdmissionChange) -> dict[str, Any]:
    """What admission treats differently, for programs."""
    return {
        "admission": change.effect.value,
        "object": change.new.title,
        "by": change.decider,
        "detail": change.detail,
    }


def unknown_object(found: NotCompared) -> dict[str, Any]:
    """What could not be compared, for programs."""
    return {"notCompared": found.what, "why": found.why}
