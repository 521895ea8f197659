"""Fetching an issuer's documents: over TLS only, in bounded time and size.

Redirects are followed a few times, to https only. Proxies of the environment are not used.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import TypeAlias

import urllib3

from kubegate.errors import ConfigurationError, Unavailable

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
            status, location, body = _get(pool, url, headers, timeout)
            if status in (301, 302, 303, 307, 308) and location:
                url = urllib3.util.parse_url(location).url if "://" in location else _joined(url, location)
                continue
            if status != 200:
                raise Unavailable(f"{status}: the issuer did not answer with a document")
            return body
        raise Unavailable(f"Get {url!r}: stopped after {_REDIRECTS} redirects")

    return fetch


def _joined(url: str, location: str) -> str:
    base = urllib3.util.parse_url(url)
    return f"https://{base.netloc}/{location.lstrip('/')}"


def _get(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str], timeout: float) -> tuple[int, str, bytes]:
    try:
        answer = pool.request(
            "GET",
            url,
            headers={"Accept": "application/json", **headers},
            timeout=urllib3.Timeout(total=timeout),
            redirect=False,
            preload_content=False,
        )
        try:
            body = answer.read(MAX_BYTES + 1)
        finally:
            answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"Get {url!r}: {type(error).__name__}") from error
    if len(body) > MAX_BYTES:
        raise Unavailable(f"Get {url!r}: the document is longer than {MAX_BYTES} bytes")
    return answer.status, answer.headers.get("Location") or "", body
