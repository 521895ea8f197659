"""CVE-2026-24514 (of ingress-nginx): large requests to an admission webhook took its memory.

Decision endpoints read no body that is longer than the API server's own limit, and none whose length is not said.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

from kubegate.webhook.answers import MAX_BODY
from kubegate.webhook.interface import HookRequest, HookResponse
from kubegate.webhook.wsgi import Application


class Body(io.BytesIO):
    """Notes how much of it is asked for."""

    asked = 0

    def read(self, size: int | None = -1) -> bytes:
        self.asked = max(self.asked, 1 << 62 if size is None or size < 0 else size)
        return super().read(size)


class Handler:
    """Notes the bodies that it is given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def handle(self, request: HookRequest) -> HookResponse:
        self.bodies.append(request.body)
        return HookResponse(200, b"{}")


@pytest.mark.parametrize(
    ("length", "status", "most"),
    [
        (str(MAX_BODY), "200 OK", MAX_BODY),
        (str(MAX_BODY + 1), "413 Request Entity Too Large", 0),
        (str(1 << 40), "413 Request Entity Too Large", 0),
        ("", "200 OK", 0),
    ],
    ids=["all that is allowed", "a byte more", "a tebibyte", "chunks"],
)
def test_no_more_than_the_limit_is_read(length: str, status: str, most: int) -> None:
    handler, body, seen = Handler(), Body(b"x" * 100), list[str]()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/admit",
        "CONTENT_LENGTH": length,
        "wsgi.input": body,
    }
    list(Application({"/admit": handler})(environ, lambda status, headers: seen.append(status)))
    assert (seen, body.asked) == ([status], most)
    assert handler.bodies == ([] if "413" in status else [b"x" * 100] if length else [b""])
