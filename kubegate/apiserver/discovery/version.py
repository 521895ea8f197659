"""``/version``: which Kubernetes the server answers as."""

from __future__ import annotations

import orjson

from kubegate.apiserver.exchange import Exchange
from kubegate.apiserver.messages import Response

VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "$Format:%H$",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.26.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}
"""Clients compare these fields with what they know, so they are kube-apiserver's of the version whose API is served."""


def version(exchange: Exchange) -> Response:
    """The document, for everybody."""
    return Response(200, orjson.dumps(VERSION, option=orjson.OPT_INDENT_2))
