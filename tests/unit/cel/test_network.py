"""IP addresses and networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ip('1.2.3.4').isGlobalUnicast()", True),
        ("ip('255.255.255.255').isGlobalUnicast()", False),
        ("ip('ff02::1').isLinkLocalMulticast()", True),
        ("ip('fe80::1').isLinkLocalUnicast()", True),
        ("isIP('fe80::1%eth0')", False),
        ("ip.isCanonical('127.0.0.1')", True),
        ("string(ip('::FFFF'))", "::ffff"),
        ("string(ip('1:0:0:2:0:0:0:3'))", "1:0:0:2::3"),
        ("string(ip('::1.2.3.4'))", "::102:304"),
        ("string(cidr('10.1.2.3/8'))", "10.1.2.3/8"),
        ("string(cidr('2001:DB8::/32'))", "2001:db8::/32"),
        ("isCIDR('10.1.2.3/8')", True),
        ("isCIDR('10.0.0.1')", False),
        ("cidr('10.0.0.0/8').containsIP('::1')", False),
        ("cidr('10.0.0.0/8').containsCIDR('0.0.0.0/0')", False),
        ("cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/8'))", True),
        ("cidr('10.0.0.0/8') == cidr('10.1.0.0/8')", False),
        ("cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", True),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ip('fe80::1%eth0')", 'IP address "fe80::1%eth0" with zone value is not allowed'),
        ("ip('::ffff:1.2.3.4')", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'),
        (
            "ip('1.2.3.04')",
            (
                'IP Address "1.2.3.04" parse error during conversion from string: '
                'ParseAddr("1.2.3.04"): IPv4 field has octet with leading zero'
            ),
        ),
        (
            "ip('1.2.3')",
            ('IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short'),
        ),
        (
            "ip('1.2.3.4.5')",
            (
                'IP Address "1.2.3.4.5" parse error during conversion from string: '
                'ParseAddr("1.2.3.4.5"): IPv4 address too long'
            ),
        ),
        (
            "ip('1.2.3.a')",
            (
                'IP Address "1.2.3.a" parse error during conversion from string: ParseAddr("1.2.3.a"): '
                'unexpected character (at "a")'
            ),
        ),
        (
            "ip('1..2.3')",
            (
                'IP Address "1..2.3" parse error during conversion from string: ParseAddr("1..2.3"): '
                'IPv4 field must have at least one digit (at ".2.3")'
            ),
        ),
        (
            "ip('.1.2.3')",
            (
                'IP Address ".1.2.3" parse error during conversion from string: ParseAddr(".1.2.3"): '
                'IPv4 field must have at least one digit (at ".1.2.3")'
            ),
        ),
        (
            "ip('1.2.3.')",
            (
                'IP Address "1.2.3." parse error during conversion from string: ParseAddr("1.2.3."): '
                'IPv4 field must have at least one digit (at ".")'
            ),
        ),
        ("ip('')", 'IP Address "" parse error during conversion from string: ParseAddr(""): unable to parse IP'),
        (
            "ip('::g')",
            (
                'IP Address "::g" parse error during conversion from string: ParseAddr("::g"): each '
                'colon-separated field must have at least one digit (at "g")'
            ),
        ),
        (
            "ip('1:2:3:4:5:6:7')",
            (
                'IP Address "1:2:3:4:5:6:7" parse error during conversion from string: '
                'ParseAddr("1:2:3:4:5:6:7"): address string too short'
            ),
        ),
        (
            "ip('1:2:3:4:5:6:7:8:9')",
            (
                'IP Address "1:2:3:4:5:6:7:8:9" parse error during conversion from string: '
                'ParseAddr("1:2:3:4:5:6:7:8:9"): trailing garbage after address (at "9")'
            ),
        ),
        (
            "ip('1::2::3')",
            (
                'IP Address "1::2::3" parse error during conversion from string: ParseAddr("1::2::3"): '
                'multiple :: in address (at ":3")'
            ),
        ),
        (
            "ip('12345::')",
            (
                'IP Address "12345::" parse error during conversion from string: ParseAddr("12345::"): '
                'each group must have 4 or less digits (at "12345::")'
            ),
        ),
        (
            "ip(':::')",
            (
                'IP Address ":::" parse error during conversion from string: ParseAddr(":::"): each '
                'colon-separated field must have at least one digit (at ":")'
            ),
        ),
        (
            "ip('1:')",
            (
                'IP Address "1:" parse error during conversion from string: ParseAddr("1:"): colon '
                'must be followed by more characters (at ":")'
            ),
        ),
        (
            "ip('::1.2.3.256')",
            (
                'IP Address "::1.2.3.256" parse error during conversion from string: '
                'ParseAddr("::1.2.3.256"): IPv4 field has value >255'
            ),
        ),
        (
            "ip('10.0.0.0/8')",
            (
                'IP Address "10.0.0.0/8" parse error during conversion from string: '
                'ParseAddr("10.0.0.0/8"): unexpected character (at "/8")'
            ),
        ),
        (
            "ip('example.com')",
            (
                'IP Address "example.com" parse error during conversion from string: '
                'ParseAddr("example.com"): unexpected character (at "example.com")'
            ),
        ),
        (
            "ip(object.s)",
            'IP Address "text" parse error during conversion from string: ParseAddr("text"): unable to parse IP',
        ),
        (
            "ip.isCanonical('127.0.0.01')",
            (
                'IP Address "127.0.0.01" parse error during conversion from string: '
                'ParseAddr("127.0.0.01"): IPv4 field has octet with leading zero'
            ),
        ),
        (
            "ip.isCanonical('bogus')",
            ('IP Address "bogus" parse error during conversion from string: ParseAddr("bogus"): unable to parse IP'),
        ),
        (
            "cidr('10.0.0.0')",
            (
                "network address parse error during conversion from string: network address parse "
                "error during conversion from string: netip.ParsePrefix(\"10.0.0.0\"): no '/'"
            ),
        ),
        (
            "cidr('10.0.0.0/')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("10.0.0.0/"): bad bits after '
                'slash: ""'
            ),
        ),
        (
            "cidr('10.0.0.0/33')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("10.0.0.0/33"): prefix length '
                "out of range"
            ),
        ),
        (
            "cidr('10.0.0.0/08')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("10.0.0.0/08"): bad bits after '
                'slash: "08"'
            ),
        ),
        (
            "cidr('10.0.0.0/-1')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("10.0.0.0/-1"): bad bits after '
                'slash: "-1"'
            ),
        ),
        (
            "cidr('10.0.0.0/+8')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("10.0.0.0/+8"): bad bits after '
                'slash: "+8"'
            ),
        ),
        (
            "cidr('10.0.0.0/8a')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("10.0.0.0/8a"): bad bits after '
                'slash: "8a"'
            ),
        ),
        (
            "cidr('::/129')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("::/129"): prefix length out '
                "of range"
            ),
        ),
        (
            "cidr('bad/8')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("bad/8"): ParseAddr("bad"): '
                "unable to parse IP"
            ),
        ),
        (
            "cidr('::ffff:1.2.3.4/100')",
            (
                "network address parse error during conversion from string: IPv4-mapped IPv6 address "
                '"::ffff:1.2.3.4/100" is not allowed'
            ),
        ),
        (
            "cidr('fe80::1%eth0/64')",
            (
                "network address parse error during conversion from string: network address parse "
                'error during conversion from string: netip.ParsePrefix("fe80::1%eth0/64"): IPv6 zones '
                "cannot be present in a prefix"
            ),
        ),
        (
            "cidr(object.s)",
            (
                "network address parse error during conversion from string: network address parse "
                "error during conversion from string: netip.ParsePrefix(\"text\"): no '/'"
            ),
        ),
        (
            "cidr('10.0.0.0/8').containsIP('bogus')",
            ('IP Address "bogus" parse error during conversion from string: ParseAddr("bogus"): unable to parse IP'),
        ),
        (
            "cidr('10.0.0.0/8').containsCIDR('bogus')",
            (
                "network address parse error during conversion from string: network address parse "
                "error during conversion from string: netip.ParsePrefix(\"bogus\"): no '/'"
            ),
        ),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("isIP(1)", ["5: found no matching overload for 'isIP' applied to '(int)'"]),
        ("ip('1.2.3.4').ip()", ["17: found no matching overload for 'ip' applied to 'net.IP.()'"]),
        ("ip('1.2.3.4') < ip('1.2.3.5')", ["15: found no matching overload for '_<_' applied to '(net.IP, net.IP)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
