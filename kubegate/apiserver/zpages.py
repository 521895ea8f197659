"""``/statusz`` and ``/flagz``: since when the server runs, as which version, and with which flags.

Text for people by default; JSON for who asks for the kinds Statusz and Flagz of config.k8s.io. Source: k8s.io/component-base
``zpages``, beta since 1.36. The real pages change the separator at random to keep machines from reading the text; here it
stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kubegate.apiserver.app import PathHandler
from kubegate.apiserver.discovery.version import VERSION
from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response, text
from kubegate.apiserver.negotiation import JSON, parse_accept
from kubegate.apiserver.rest.parts import timestamp

_COMPONENT = "kube-apiserver"
_GROUP = "config.k8s.io"
_VERSIONS = ("v1beta1", "v1alpha1")
_WARNING = (
    "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for "
    "debugging purposes only."
)
_UNLISTED = {"api", "apis", ".well-known", "openapi", "openid"}
_TEXT = ("text/plain", "text/*", "*/*")


@dataclass(frozen=True, slots=True)
class Zpages:
    """``paths``: what the server lists; ``flags``: name -> value, as text."""

    started: datetime
    now: Callable[[], datetime]
    paths: Callable[[], Sequence[str]]
    flags: Mapping[str, str]

    def handlers(self) -> Mapping[str, PathHandler]:
        """Path -> handler."""
        return {"/statusz": self._statusz, "/flagz": self._flagz}

    def _statusz(self, exchange: Exchange) -> Response:
        seconds = max(0, int((self.now() - self.started).total_seconds()))
        versions = VERSION["gitVersion"].removeprefix("v"), f"{VERSION['emulationMajor']}.{VERSION['emulationMinor']}"
        folders = sorted({f"/{path.split('/')[1]}" for path in self.paths() if path.split("/")[1] not in _UNLISTED})
        lines = {
            "Started": f"{self.started:%a %b} {self.started.day:2} {self.started:%H:%M:%S} UTC {self.started.year}",
            "Up": f"{seconds // 3600} hr {seconds // 60 % 60:02} min {seconds % 60:02} sec",
            "Go version": VERSION["goVersion"],
            "Binary version": versions[0],
            "Emulation version": versions[1],
            "Paths": " ".join(folders),
        }
        structured = {
            "startTime": timestamp(self.started),
            "uptimeSeconds": seconds,
            "goVersion": VERSION["goVersion"],
            "binaryVersion": versions[0],
            "emulationVersion": versions[1],
            "paths": folders,
        }
        return _answer(exchange, "Statusz", [f"{name}: {value}" for name, value in lines.items()], structured)

    def _flagz(self, exchange: Exchange) -> Response:
        lines = [f"{name}={self.flags[name]}" for name in sorted(self.flags)]
        return _answer(exchange, "Flagz", lines, {"flags": dict(self.flags)})


def _answer(exchange: Exchange, kind: str, lines: Sequence[str], structured: Mapping[str, Any]) -> Response:
    clauses = parse_accept(",".join(exchange.request.headers.get("accept", ())))
    for clause in clauses:
        if clause.type in _TEXT:
            break
        version = clause.parameter("v")
        asked = clause.parameter("g"), clause.parameter("as")
        if clause.type == JSON and asked == (_GROUP, kind) and version in _VERSIONS:
            head = {"kind": kind, "apiVersion": f"{_GROUP}/{version}", "metadata": {"name": _COMPONENT}}
            return Response(200, orjson.dumps({**head, **structured}))
    else:
        if clauses:
            return text(406, f"Available representations: text/plain, {JSON};g={_GROUP};v={_VERSIONS[0]};as={kind}\n")
    page = [f"\n{_COMPONENT} {kind.lower()}", _WARNING, "", *lines, ""]
    return Response(200, "\n".join(page).encode(), "text/plain; charset=utf-8")
