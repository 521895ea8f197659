"""What passes by itself is asked again, everything else is told at once."""

from __future__ import annotations

from contextlib import suppress
from http.client import RemoteDisconnected

import pytest
import urllib3

from kubegate.errors import Unavailable
from kubegate.outbound.asking import ask
from kubegate.outbound.exchange import Answer

OK = Answer(200, b"yes", {})


def no_answer(cause: Exception) -> Unavailable:
    error = Unavailable("no answer")
    error.__cause__ = cause
    return error


RESET = no_answer(urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError()))
assert RESET.__cause__ is not None
RESET.__cause__.__context__ = ConnectionResetError()
CLOSED = no_answer(RemoteDisconnected())
LATE = no_answer(urllib3.exceptions.TimeoutError())
AWAY = no_answer(urllib3.exceptions.NewConnectionError(None, "refused"))  # type: ignore[arg-type]


class Service:
    """Gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers: Answer | Unavailable) -> None:
        self.answers = list(answers)
        self.pauses: list[float] = []
        self.seen: list[str] = []

    def post(self, body: bytes, *, query: str = "", timeout: float | None = None) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    def ask(self) -> Answer:
        return ask(self, b"", query="", sleep=self.pauses.append, seen=lambda result, seconds: self.seen.append(result))


@pytest.mark.parametrize(
    "trouble",
    [Answer(500, b"", {}), Answer(504, b"", {}), Answer(429, b"", {}), Answer(503, b"", {"retry-after": "1"}), RESET],
)
def test_what_passes_is_asked_again(trouble: Answer | Unavailable) -> None:
    service = Service(trouble, trouble, OK)
    assert service.ask() is OK
    assert len(service.pauses) == 2
    assert 0.5 <= service.pauses[0] <= 0.6 and 0.75 <= service.pauses[1] <= 0.9


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(403, b"", {}),
        Answer(502, b"", {}),
        Answer(503, b"", {}),
        *(Answer(503, b"", {"retry-after": text}) for text in ("0", "", "soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT")),
        CLOSED,
        LATE,
        AWAY,
    ],
)
def test_what_does_not_pass_is_told_at_once(trouble: Answer | Unavailable) -> None:
    service = Service(trouble, OK)
    with pytest.raises(Unavailable):
        service.ask()
    assert service.pauses == []


def test_five_times_at_most() -> None:
    service = Service(Answer(500, b"", {}))
    with pytest.raises(Unavailable, match="an error on the server"):
        service.ask()
    assert len(service.seen) == 5 and len(service.pauses) == 4


def test_what_was_seen() -> None:
    results = []
    for answer in (OK, Answer(504, b"", {}), Answer(403, b"", {}), LATE, AWAY):
        service = Service(answer)
        with suppress(Unavailable):
            service.ask()
        results.append(service.seen[-1])
    assert results == ["success", "timeout", "error", "timeout", "error"]
