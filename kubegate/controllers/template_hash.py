"""The hash of a pod template that tells the generations of a Deployment's ReplicaSets apart.

The real one hashes Go's printed structs; ours hashes canonical JSON: stable, and as good a name.
"""

from __future__ import annotations

import hashlib

import orjson

from kubegate.api.names import Object

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
HASH_LABEL = "pod-template-hash"


def template_hash(template: Object, collisions: int = 0) -> str:
    """Up to ten safe characters."""
    data = orjson.dumps([template, collisions], option=orjson.OPT_SORT_KEYS)
    number = int.from_bytes(hashlib.sha256(data).digest()[:4], "big")
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(number))


def without_hash(template: Object) -> Object:
    """The template without the hash's label: what two generations are compared by."""
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH_LABEL}
    kept = {key: value for key, value in meta.items() if key not in ("labels", "creationTimestamp")}
    return {**template, "metadata": {**kept, "labels": labels} if labels else kept}
