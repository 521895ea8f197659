"""Identities that a test can foresee: the same objects, made in the same order, get the same uids and generated names.

They follow from the object's own name and from how often it has been made, so that what others make beside the test (a
controller, another thread) does not matter.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from threading import Lock

from kubegate.api.identities import ALPHABET, SUFFIX
from kubegate.api.names import Object, kind_of, name_of, namespace_of

_Counted = tuple[str, ...]


class CountedIdentities:
    """Implements `api.identities.Identities`. Another ``seed`` makes others."""

    def __init__(self, seed: str = "kubegate") -> None:
        self._seed = seed
        self._lock = Lock()
        self._made: Counter[_Counted] = Counter()
        self._kept: Counter[_Counted] = Counter()

    def uid(self, obj: Object) -> str:
        """See `Identities.uid`: a version 4 UUID in form."""
        return str(uuid.UUID(bytes=self._next("uid", obj, name_of(obj))[:16], version=4))

    def suffix(self, obj: Object) -> str:
        """See `Identities.suffix`."""
        base = str((obj.get("metadata") or {}).get("generateName") or "")
        digest = self._next("suffix", obj, base or name_of(obj))
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:SUFFIX])

    def _next(self, what: str, obj: Object, name: str) -> bytes:
        kind = kind_of(obj)
        key = (what, kind.group, kind.kind, namespace_of(obj), name)
        with self._lock:
            self._made[key] += 1
            count = self._made[key]
        return hashlib.sha256("\0".join((self._seed, *key, str(count))).encode()).digest()

    def keep(self) -> None:
        """`reset` returns to here."""
        with self._lock:
            self._kept = self._made.copy()

    def reset(self) -> None:
        """Begin anew."""
        with self._lock:
            self._made = self._kept.copy()
