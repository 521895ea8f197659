"""`kubegate authorize`: a SubjectAccessReview a line in, the same with its status a line out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from kubegate.analysis import in_parallel
from kubegate.api.go_json import syntax_error
from kubegate.api.status import Status, StatusError, bad_request
from kubegate.authz.chain import Chain
from kubegate.authz.reviews import access_status, subject_access_review
from kubegate.cli.exit_codes import Exit
from kubegate.cli.policy_options import PolicyArguments, policy_options
from kubegate.errors import InvalidInput

_FLUSH_AT = 1 << 16


@click.command(name="authorize")
@click.argument("requests", default="-", metavar="[REQUESTS.jsonl]")
@policy_options
def command(requests: str, **arguments: Any) -> int:
    """Answer SubjectAccessReviews: one JSON object a line in REQUESTS.jsonl or standard input.

    Each line out is the review with its status, in the same order. A review that an API server would refuse gets
    `status: {"error": {code, reason, message}}`. Exit status 0 also where access is denied. Webhooks are asked about 16 at a
    time, except on a terminal.
    """
    chain = PolicyArguments.take(arguments).engine(locate=False).chain
    gc.freeze()  # the policy stays as it is: collecting garbage need not look at it again and again
    with _open(requests) as lines:
        _run(chain, lines)
    return Exit.OK


def _open(path: str) -> BinaryIO:
    if path == "-":
        return sys.stdin.buffer
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error


def _run(chain: Chain, lines: BinaryIO) -> None:
    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush
    waiting, limit = 0, 0 if lines.isatty() else _FLUSH_AT
    for answer in answers(chain, lines) if limit else map(partial(_answer, chain), _questions(lines)):
        waiting += write(answer)
        if waiting > limit:
            flush()
            waiting = 0
    flush()


def answers(chain: Chain, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The answer to each line that is not blank, in their order; webhooks are asked about many at a time."""
    return in_parallel.answers(partial(_answer, chain), _questions(lines), chain)


def _questions(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in lines if not line.isspace())


def _answer(chain: Chain, text: bytes) -> bytes:
    try:
        review = orjson.loads(text)
    except orjson.JSONDecodeError:
        why = syntax_error(text.decode("utf-8", "replace").strip()) or "invalid UTF-8"
        return _encode({}, _refusal(bad_request(f"couldn't get version/kind; json parse error: {why}")))
    try:
        attributes = subject_access_review(review)
    except StatusError as error:
        return _encode(review, _refusal(error.status))
    return _encode(review, access_status(chain.authorize(attributes), attributes))


def _refusal(status: Status) -> dict[str, Any]:
    return {"error": {"code": status.code, "reason": status.reason, "message": status.message}}


def _encode(review: Any, status: dict[str, Any]) -> bytes:
    shown = review if isinstance(review, dict) else {}
    shown["status"] = status
    return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE)
