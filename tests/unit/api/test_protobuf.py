"""Objects in protobuf form, written here by a few lines of encoder."""

from __future__ import annotations

import contextlib
import importlib.resources
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubegate.api.protobuf import MAGIC, ProtobufError, decode, message_name


def varint(value: int) -> bytes:
    out = b""
    value &= (1 << 64) - 1
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def message(*fields: tuple[int, Any]) -> bytes:
    """(number, int | str | bytes) pairs; bytes are embedded messages."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(raw)) + raw
    return out


def envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    return MAGIC + message((1, message((1, api_version), (2, kind))), (2, raw))


METADATA = message((1, "a"), (2, ""), (3, "default"), (7, 0), (8, b""))


def test_a_config_map() -> None:
    raw = message((1, METADATA), (2, message((1, "k"), (2, "v"))), (3, message((1, "b"), (2, b"\x00\xff"))))
    assert decode(envelope("v1", "ConfigMap", raw)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "generateName": "", "namespace": "default", "generation": 0, "creationTimestamp": None},
        "data": {"k": "v"},
        "binaryData": {"b": "AP8="},
    }


def test_fields_that_json_has_in_line() -> None:
    volume = message((1, "vol"), (2, message((19, message((1, message((1, "cm"))))))))
    pod = message((1, METADATA), (2, message((1, volume))))
    assert decode(envelope("v1", "Pod", pod))["spec"]["volumes"] == [{"name": "vol", "configMap": {"name": "cm"}}]


def test_quantities_times_and_int_or_string() -> None:
    quota = message((1, METADATA), (2, message((1, message((1, "cpu"), (2, message((1, "500m"))))))))
    assert decode(envelope("v1", "ResourceQuota", quota))["spec"] == {"hard": {"cpu": "500m"}}
    lease = message((1, METADATA), (2, message((3, message((1, 1), (2, 5000))))))
    assert decode(envelope("coordination.k8s.io/v1", "Lease", lease))["spec"] == {
        "acquireTime": "1970-01-01T00:00:01.000005Z"
    }
    port = message((1, "http"), (3, 80), (4, message((1, 1), (2, 0), (3, "web"))))
    service = message((1, METADATA), (2, message((1, port))))
    assert decode(envelope("v1", "Service", service))["spec"]["ports"][0]["targetPort"] == "web"


def test_fields_bear_the_names_of_json() -> None:
    """Protobuf calls some of them otherwise: ``uID``, ``aPIGroup``, ``Webhooks``, ``Expression``."""
    files = importlib.resources.files("kubegate.api")
    messages = json.loads(files.joinpath("data/protobuf.json").read_text())
    types = json.loads(files.joinpath("schema/types.json").read_text())["types"]
    compared = 0
    for message, fields in messages.items():
        known = types.get("/".join(message.split(".", 1)))
        if known is not None:
            compared += 1
            assert {name for _, name, kind in fields if kind[0] != "^"} <= set(known), message
            assert len({number for number, _, _ in fields}) == len(fields), message
    assert compared > 700


def test_a_token_for_an_object() -> None:
    bound = message((1, "Pod"), (2, "v1"), (3, "p"), (4, "u"))
    request = message((1, METADATA), (2, message((3, bound))))
    spec = decode(envelope("authentication.k8s.io/v1", "TokenRequest", request))["spec"]
    assert spec == {"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": "u"}}


def test_negative_numbers_and_groups_with_a_domain() -> None:
    owner = message((1, METADATA), (2, message((1, -5))))
    assert decode(envelope("apps/v1", "Deployment", owner))["spec"] == {"replicas": -5}
    assert message_name("rbac.authorization.k8s.io/v1", "Role") == "rbac.v1.Role"
    assert message_name("v1", "DeleteOptions") == "meta.v1.DeleteOptions"


def test_fields_of_newer_versions_are_dropped() -> None:
    assert decode(envelope("v1", "ConfigMap", message((900, "x"))))["kind"] == "ConfigMap"


BAD = [
    (b"{}", "expected prefix"),
    (MAGIC + b"\x0a\xff", "unexpected EOF"),
    (envelope("v1", "Nope", b""), "no kind"),
    (envelope("v1", "ConfigMap", message((1, 7))), "wrong wireType"),
    (envelope("v1", "ConfigMap", message((1, message((1, b"\xff"))))), "invalid UTF-8"),
    (envelope("v1", "ConfigMap", b"\x0b"), "illegal wireType 3"),
    (envelope("v1", "ConfigMap", b"\x80" * 12), "integer overflow"),
]


@pytest.mark.parametrize(("body", "text"), BAD)
def test_bad_bytes(body: bytes, text: str) -> None:
    with pytest.raises(ProtobufError) as error:
        decode(body)
    assert text in error.value.message


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_break_it(raw: bytes) -> None:
    for body in (raw, MAGIC + raw, envelope("v1", "Pod", raw)):
        with contextlib.suppress(ProtobufError):
            decode(body)
