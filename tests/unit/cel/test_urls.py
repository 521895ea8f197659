"""URLs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("url('https://u:p@ex.com:80/a/b?x=1&y=%20#f').getHost()", "ex.com:80"),
        ("url('http://[::1]:80/').getHostname()", "::1"),
        ("url('http://[::1]:80/').getHost()", "[::1]:80"),
        ("url('/path').getHost()", ""),
        ("url('/path').getScheme()", ""),
        ("url('mailto:a@b').getEscapedPath()", ""),
        ("url('https://a/b c').getEscapedPath()", "/b%20c"),
        ("url('https://a/?a=1&b=&c&a=%zz;d=1').getQuery()", {"a": ["1"], "b": [""], "c": [""]}),
        ("url('https://a/é').getEscapedPath()", "/%C3%A9"),
        ("isURL('http://a:99999/')", True),
        ("isURL('http://user^:x@a/')", False),
        ("isURL('*')", True),
        ("url('*').getHost()", ""),
        ("url('https://a') == url('https://a')", True),
        ("url('HTTPS://A/').getScheme()", "https"),
    ],
)
def test_value(evaluate: Callable[[str], Any], text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url(object.s)", 'URL parse error during conversion from string: parse "text": invalid URI for request'),
        ("url('')", 'URL parse error during conversion from string: parse "": empty url'),
        ("url(':/x')", 'URL parse error during conversion from string: parse ":/x": missing protocol scheme'),
        (
            "url('http://a b/')",
            ('URL parse error during conversion from string: parse "http://a b/": invalid character " " in host name'),
        ),
        (
            "url('http://a:port/')",
            ('URL parse error during conversion from string: parse "http://a:port/": invalid port ":port" after host'),
        ),
        (
            "url('http://[::1/')",
            "URL parse error during conversion from string: parse \"http://[::1/\": missing ']' in host",
        ),
        (
            "url('http://a%zz/')",
            'URL parse error during conversion from string: parse "http://a%zz/": invalid URL escape "%zz"',
        ),
        ("url('../x')", 'URL parse error during conversion from string: parse "../x": invalid URI for request'),
        ("url('ht!tp://x')", 'URL parse error during conversion from string: parse "ht!tp://x": invalid URI for request'),
        (
            "url('http://x/%2g')",
            'URL parse error during conversion from string: parse "http://x/%2g": invalid URL escape "%2g"',
        ),
        (
            "url('https://a\\u0000b/')",
            (
                'URL parse error during conversion from string: parse "https://a\\x00b/": net/url: '
                "invalid control character in URL"
            ),
        ),
    ],
)
def test_failure(failure: Callable[[str], str], text: str, message: str) -> None:
    assert failure(text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("url(1)", ["4: found no matching overload for 'url' applied to '(int)'"]),
    ],
)
def test_complaints(complaints: Callable[[str], list[str]], text: str, expected: list[str]) -> None:
    assert complaints(text) == expected
