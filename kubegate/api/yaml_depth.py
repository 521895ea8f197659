"""How deep a YAML text nests, found out before anything is built from it.

The library composes nodes by recursion in C: a text of some ten thousand opening brackets, which anybody can send, ends the
process. It also looks at every open bracket for each token, so that deep texts take quadratic time (CVE-2019-11254).
"""

from __future__ import annotations

import re

import yaml

from kubegate.api.schema.gojson import MAX_DEPTH

_DOCUMENT = re.compile(rb"^---", re.MULTILINE)
_INDENTED = re.compile(rb"^[ \t?-]{%d}" % (MAX_DEPTH // 2 - 1), re.MULTILINE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def too_deep(text: bytes | str) -> int:
    """The line (from 1) on which the text nests deeper than `MAX_DEPTH`; 0 if it nowhere does (also for what is no YAML)."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not _could_be(raw):
        return 0
    loader, depth = yaml.CBaseLoader(raw), 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return event.start_mark.line + 1 if event.start_mark else 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return 0
    finally:
        loader.dispose()
    return 0


def _could_be(raw: bytes) -> bool:
    """Quick, and a no is safe: a bracket opens one level unless it is closed at once, and in block style every second level
    stands further to the right."""
    if raw[:2] in _UTF16 or _INDENTED.search(raw):
        return True
    return any(_brackets(document) > MAX_DEPTH // 2 for document in _DOCUMENT.split(raw))


def _brackets(raw: bytes) -> int:
    return raw.count(b"[") + raw.count(b"{") - raw.count(b"[]") - raw.count(b"{}")
