"""An owner that an object names twice, in the same words, is named once.

Source: k8s.io/apiserver ``endpoints/handlers.dedupOwnerReferences``.
"""

from __future__ import annotations

from kubegate.api.names import Object, metadata
from kubegate.apiserver.rest.parts import Call

_WARNING = (
    ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, "
    "and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: [{uids}]"
)


def remove_duplicate_owners(call: Call, obj: Object, *, after_admission: bool) -> None:
    """Drop repeated entries in place, and warn; ``after_admission`` tells that admission may have made them."""
    meta = metadata(obj)
    owners = meta.get("ownerReferences")
    if not owners or len(owners) < 2:
        return
    kept: list[Object] = []
    repeated: list[str] = []
    for owner in owners:
        if owner in kept:
            repeated.append(str(owner.get("uid") or ""))
        else:
            kept.append(owner)
    if repeated:
        meta["ownerReferences"] = kept
        when = " after mutating admission happens" if after_admission else ""
        call.warn([_WARNING.format(when=when, uids=" ".join(repeated))])
