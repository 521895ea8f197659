"""CVE-2026-24514 (of ingress-nginx): large requests to an admission webhook took its memory.

Decision endpoints keep no body that is longer than the API server's own limit, whether its length is said or not, and read
no more at a time. Of one that is too long a part is read and dropped, so that its sender sees the refusal.
"""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from kubegate.webhook.answers import MAX_BODY
from kubegate.webhook.guard import Callers, Guarded
from kubegate.webhook.interface import HookRequest, HookResponse
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import PolicyHolder
from kubegate.webhook.wsgi import Application


class Body(io.BytesIO):
    """Notes how much of it is asked for, at most at a time."""

    asked = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked = max(self.asked, 1 << 62 if size is None or size < 0 else size)
        return super().read(size)


class Handler:
    """Notes the lengths of the bodies that it is given."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def handle(self, request: HookRequest) -> HookResponse:
        self.lengths.append(len(request.body))
        return HookResponse(200, b"{}")


LONG = 100 * MAX_BODY
OK, REFUSED = "200 OK", "413 Request Entity Too Large"


@pytest.mark.parametrize(
    ("length", "sent", "status", "read"),
    [
        (str(MAX_BODY), MAX_BODY, OK, MAX_BODY),
        (str(MAX_BODY + 1), MAX_BODY + 1, REFUSED, MAX_BODY + 1),
        (str(1 << 40), LONG, REFUSED, 0),
        ("", 100, OK, 100),
        ("", LONG, REFUSED, 11 * MAX_BODY),
    ],
    ids=["all that is allowed", "a byte more", "a tebibyte", "chunks", "chunks without end"],
)
def test_no_more_than_the_limit_is_read(length: str, sent: int, status: str, read: int) -> None:
    handler, body, seen = Handler(), Body(bytes(sent)), list[str]()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/admit",
        "CONTENT_LENGTH": length,
        "wsgi.input": body,
    }
    guarded = Guarded(handler, PolicyHolder(lambda: Callers([])), threading.Semaphore(), Metrics())
    list(Application({"/admit": guarded})(environ, lambda status, headers: seen.append(status)))
    assert seen == [status]
    assert body.asked <= MAX_BODY + 1 and body.tell() <= read
    assert handler.lengths == ([sent] if status == OK else [])
