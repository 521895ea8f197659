"""Mutants of the objects that admission policies take as params: a value that is different, a param that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubegate.analysis.mutation.operators.edit import Edit, Path, drop_each, removed, replaced, value_at
from kubegate.api.names import Object, kind_of, labels_of, name_of, namespace_of
from kubegate.bundle.state import ClusterState
from kubegate.selectors.label_selector import from_object

CHANGED, GONE = "param value changed", "param removed"
_GROUP = "admissionregistration.k8s.io"
_POLICIES = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
_HEAD = ("apiVersion", "kind", "metadata", "status")
_NUMBER = re.compile(r"\d+")


def param_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of an object, in the order of its fields."""
    yield Edit(GONE, (), None)
    for field in obj:
        if field not in _HEAD:
            yield from _edits(obj, (field,))


def _edits(obj: Object, path: Path) -> Iterator[Edit]:
    value = value_at(obj, path)
    if isinstance(value, dict):
        for key in value:
            yield from _edits(obj, (*path, key))
        if len(path) == 1:
            yield from (Edit("param value removed", (*path, key), removed(obj, (*path, key))) for key in value)
    elif isinstance(value, list):
        yield from drop_each(obj, "param value removed", path)
        for index in range(len(value)):
            yield from _edits(obj, (*path, index))
    elif value is not None:
        yield Edit(CHANGED, path, replaced(obj, path, _other(value)))


def _other(value: Any) -> Any:
    """One more of a number, also of one in a text; the opposite of a truth value; a longer text."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    text = str(value)
    if text in ("true", "false"):
        return "false" if text == "true" else "true"
    return _NUMBER.sub(lambda match: str(int(match[0]) + 1), text, count=1) if text[:1].isdigit() else f"{text}x"


def policies_of(state: ClusterState, obj: Object) -> list[Object]:
    """The policies that may take an object as their param, by their bindings."""
    found = []
    for kind in _POLICIES:
        for binding in state.of_kind(_GROUP, f"{kind}Binding"):
            policy = state.get(_GROUP, kind, "", str(value_at(binding, ("spec", "policyName")) or ""))
            if policy is not None and policy not in found and _is_param(obj, policy, binding):
                found.append(policy)
    return found


def _is_param(obj: Object, policy: Object, binding: Object) -> bool:
    wanted, ref = value_at(policy, ("spec", "paramKind")), value_at(binding, ("spec", "paramRef"))
    if not wanted or not ref or (wanted.get("kind"), wanted.get("apiVersion")) != (obj.get("kind"), obj.get("apiVersion")):
        return False
    if ref.get("namespace") and ref["namespace"] != namespace_of(obj):
        return False
    if ref.get("name"):
        return bool(ref["name"] == name_of(obj))
    return bool(from_object(ref.get("selector") or {}).matches(labels_of(obj)))


def param_kinds(state: ClusterState) -> set[tuple[str, str]]:
    """Group and kind of what the policies may take."""
    found = set()
    for policy in state.of_kind(_GROUP, *_POLICIES):
        wanted = value_at(policy, ("spec", "paramKind")) or {}
        kind = kind_of({"apiVersion": wanted.get("apiVersion"), "kind": wanted.get("kind")})
        found.add((kind.group, kind.kind))
    return found
