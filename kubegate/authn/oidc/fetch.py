"""Fetching an issuer's documents: over TLS only, in bounded time and size.

Redirects are followed a few times, to https only. Proxies of the environment are not used.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import TypeAlias

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
                url = urllib3.util.parse_url(location).url if "://" in location else _joined(url, location)
                continue
            if answer.status != 200:
                raise Unavailable(f"{answer.status}: the issuer did not answer with a document")
            return answer.body
        raise Unavailable(f"Get {url!r}: stopped after {_REDIRECTS} redirects")

    return fetch


def _joined(url: str, location: str) -> str:
    base = urllib3.util.parse_url(url)
    return f"https://{base.netloc}/{location.lstrip('/')}"


def _get(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str], timeout: float) -> Answer:
    asked = {"Accept": "application/json", **headers}
    try:
        return exchange(pool, "GET", url, asked, timeout=timeout, longest=MAX_BYTES)
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"Get {url!r}: {type(error).__name__}") from error
    except AnswerTooLong as error:
        raise Unavailable(f"Get {url!r}: the document is longer than {MAX_BYTES} bytes") from error
