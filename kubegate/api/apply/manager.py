"""The field manager: called on every write, before admission, with the object as the request has it.

Source: apimachinery ``util/managedfields/internal`` (the chain of managers around structured-merge-diff).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from kubegate.api.apply.elements import BadItem
from kubegate.api.apply.field_set import FieldSet, show_path
from kubegate.api.apply.last_applied import allowed_conflicts, sync_last_applied
from kubegate.api.apply.managers import APPLY, UPDATE, Managed, ManagerKey, cap_updaters, decode, encode, manager_key
from kubegate.api.apply.managers import set_fields as set_owned
from kubegate.api.apply.shape import Shape, builtin_shape
from kubegate.api.apply.updater import ApplyConflicts, OwnershipConflict
from kubegate.api.apply.updater import apply as apply_config
from kubegate.api.apply.updater import update as update_ownership
from kubegate.api.apply.validate import validate
from kubegate.api.names import GroupVersionKind, Object, kind_of, metadata
from kubegate.api.schema.decode import normalize, written
from kubegate.api.schema.errors import DecodeError
from kubegate.api.status import Status, StatusError, bad_request

_BEFORE_FIRST_APPLY = "before-first-apply"
_NEVER_OWNED = FieldSet.of(
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, as what: ``gvk`` is the kind and version of the request, ``name`` the field manager's, ``now`` the time in
    RFC 3339; ``ignored`` the fields that this endpoint resets (status on the main resource, spec on status);
    ``shape`` that of custom resources."""

    gvk: GroupVersionKind
    name: str
    now: str
    subresource: str = ""
    ignored: FieldSet = field(default_factory=FieldSet)
    shape: Shape | None = None

    @property
    def version(self) -> str:
        return self.gvk.api_version

    def type_shape(self) -> Shape:
        """The shape of the kind."""
        return self.shape if self.shape is not None else builtin_shape(self.gvk)


def manager_name(field_manager: str, user_agent: str) -> str:
    """The manager's name: the query parameter, or the User-Agent up to its slash (at most 128 characters)."""
    return field_manager or "".join(char for char in user_agent.partition("/")[0] if char.isprintable())[:128]


def reset_fields(subresource: str, *, has_status: bool, resource: str = "", custom: bool = False) -> FieldSet:
    """The fields that writes to an endpoint reset, so that nobody comes to own them there.

    ``resource`` is the qualified one (``pods``); ``has_status`` tells if it has a status subresource."""
    if subresource == "status":
        return _STATUS_RESETS["custom" if custom else resource if resource in _STATUS_RESETS else ""]
    return _MAIN_RESETS if has_status and subresource in ("", "finalize") else FieldSet()


_MAIN_RESETS = FieldSet.of(("f:status",))
_STATUS_RESETS = {
    "": FieldSet.of(("f:spec",)),
    "custom": FieldSet.of(("f:spec",), ("f:metadata",)),
    "customresourcedefinitions.apiextensions.k8s.io": FieldSet.of(("f:spec",), ("f:metadata",)),
    "deployments.apps": FieldSet.of(("f:spec",), ("f:metadata", "f:labels")),
    "pods": FieldSet.of(("f:spec",), ("f:metadata", "f:deletionTimestamp"), ("f:metadata", "f:ownerReferences")),
}


def track_update(live: Object | None, new: Object, writer: Writer) -> None:
    """Set ``new.metadata.managedFields`` for a create (``live`` None), update or patch.

    Never fails: an object that cannot be tracked keeps what the live one has."""
    meta = metadata(new)
    sent = meta.pop("managedFields", None)
    known: Object = (live or {}).get("metadata", {})
    before = known.get("managedFields")
    try:
        managed = _starting_point(sent, before, from_live=bool(writer.subresource))
        if managed or not known.get("uid"):  # what is there and not tracked does not begin to be
            managed = _update(live, new, managed, writer)
    except (ValueError, BadItem, AttributeError):
        if before:
            meta["managedFields"] = before
        return
    if managed:
        meta["managedFields"] = encode(managed)


def _starting_point(sent: Any, before: Any, *, from_live: bool) -> Managed:
    if not from_live and sent is not None:
        if not sent or sent == [{}]:
            return {}
        try:
            managed = decode(sent)
        except (ValueError, AttributeError):
            managed = {}
        if managed:
            return managed
    return decode(before)


def _update(live: Object | None, new: Object, managed: Managed, writer: Writer) -> Managed:
    mine = manager_key(writer.name, UPDATE, writer.version, writer.subresource)
    own = managed.get(mine)
    made = update_ownership(
        writer.type_shape(), _bare(live, writer), _sent(new, writer), managed, mine, writer.version, writer.ignored
    )
    _strip(made, mine)
    after = made.get(mine)
    if after is not None and (own is None or own.fields != after.fields):
        made[mine] = replace(after, time=writer.now)
    cap_updaters(made)
    return made


def _bare(obj: Object | None, writer: Writer) -> Any:
    if obj is None:
        return normalize(writer.gvk, {}) if writer.shape is None else {"apiVersion": writer.version, "kind": writer.gvk.kind}
    meta = obj.get("metadata")
    if isinstance(meta, dict) and "managedFields" in meta:
        return {**obj, "metadata": {key: value for key, value in meta.items() if key != "managedFields"}}
    return obj


def _sent(obj: Object, writer: Writer) -> Any:
    bare = _bare(obj, writer)
    return written(writer.gvk, bare) if writer.shape is None else bare


def _strip(managed: Managed, mine: ManagerKey) -> None:
    if mine in managed:
        set_owned(managed, mine, managed[mine].fields - _NEVER_OWNED)


def server_side_apply(
    live: Object | None, config: Any, writer: Writer, *, force: bool, reader: Callable[[Any], Object] | None = None
) -> Object:
    """The object that results from applying ``config`` (a JSON value), with its managedFields; not defaulted.

    ``live`` None creates. ``reader`` turns the merged value into an object (custom resources). Raises `StatusError`."""
    gvk = kind_of(config)
    if gvk != writer.gvk:
        raise StatusError(bad_request(f"invalid object type: {gvk.group}/{gvk.version}, Kind={gvk.kind}"))
    meta = config["metadata"] if isinstance(config.get("metadata"), dict) else {}
    if isinstance(meta.get("managedFields"), list):
        raise StatusError(bad_request("metadata.managedFields must be nil"))
    shape = writer.type_shape()
    problem = validate(shape, config)
    if problem:
        place = f"{_text(meta, 'namespace')}/{_text(meta, 'name')}; {gvk.group}/{gvk.version}, Kind={gvk.kind}"
        raise StatusError(Status(500, "", f"failed to create typed patch object ({place}): {problem}"))
    try:
        managed = decode((live or {}).get("metadata", {}).get("managedFields"))
    except ValueError as error:
        raise StatusError(Status(500, "", f"failed to decode managed fields: {error}")) from error
    try:
        return _apply(live, config, managed, writer, force=force, reader=reader)
    except ApplyConflicts as error:
        raise StatusError(_conflict_status(error.conflicts)) from error
    except BadItem as error:
        raise StatusError(Status(500, "", f"failed to merge config: {error.message}")) from error
    except DecodeError as error:
        text = f"failed to convert new object to proper version: {error.message}"
        raise StatusError(Status(500, "", text)) from error


def _text(meta: Object, key: str) -> str:
    """What an object that nobody has checked says its name is."""
    value = meta.get(key)
    return value if isinstance(value, str) else ""


def _apply(
    live: Object | None,
    config: Object,
    managed: Managed,
    writer: Writer,
    *,
    force: bool,
    reader: Callable[[Any], Object] | None,
) -> Object:
    current = _bare(live, writer)
    mine = manager_key(writer.name, APPLY, writer.version, writer.subresource)
    if not managed and live is not None:
        first = replace(writer, name=_BEFORE_FIRST_APPLY)
        managed = _update(None, live, {}, first)
    read = reader or (lambda value: normalize(writer.gvk, value))
    try:
        merged, made = apply_config(
            writer.type_shape(), current, config, managed, mine, writer.version, writer.ignored, force=force
        )
    except ApplyConflicts as error:
        if writer.name != "kubectl" or live is None:
            raise
        rest = [
            conflict for conflict in error.conflicts if conflict.path not in allowed_conflicts(live, writer.type_shape())
        ]
        if rest:
            raise ApplyConflicts(rest) from error
        merged, made = apply_config(
            writer.type_shape(), current, config, managed, mine, writer.version, writer.ignored, force=True
        )
    _strip(made, mine)
    unchanged = merged == current
    if mine in made and not unchanged:
        made[mine] = replace(made[mine], time=writer.now)
    cap_updaters(made)
    obj = read(merged)
    if writer.name == "kubectl" and live is not None:
        sync_last_applied(live, obj, config)
    if made:
        metadata(obj)["managedFields"] = encode(made)
    return obj


def _conflict_status(conflicts: list[OwnershipConflict]) -> Status:
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {c.manager}", "field": show_path(c.path)}
        for c in conflicts
    ]
    if len(conflicts) == 1:
        only = conflicts[0]
        message = f"Apply failed with 1 conflict: conflict with {only.manager}: {show_path(only.path)}"
        return Status(409, "Conflict", message, {"causes": causes})
    lines: list[str] = []
    for key in dict.fromkeys(conflict.manager for conflict in conflicts):
        lines.append(f"conflicts with {key}:")
        lines += [f"- {show_path(conflict.path)}" for conflict in conflicts if conflict.manager == key]
    text = "\n".join(lines)
    return Status(409, "Conflict", f"Apply failed with {len(conflicts)} conflicts: {text}", {"causes": causes})
