"""One request and its answer, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, body, headers with lower-case names."""

    status: int
    body: bytes
    headers: dict[str, str]


class AnswerTooLong(Exception):
    """There is more of the answer than is wanted."""


def exchange(
    pool: urllib3.PoolManager,
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    timeout: float,
    longest: int,
    body: bytes | None = None,
) -> Answer:
    """Ask and read the answer whole; redirects are not followed.

    ``timeout``: seconds for all of it; a peer that sends byte by byte does not get more. ``longest``: bytes of the body.
    Raises `urllib3.exceptions.HTTPError` if there is no answer in time, `AnswerTooLong`.
    """
    deadline = time.monotonic() + timeout
    response = pool.request(
        method,
        url,
        body=body,
        headers=headers,
        timeout=urllib3.Timeout(total=timeout),
        redirect=False,
        preload_content=False,
    )
    whole = False
    try:
        content = b""
        while chunk := response.read1(_CHUNK):
            content += chunk
            if len(content) > longest:
                raise AnswerTooLong
            if time.monotonic() > deadline:
                raise urllib3.exceptions.TimeoutError(f"no whole answer in {timeout} seconds")
        whole = True
    finally:
        if not whole:
            response.close()  # what is left of the answer must not be taken for the next one
        response.release_conn()
    return Answer(response.status, content, {key.lower(): value for key, value in response.headers.items()})
