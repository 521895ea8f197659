"""Fetching an issuer's documents: over TLS only, in bounded time and size.

Redirects are followed a few times, to https only; credentials stay with the host that they were meant for, and its
subdomains. Proxies of the environment are not used.

Source: Go ``net/http/client.go`` (``shouldCopyHeaderOnRedirect``).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

import urllib3

from kubegate.errors import ConfigurationError, Unavailable
from kubegate.outbound.exchange import Answer, AnswerTooLong, exchange

MAX_BYTES = 1 << 20
TIMEOUT = 10.0
"""Seconds for one document."""
_REDIRECTS = 5

Fetch: TypeAlias = Callable[[str, Mapping[str, str]], bytes]
"""(URL, headers) -> the body of a 200; raises `Unavailable`."""


def https_fetch(certificate_authority: str, *, timeout: float = TIMEOUT) -> Fetch:
    """A fetcher that trusts ``certificate_authority`` (PEM), or the host's authorities if that is "".

    Raises `ConfigurationError` if the PEM is not usable."""
    try:
        context = ssl.create_default_context(cadata=certificate_authority or None)
    except ssl.SSLError as error:
        raise ConfigurationError(f"Failed to read the CA contents: {error.reason}") from error
    pool = urllib3.PoolManager(maxsize=2, retries=False, ssl_context=context)

    def fetch(url: str, headers: Mapping[str, str]) -> bytes:
        for _ in range(_REDIRECTS):
            if not url.startswith("https://"):
                raise Unavailable(f"Get {url!r}: only https is allowed")
            answer = _get(pool, url, headers, timeout)
            location = answer.headers.get("location")
            if answer.status in (301, 302, 303, 307, 308) and location:
                url, before = _target(url, location), url
                if not _belongs(url, before):
                    headers = {}  # for good: a redirect back does not restore them (CVE-2024-45336)
                continue
            if answer.status != 200:
                raise Unavailable(f"{answer.status}: the issuer did not answer with a document")
            return answer.body
        raise Unavailable(f"Get {url!r}: stopped after {_REDIRECTS} redirects")

    return fetch


def _target(url: str, location: str) -> str:
    """Where a redirect of ``url`` leads, its scheme in lower case."""
    try:
        return urllib3.util.parse_url(urljoin(url, location)).url
    except (ValueError, urllib3.exceptions.LocationParseError) as error:
        raise Unavailable(f"Get {url!r}: failed to parse the Location header") from error


def _belongs(url: str, other: str) -> bool:
    """Whether a URL is of the host of another one, or of a subdomain of it; ports do not matter."""
    host, parent = urlsplit(url).hostname or "", urlsplit(other).hostname or ""
    return host == parent or host.endswith(f".{parent}")


def _get(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str], timeout: float) -> Answer:
    asked = {"Accept": "application/json", **headers}
    try:
        return exchange(pool, "GET", url, asked, timeout=timeout, longest=MAX_BYTES)
    except (urllib3.exceptions.HTTPError, ValueError) as error:  # ValueError: a token that no header can hold
        raise Unavailable(f"Get {url!r}: {type(error).__name__}") from error
    except AnswerTooLong as error:
        raise Unavailable(f"Get {url!r}: the document is longer than {MAX_BYTES} bytes") from error
