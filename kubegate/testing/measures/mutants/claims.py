"""What can be claimed of one judgement and not of another."""

from __future__ import annotations

import re
from typing import Any, TypeGuard

import orjson

from kubegate.admission.plugins.service_account import VOLUME_PREFIX
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.reports import flat
from kubegate.api.names import Object
from kubegate.api.status import Status

_TOKEN_VOLUME = re.compile(VOLUME_PREFIX.encode() + rb"[a-z0-9]+")
_VOLATILE = frozenset({"uid", "creationTimestamp", "resourceVersion", "generation", "managedFields"})


def telling_claims(found: Judgement, other: Judgement) -> dict[str, Any] | None:
    """Fields of an admission case that hold for ``found`` and not for ``other``; None if the two are alike.

    Whether it is admitted comes before what is said, and that before what the object becomes."""
    refusal, others = _refusal(found), _refusal(other)
    if (refusal is None) is not (others is None):
        return {"admitted": refusal is None}
    if refusal is not None and others is not None:
        for name in ("message", "code", "reason"):
            if getattr(refusal, name) != getattr(others, name):
                return {name: getattr(refusal, name)}
    said = [text for part, _ in flat([found]) for text in part.warnings]
    if sorted(said) != sorted(text for part, _ in flat([other]) for text in part.warnings):
        return {"warnings": said}
    for key, value in found.audit.items():
        if other.audit.get(key) != value:
            return {"auditAnnotations": {key: value}, **({"admitted": False} if refusal is not None else {})}
    return _by_results(found, other) if refusal is None else None


def _by_results(found: Judgement, other: Judgement) -> dict[str, Any] | None:
    pairs = [("mutated", found.result, other.result)]
    if found.pods and other.pods:
        pairs.append(("mutatedPod", found.pods[0].result, other.pods[0].result))
    for name, result, others in pairs:
        part = _difference(_steady(result), _steady(others))
        if part:
            return {name: part}
    return None


def _steady(obj: Object | None) -> Object:
    """Without what differs each time: names made from generateName, and of the volume that has the account's token."""
    steady: Object = orjson.loads(_TOKEN_VOLUME.sub(VOLUME_PREFIX.encode(), orjson.dumps(obj or {})))
    meta = steady.get("metadata") or {}
    if meta.get("generateName"):
        meta.pop("name", None)
    return steady


def _difference(found: Object, other: Object) -> Object:
    """The part of an object that is different in another; null for what it has not."""
    part: dict[str, Any] = {}
    for key in (*found, *(key for key in other if key not in found)):
        mine, yours = found.get(key), other.get(key)
        if key in _VOLATILE or mine == yours:
            continue
        if isinstance(mine, dict) and isinstance(yours, dict):
            part[key] = _difference(mine, yours)
        elif _is_named(mine) and _is_named(yours) and [each["name"] for each in mine] == [each["name"] for each in yours]:
            pairs = zip(mine, yours, strict=True)
            part[key] = [{"name": a["name"], **_difference(a, b)} for a, b in pairs if a != b]
        else:
            part[key] = mine
    return {key: value for key, value in part.items() if value not in ({}, [])}


def _is_named(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    """Whether it is a list of things with names."""
    return isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value)


def _refusal(found: Judgement) -> Status | None:
    return next((part.refusal for part, _ in flat([found]) if part.refusal is not None), None)
