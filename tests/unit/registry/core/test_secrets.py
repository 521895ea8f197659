"""Secrets: what their types demand of their data."""

import base64

import pytest
from support import create

REDACTED = 'data[.dockercfg]: Invalid value: "<secret contents redacted>": '


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", ""),
        ("null", ""),
        ("", "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("{bad", "invalid character 'b' looking for beginning of object key string"),
        ('{"a":1', "unexpected end of JSON input"),
        ("{} x", "invalid character 'x' after top-level value"),
        ("[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ("5", "json: cannot unmarshal number into Go value of type map[string]interface {}"),
    ],
)
def test_registries_are_an_object(text, problem):
    data = {".dockercfg": base64.b64encode(text.encode()).decode()}
    _, errors = create("v1/secrets", {"type": "kubernetes.io/dockercfg", "data": data})
    assert errors == ([REDACTED + problem] if problem else [])
