"""What a credential says about itself, for people: the certificates of a chain, the header and claims of a token.

Nothing is verified here and no secret is shown: a token's signature is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography import x509

from kubegate.authn.certificates import Certificate, CertificateError
from kubegate.authn.claims import numeric_date
from kubegate.authn.jose import TokenError, json_object, parse

_USAGES = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "2.5.29.37.0": "any",
}
_TIMES = ("iat", "nbf", "exp")
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about, what it says."""

    name: str
    value: str


def describe_certificates(chain: Sequence[bytes], now: float) -> list[Row]:
    """The chain as the client sends it, leaf first."""
    rows: list[Row] = []
    for position, der in enumerate(chain):
        title = "certificate" if position == 0 else f"chain[{position}]"
        try:
            rows += _certificate(title, Certificate.read(der), now)
        except CertificateError as error:
            rows.append(Row(title, error.message))
    return rows


def _certificate(title: str, certificate: Certificate, now: float) -> list[Row]:
    parsed = certificate.parsed
    start, end = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    state = "not yet valid" if now < start.timestamp() else "expired" if now > end.timestamp() else "valid"
    return [
        Row(title, parsed.subject.rfc4514_string() or "(empty subject)"),
        Row(f"{title} issuer", parsed.issuer.rfc4514_string() or "(empty)"),
        Row(f"{title} validity", f"{_stamp(start.timestamp())} to {_stamp(end.timestamp())} ({state})"),
        Row(f"{title} usage", _usage(certificate)),
        Row(f"{title} identifiers", certificate.identifier),
    ]


def _usage(certificate: Certificate) -> str:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return "not restricted"
    return ", ".join(_USAGES.get(usage.dotted_string, usage.dotted_string) for usage in usages)


def describe_token(token: str, now: float) -> list[Row]:
    """Header and claims of a JSON Web Token; nothing for other kinds of tokens."""
    jws = parse(token)
    if jws is None:
        return []
    rows = [Row(f"header {name}", str(value)) for name, value in jws.header.items()]
    try:
        claims = json_object(jws.payload)
    except TokenError as error:
        return [*rows, Row("claims", error.message)]
    return rows + [Row(f"claim {name}", _claim(name, value, now)) for name, value in claims.items()]


def _claim(name: str, value: Any, now: float) -> str:
    if name not in _TIMES:
        return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    try:
        seconds = numeric_date(value)
    except TokenError as error:
        return f"{value} ({error.message})"
    return f"{value} ({_stamp(seconds)}, {_distance(seconds - now)})" if seconds is not None else "null"


def _stamp(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "out of range"


def _distance(seconds: float) -> str:
    amount = abs(int(seconds))
    size, unit = next(((size, unit) for size, unit in _UNITS if amount >= size), (1, "s"))
    return f"in {amount // size}{unit}" if seconds > 0 else f"{amount // size}{unit} ago"
