"""The registered claims of a token (RFC 7519), typed as go-jose types them, and the check of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubegate.authn.jose import LEEWAY, TokenError


@dataclass(frozen=True, slots=True)
class Claims:
    """Absent texts are "", absent times None, times in whole Unix seconds."""

    issuer: str = ""
    subject: str = ""
    audience: tuple[str, ...] = ()
    expiry: int | None = None
    not_before: int | None = None
    issued_at: int | None = None
    id: str = ""

    @classmethod
    def read(cls, claims: Mapping[str, Any]) -> Claims:
        """Raises `TokenError` if a claim has another type."""
        return cls(
            text(claims, "iss"),
            text(claims, "sub"),
            _audience(claims.get("aud", [])),
            numeric_date(claims.get("exp")),
            numeric_date(claims.get("nbf")),
            numeric_date(claims.get("iat")),
            text(claims, "jti"),
        )

    def time_complaint(self, now: float) -> str:
        """``not valid yet``, ``expired``, ``issued in the future``, or ""."""
        if self.not_before is not None and now + LEEWAY < self.not_before:
            return "not valid yet"
        if self.expiry is not None and now - LEEWAY > self.expiry:
            return "expired"
        if self.issued_at is not None and now + LEEWAY < self.issued_at:
            return "issued in the future"
        return ""

    @property
    def good_until(self) -> float:
        """Unix seconds after which `time_complaint` says ``expired``."""
        return float("inf") if self.expiry is None else self.expiry + LEEWAY


def text(claims: Mapping[str, Any], name: str) -> str:
    """A text claim, "" if absent or null; raises `TokenError`."""
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TokenError(f"json: cannot unmarshal {json_type(value)} into Go value of type string")
    return value


def numeric_date(value: Any) -> int | None:
    """Seconds since 1970; raises `TokenError` for anything but a number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError("go-jose/go-jose/jwt: expected number value to unmarshal NumericDate")
    try:
        return min(max(int(value), -(1 << 63)), (1 << 63) - 1)
    except (OverflowError, ValueError) as error:
        raise TokenError("go-jose/go-jose/jwt: expected number value to unmarshal NumericDate") from error


def _audience(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TokenError("go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience")
    return tuple(value)


def json_type(value: Any) -> str:
    """What the decoder calls a value."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"
