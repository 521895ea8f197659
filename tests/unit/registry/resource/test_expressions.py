"""Expressions that choose devices: they compile, say yes or no, and are not too expensive."""

import pytest
from support import create

from kubegate.cel import environments

PLACE = "spec.selectors[0].cel.expression"
LOOP = "device.attributes.all({0}, device.attributes[{0}].all({1}, {2}))"


def _problems(text):
    return create("resource.k8s.io/v1/deviceclasses", {"spec": {"selectors": [{"cel": {"expression": text}}]}})[1]


@pytest.mark.parametrize(
    "text",
    [
        "true",
        'device.driver == "gpu.example.com"',
        'device.attributes["gpu.example.com"].virtual',
        'device.attributes["gpu.example.com"].version.isGreaterThan(semver("1.0.0"))',
        'device.capacity["gpu.example.com"].memory.compareTo(quantity("10Gi")) >= 0',
        'cel.bind(gpu, device.attributes["gpu.example.com"], gpu.a && gpu.b)',
        "device.allowMultipleAllocations == true",
        LOOP.format("a", "b", 'b == "c"'),
    ],
)
def test_what_may_choose(text):
    assert _problems(text) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1", "must evaluate to bool or the unknown type, not int"),
        ('device.attributes["a"]', "must evaluate to bool or the unknown type, not map(string, any)"),
        (
            "device.name",
            "compilation failed: ERROR: <input>:1:7: undefined field 'name'\n | device.name\n | ......^",
        ),
        (
            "cel.bind(a.b, 1, true)",
            "compilation failed: ERROR: <input>:1:11: cel.bind() variable names must be simple identifiers\n"
            " | cel.bind(a.b, 1, true)\n | ..........^",
        ),
    ],
)
def test_what_may_not(text, complaint):
    assert _problems(text) == [f'{PLACE}: Invalid value: "{text.replace(chr(34), chr(92) + chr(34))}": {complaint}']


def test_expressions_that_cost_too_much():
    text = LOOP.format("a", "b", LOOP.format("c", "d", LOOP.format("e", "f", "b == f && d == f")))
    assert _problems(text) == [f"{PLACE}: Forbidden: too complex, exceeds cost limit"]


def test_bindings_are_evaluated():
    program = environments.devices().compile('cel.bind(d, device.attributes["x"], d.a && !d.b)')
    assert program.evaluate({"device": {"attributes": {"x": {"a": True, "b": False}}}}) is True
