"""What expressions evaluate to."""

from __future__ import annotations

from typing import Any

import pytest

from kubegate.cel.environment import Environment
from kubegate.cel.errors import EvaluationError
from kubegate.cel.types import DYN
from kubegate.cel.values import UInt

OBJECT = {"spec": {"replicas": 3, "ports": [{"port": 80}, {"port": 443}], "labels": {"a": "1"}}, "none": None}
ENVIRONMENT = Environment({"object": DYN})


def evaluate(text: str) -> Any:
    return ENVIRONMENT.compile(text).evaluate({"object": OBJECT})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4 / 2 % 2", 7),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("7u / 2u", UInt(3)),
        ("1.5 + 2.5", 4.0),
        ("0x1F + 1", 32),
        ("'a' + \"b\" + '''c\n'''", "abc\n"),
        (r"r'\n' + '\x41\u00e9\101'", "\\nAéA"),
        ("b'\\xff' + b'a'", b"\xffa"),
        ("[1, 2] + [3]", [1, 2, 3]),
        ("{'a': 1}['a']", 1),
        ("1 < 2 && 'a' < 'b' && 1u <= 1u && 1.0 >= 1.0", True),
        ("dyn(1) == 1u && dyn(1) == 1.0 && dyn(1) != '1'", True),
        ("2 in [1, 2] && 'a' in {'a': 1} && !('b' in {'a': 1})", True),
        ("true ? 1 : 2", 1),
        ("false && object.missing", False),
        ("object.missing || true", True),
        ("has(object.spec.replicas) && !has(object.spec.nothing)", True),
        ("object.?spec.?nothing.orValue(9)", 9),
        ("object.spec[?'replicas'].value()", 3),
        ("[?optional.of(1), ?optional.none()]", [1]),
        ("object.spec.ports.all(p, p.port > 0)", True),
        ("object.spec.ports.exists_one(p, p.port == 80)", True),
        ("object.spec.ports.filter(p, p.port > 100).map(p, p.port)", [443]),
        ("object.spec.ports.map(p, p.port > 100, p.port * 2)", [886]),
        ("[10, 20].exists(i, v, i == 1 && v == 20)", True),
        ("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}),
        ("[3, 4].transformList(i, v, i * v)", [0, 4]),
        ("object.none == null", True),
        ("size('héllo') + size([1]) + size({}) + size(b'ab')", 8),
        ("type(1) == int && type('') == string", True),
        ("string(1.0) + string(true) + string(b'a') + string(1u)", "1truea1"),
        ("int('42') + int(3.9) + int(5u)", 50),
        ("timestamp('2024-02-29T12:00:00Z').getDayOfYear()", 59),
        ("timestamp('2024-01-01T00:00:00Z').getHours('-08:00')", 16),
        ("string(timestamp('2024-01-01T00:00:00Z') + duration('90m'))", "2024-01-01T01:30:00Z"),
        ("string(duration('1h30m1.5s'))", "5401.5s"),
        ("'a-b-c'.split('-', 2)", ["a", "b-c"]),
        ("'%s %d %.2f %x'.format(['a', 1, 1.5, 255])", "a 1 1.50 ff"),
        ("'abc'.matches('^a.c$') && 'abc123'.find('[0-9]+') == '123'", True),
        ("[3, 1, 2].sort() == [1, 2, 3] && [1, 2].isSorted() && [1, 2].sum() == 3", True),
        ("[1, 5, 3].max()", 5),
        ("quantity('1.5Gi').isGreaterThan(quantity('1G'))", True),
        ("ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.2.3.4')", True),
        ("url('https://a.b:80/c?d=e').getHostname()", "a.b"),
        ("semver('1.2.3').isLessThan(semver('1.10.0'))", True),
        ("format.dns1123Label().validate('Bad').hasValue()", True),
        ("sets.contains([1, 2, 3], [2])", True),
    ],
)
def test_value(text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9223372036854775807 + object.spec.replicas", "integer overflow"),
        ("object.spec.replicas / 0", "division by zero"),
        ("object.spec.replicas % 0", "modulus by zero"),
        ("0u - uint(object.spec.replicas)", "unsigned integer overflow"),
        ("object.missing", "no such key: missing"),
        ("object.spec.ports[5]", "index out of bounds: 5"),
        ("object.spec + 1", "no such overload: _+_"),
        ("object.spec.replicas + 'a'", "no such overload"),
        ("object.spec.missing || object.spec.absent", "no such key: missing"),
    ],
)
def test_error(text: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text)
    assert caught.value.message == message
