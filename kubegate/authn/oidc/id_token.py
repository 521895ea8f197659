"""The registered claims of an ID token, typed as the OpenID client of kube-apiserver types them.

All of them are read, used or not: one of a wrong type refuses the token. Names are matched whatever their case, times may
be numbers in quotes. Source: go-oidc ``verify.go`` (``idToken``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kubegate.authn.claims import Claims
from kubegate.authn.jose import TokenError

_NAMES = frozenset({"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "_claim_names", "_claim_sources"})
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_LARGEST = (1 << 63) - 1


def issuer_of(claims: Mapping[str, Any]) -> str:
    """Who claims to have issued a token, "" if that cannot be read."""
    issuer = _known(claims).get("iss")
    return issuer if isinstance(issuer, str) else ""


def registered_claims(claims: Mapping[str, Any]) -> Claims:
    """Raises `TokenError` if one of them has another type."""
    known = _known(claims)
    for name in ("sub", "nonce", "at_hash"):
        _text(known.get(name), name)
    _sources(known)
    return Claims(
        issuer=_text(known.get("iss"), "iss"),
        subject=_text(known.get("sub"), "sub"),
        audience=_audience(known["aud"]) if "aud" in known else (),
        expiry=_time(known["exp"], late=False) if "exp" in known else None,
        not_before=_time(known["nbf"], late=True) if known.get("nbf") is not None else None,
        issued_at=_time(known["iat"], late=True) if "iat" in known else None,
    )


def _known(claims: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in claims.items():
        folded = name.casefold()
        if folded in _NAMES and len(folded) == len(name):
            found[folded] = value
    return found


def _wrong(value: Any, name: str, wanted: str) -> TokenError:
    kinds = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return TokenError(f"json: cannot unmarshal {kinds[type(value)]} into Go struct field idToken.{name} of type {wanted}")


def _text(value: Any, name: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise _wrong(value, name, "string")


def _audience(value: Any) -> tuple[str, ...]:
    """One text or several; null is the empty text."""
    parts = value if isinstance(value, list) else [value]
    if not all(part is None or isinstance(part, str) for part in parts):
        raise TokenError("json: cannot unmarshal into Go value of type []string")
    return tuple(part or "" for part in parts)


def _time(value: Any, *, late: bool) -> int:
    """Seconds since 1970. What is too large for a time is as far away as makes the token bad (``late``: in the future)."""
    text = value if isinstance(value, str) else ""
    if isinstance(value, bool) or not (isinstance(value, int | float) or _NUMBER.fullmatch(text)):
        raise TokenError("json: cannot unmarshal into Go value of type json.Number")
    try:
        seconds = int(value) if isinstance(value, int) or text.lstrip("-").isdecimal() else int(float(value))
    except (OverflowError, ValueError):
        seconds = _LARGEST + 1
    if abs(seconds) > _LARGEST:
        return _LARGEST if late else -_LARGEST
    return seconds


def _sources(known: Mapping[str, Any]) -> None:
    """Claims that are kept elsewhere: each name must have a source."""
    names, sources = _object(known, "_claim_names"), _object(known, "_claim_sources")
    for source in sources.values():
        fields = _object({"_claim_sources": source}, "_claim_sources")
        for field in ("endpoint", "access_token"):
            _text(fields.get(field), f"_claim_sources.{field}")
    for source in names.values():
        if not _text(source, "_claim_names"):
            raise TokenError("oidc: failed to obtain source from claim name")
        if source not in sources:
            raise TokenError("oidc: source does not exist")


def _object(known: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = known.get(name)
    if value is None or isinstance(value, dict):
        return value or {}
    raise _wrong(value, name, "map[string]string")
