"""Recorded answers against given ones: placeholders bind at their first occurrence, undefined orders do not count.

The rules are those of the recordings' README.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

_BINDING = re.compile(r"<(uid|rv|continue|ip|port|name):\d+>")
_ANY = {
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "<microtime>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z",
    "<rand>": r"[a-z0-9]{5}",
    "<n>": r"-?\d+",
    "<jwt>": r"[\w-]+\.[\w-]+\.[\w-]+",
    "<listrv>": r"\d+",
    "<addr>": r"[^\"]+",
}
_AGE = re.compile(r"^(<unknown>|<invalid>|[0-9dhmsy]+)$")
# An age within a cell, such as `3 (2y325d ago)`: it grows from day to day as well.
_AGO = re.compile(r"\((<unknown>|<invalid>|[0-9dhmsy]+) ago\)")
_TOKEN = re.compile("|".join([_BINDING.pattern, *map(re.escape, _ANY)]))
_OWNER = ("manager", "operation", "subresource", "apiVersion")
_COMPARED = ("Content-Type", "Warning", "Retry-After", "Location", "WWW-Authenticate", "Allow", "Link")


def ageless(text: str) -> str:
    """A text without the ages in it."""
    return _AGO.sub("(ago)", text)


@dataclass
class Comparison:
    """The bindings of one flow; `differences` collects what does not agree."""

    bound: dict[str, str] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """A request with the values bound so far."""
        if isinstance(value, str):
            return _BINDING.sub(lambda found: self.bound.get(found[0], found[0]), value)
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        return [self.fill(inner) for inner in value] if isinstance(value, list) else value

    def differences(self, want: Any, got: Any, path: str = "") -> list[str]:
        """Where two JSON values differ."""
        if isinstance(want, str):
            return self._text(want, got, path)
        if isinstance(want, dict) and isinstance(got, dict):
            either = sorted(want.keys() ^ got.keys())
            found = [f"{path}.{key}: {_short(want.get(key))} / {_short(got.get(key))}" for key in either]
            for key in want.keys() & got.keys():
                found += self.differences(want[key], got[key], f"{path}.{key}")
            return found
        if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
            pairs = enumerate(zip(want, got, strict=True))
            return [line for i, (a, b) in pairs for line in self.differences(a, b, f"{path}[{i}]")]
        same = want == got and isinstance(want, bool) == isinstance(got, bool)
        return [] if same else [f"{path}: {_short(want)} / {_short(got)}"]

    def _text(self, want: str, got: Any, path: str) -> list[str]:
        shown = str(got) if isinstance(got, int) and not isinstance(got, bool) and _BINDING.fullmatch(want) else got
        if not isinstance(shown, str):
            return [f"{path}: {want!r} / {_short(got)}"]
        if _AGE.match(want) and _AGE.match(shown):
            return []
        want, shown = ageless(want), ageless(shown)
        found = re.fullmatch(self._pattern(want), shown, re.DOTALL)
        if found is None:
            return [f"{path}: {want!r} / {shown!r}"]
        for placeholder, group in self._groups(want):
            self.bound[placeholder] = found[group]
        return []

    def _pattern(self, want: str) -> str:
        parts, position, seen = [], 0, set[str]()
        for token in _TOKEN.finditer(want):
            parts.append(re.escape(want[position : token.start()]))
            position = token.end()
            parts.append(self._part(token[0], seen))
        return "".join([*parts, re.escape(want[position:])])

    def _part(self, token: str, seen: set[str]) -> str:
        if token in _ANY:
            return _ANY[token]
        if token in self.bound and not token.startswith("<continue"):
            return re.escape(self.bound[token])
        name = _group(token)
        if token in seen:
            return f"(?P={name})"
        seen.add(token)
        return f"(?P<{name}>.+?)"

    def _groups(self, want: str) -> list[tuple[str, str]]:
        tokens = dict.fromkeys(token[0] for token in _BINDING.finditer(want))
        # Continue tokens are opaque: the newest is the one that requests use.
        fresh = [token for token in tokens if token not in self.bound or token.startswith("<continue")]
        return [(token, _group(token)) for token in fresh]

    def headers(self, want: dict[str, str], got: Any) -> list[str]:
        """Only the headers that matter; a plain JSON Content-Type is the default."""
        found = []
        for name in _COMPARED:
            value = ", ".join(got.getlist(name)) or None
            if name in want:
                found += self.differences(want[name], value, f"header {name}")
            elif value is not None and not (name == "Content-Type" and value == "application/json"):
                found.append(f"header {name}: none / {value!r}")
        return found


def _group(token: str) -> str:
    return re.sub(r"\W", "_", token).strip("_")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 120 else text[:117] + "..."


def ordered(value: Any) -> Any:
    """A value with the orders taken away that the server does not define."""
    if isinstance(value, list):
        return [ordered(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {key: ordered(inner) for key, inner in value.items()}
    if isinstance(made.get("managedFields"), list):
        made["managedFields"].sort(key=lambda entry: [str(entry.get(key, "")) for key in _OWNER])
    for key in ("nonResourceRules", "resourceRules"):
        if isinstance(made.get(key), list):
            made[key].sort(key=lambda rule: json.dumps(rule, sort_keys=True))
    if str(made.get("reason", "")).startswith("RBAC: allowed by "):
        made["reason"] = "RBAC: allowed"
    return made
