"""What `helm install --dry-run` and `helm get all` print around the manifests: a head before them, NOTES after them.

Those lines become empty ones, so that every object stays on its line. `helm template` and `helm get manifest` print nothing
else than manifests.
"""

from __future__ import annotations

import re

_HEAD = re.compile(rb"\A(?:\s*\n|[\w.]+:\d+: .*\n|WARNING: .*\n)*(?:RELEASE )?NAME: ")
_SECTIONS = (b"HOOKS:", b"MANIFEST:")
_END = b"NOTES:"


def manifests_of(text: bytes) -> bytes:
    """The text, of Helm's reports only the manifests."""
    if not _HEAD.match(text) or not re.search(rb"^MANIFEST:\s*$", text, re.MULTILINE):
        return text
    kept, inside = [], False
    for line in text.split(b"\n"):
        heading = line.rstrip()
        if heading in _SECTIONS:
            kept.append(b"---")  # what follows begins anew, whatever stood before
            inside = True
            continue
        inside = inside and heading != _END
        kept.append(line if inside else b"")
    return b"\n".join(kept)
