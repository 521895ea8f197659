"""The history of a DaemonSet's or StatefulSet's template: ControllerRevisions.

Source: kubernetes ``pkg/controller/history`` and ``pkg/controller/{statefulset,daemon}``.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson

from kubegate.api.names import Object, labels_of, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.controllers.interface import Context
from kubegate.controllers.pods import adopt, owner_reference

RESOURCE = "controllerrevisions.apps"
HASH_LABEL = "controller-revision-hash"
"""On pods: which revision they were made from."""

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF
_NAME_LIMIT = 223


def revision_data(owner: Object) -> Object:
    """What a revision keeps of its owner: a strategic merge patch that brings the template back."""
    return {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}


def data_hash(data: Object, collisions: int) -> str:
    """FNV-1 of the data (and the number of collisions there were), in letters that make no words."""
    text = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()
    for letter in "<>&":  # as Go escapes them
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    number = _OFFSET
    for byte in f"{text}{collisions}".encode():
        number = (number * _PRIME & _MASK) ^ byte
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(number))


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of owners of one kind; ``label`` has the hash on the revision itself."""

    context: Context
    label: str

    def revisions(self, owner: Object) -> list[Object]:
        """Those that the owner has, oldest first."""
        found = adopt(self.context, RESOURCE, self._path(owner), owner)
        return sorted(found, key=lambda r: (r.get("revision") or 0, r["metadata"].get("creationTimestamp"), name_of(r)))

    @staticmethod
    def _path(owner: Object) -> str:
        return f"/apis/apps/v1/namespaces/{namespace_of(owner)}/controllerrevisions"

    def current(self, owner: Object, revisions: Sequence[Object]) -> Object:
        """The revision of the owner's template: made if it is new, moved to the end if it was there before."""
        data = revision_data(owner)
        same = [r for r in revisions if r.get("data") == data]
        following = max((r.get("revision") or 0 for r in revisions), default=0) + 1
        if not same:
            return self._make(owner, data, following)
        newest = same[-1]
        if newest["metadata"]["uid"] == revisions[-1]["metadata"]["uid"]:
            return newest
        path = f"{self._path(owner)}/{name_of(newest)}"
        return self.context.client.update(path, {**copy.deepcopy(newest), "revision": following})

    def _make(self, owner: Object, data: Object, number: int) -> Object:
        collisions = (owner.get("status") or {}).get("collisionCount") or 0
        while True:
            code = data_hash(data, collisions)
            body = {
                "apiVersion": "apps/v1",
                "kind": "ControllerRevision",
                "metadata": {
                    "name": f"{name_of(owner)[:_NAME_LIMIT]}-{code}",
                    "namespace": namespace_of(owner),
                    "labels": {**(owner["spec"]["template"]["metadata"].get("labels") or {}), self.label: code},
                    "annotations": dict(owner["metadata"].get("annotations") or {}),
                    "ownerReferences": [owner_reference(owner)],
                },
                "data": data,
                "revision": number,
            }
            try:
                return self.context.client.create(self._path(owner), body)
            except StatusError as error:
                if error.status.code != 409:
                    raise
            collisions += 1
            owner.setdefault("status", {})["collisionCount"] = collisions

    def truncate(self, owner: Object, revisions: Sequence[Object], live: Collection[str]) -> None:
        """Forget the oldest revisions that nothing uses (``live``: names); so many are kept as the owner wants."""
        limit = owner["spec"].get("revisionHistoryLimit")
        idle = [r for r in revisions if name_of(r) not in live]
        for revision in idle[: max(len(idle) - (10 if limit is None else limit), 0)]:
            self.context.client.delete(f"{self._path(owner)}/{name_of(revision)}")


def hash_of(revision: Object, label: str) -> str:
    """The hash that a revision carries."""
    return labels_of(revision).get(label, "")
