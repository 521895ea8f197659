"""What answers that are no success are called."""

import pytest

from kubegate.outbound.failures import response_error

STATUS = b'{"kind": "Status", "status": "Failure", "message": "told"}'
FAILED = 'an error on the server ("{}") has prevented the request from succeeding'


@pytest.mark.parametrize(
    ("status", "body", "content_type", "message"),
    [
        (500, b"boom", "", FAILED.format("boom")),
        (500, b" boom\n", "text/plain; charset=utf-8", FAILED.format("boom")),
        (500, b"boom", "application/json", FAILED.format("unknown")),
        (500, b"", "text/plain", FAILED.format("unknown")),
        (403, b"no", "text/plain", "no"),
        (403, b"no", "application/json", "unknown"),
        (404, b"where", "text/plain", "the server could not find the requested resource"),
        (302, b"", "", "the server responded with the status code 302 but did not return more information"),
        (500, STATUS, "application/json", "told"),
    ],
)
def test_messages(status: int, body: bytes, content_type: str, message: str) -> None:
    failure = response_error(status, body, content_type=content_type)
    assert failure is not None
    assert failure.message == message
