"""CVE-2021-3121: lengths in protobuf bodies that are negative, or beyond the body, stopped the server that decoded them."""

from __future__ import annotations

import pytest

from kubegate.api.protobuf import MAGIC
from kubegate.testing.http_client import Client

PROTOBUF = "application/vnd.kubernetes.protobuf"
HEAD = b"\x0a\x0f\x0a\x02v1\x12\x09ConfigMap"
"""Field 1 of the envelope: what the object is."""
NEGATIVE = b"\xff" * 9 + b"\x01"
BODIES = {
    "no envelope": b"",
    "half an envelope": HEAD[:5],
    "a length beyond the body": HEAD + b"\x12\x7f\x0a",
    "a negative length": HEAD + b"\x12" + NEGATIVE,
    "a negative length in a field that nobody knows": HEAD + b"\x12\x0b\xfa\x01" + NEGATIVE[:9],
    "a number without an end": HEAD + b"\x12" + b"\xff" * 100,
    "a field that nobody knows, of a negative length": HEAD + b"\x12\x0c\xfa\x01" + NEGATIVE,
    "groups in groups": HEAD + b"\x12\xff\x1f" + b"\x0b" * 4095,
    "the end of no group": HEAD + b"\x12\x01\x0c",
    "field zero": HEAD + b"\x12\x02\x00\x00",
    "a text that is none": HEAD + b"\x12\x05\x0a\x03\x0a\x01\xff",
    "a number where a text is": HEAD + b"\x12\x04\x0a\x02\x08\x01",
}


@pytest.mark.parametrize("how", BODIES)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_malformed_bodies_are_bad_requests(method: str, how: str, admin: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps" + ("" if method == "POST" else "/c")
    answer = admin(method, path, MAGIC + BODIES[how], media_type=PROTOBUF)
    assert answer.code == 400, answer.body
    assert admin("GET", f"/api/v1/namespaces/{namespace}/configmaps/c").code == 404
