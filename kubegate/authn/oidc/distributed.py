"""Distributed claims: the groups are not in the token but at an endpoint that the token names.

Source: OpenID Connect Core 1.0, section 5.6.2; k8s.io/apiserver oidc ``claimResolver``. The answer is a token itself and
verified like one, by the keys of its own issuer, for the same audiences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubegate.authn.jose import TokenError
from kubegate.authn.oidc.fetch import Fetch
from kubegate.errors import Unavailable

VerifyAs = Callable[[str], Mapping[str, Any]]
"""A token -> its claims, verified by the keys of the issuer that it names; raises `TokenError`."""


class DistributedClaims:
    """Fills in ``claim`` where a token says that it is elsewhere."""

    def __init__(self, claim: str, fetch: Fetch, verify: VerifyAs) -> None:
        self._claim = claim
        self._fetch = fetch
        self._verify = verify

    def expand(self, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """The claims, with the distributed one if there is one; raises `TokenError`."""
        names = claims.get("_claim_names")
        if self._claim in claims or names is None:
            return claims
        sources = claims.get("_claim_sources")
        if not isinstance(names, dict):
            raise TokenError("oidc: error parsing distributed claim names")
        if not isinstance(sources, dict):
            raise TokenError("oidc: no claim sources")
        source = names.get(self._claim)
        if source is None:
            return claims
        endpoint = sources.get(source)
        if not isinstance(endpoint, dict):
            raise TokenError(f"id token _claim_names contained a source {source} missing in _claims_sources")
        url = endpoint.get("endpoint")
        return {**claims, self._claim: self._resolve(url, endpoint.get("access_token"))} if url else claims

    def _resolve(self, url: Any, access_token: Any) -> Any:
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        try:
            token = self._fetch(str(url), headers).decode()
        except (Unavailable, UnicodeDecodeError) as error:
            raise TokenError(f'while getting distributed claim "{self._claim}": no usable answer') from error
        found = self._verify(token)
        if self._claim not in found:
            raise TokenError(f"jwt returned by distributed claim endpoint did not contain claim: {self._claim}")
        return found[self._claim]
