"""CVE-2024-45336: a redirect to another host and back brought credentials along (Go's client, which asks for claims)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.authn.oidc.fetch import https_fetch
from kubegate.errors import Unavailable
from kubegate.testing.credentials import Authority
from tests.security.serving_tls import https_service, serving

AUTHORITY = Authority("issuer CA")
HERE, THERE = "https://127.0.0.1:{port}", "https://localhost:{port}"
TOKEN = {"Authorization": "Bearer s3cret"}


def told(folder: Path, locations: dict[str, str]) -> list[tuple[str, bool]]:
    """The paths that were asked for from /claims on, and whether the token came along."""
    with https_service(folder, serving(AUTHORITY, "127.0.0.1", "localhost"), locations) as (port, asked):
        https_fetch(AUTHORITY.pem.decode(), timeout=60)(HERE.format(port=port) + "/claims", TOKEN)
    return [(path, "s3cret" in str(headers)) for path, headers in asked]


@pytest.mark.parametrize("location", [f"{HERE}/b", "/b", "b", "//127.0.0.1:{port}/b"])
def test_credentials_follow_to_the_same_host(location: str, tmp_path: Path) -> None:
    assert told(tmp_path, {"/claims": location}) == [("/claims", True), ("/b", True)]


@pytest.mark.parametrize("location", [f"{THERE}/b", "//localhost:{port}/b"])
def test_credentials_stay_with_their_host(location: str, tmp_path: Path) -> None:
    assert told(tmp_path, {"/claims": location}) == [("/claims", True), ("/b", False)]


@pytest.mark.parametrize("last", [f"{HERE}/c", "/c"], ids=["back to the first host", "on the second host"])
def test_another_redirect_does_not_bring_them_back(last: str, tmp_path: Path) -> None:
    locations = {"/claims": f"{THERE}/b", "/b": last}
    assert told(tmp_path, locations) == [("/claims", True), ("/b", False), ("/c", False)]


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/b", "HTTPS://[x/b", "file:///etc/passwd", "https://:x/"])
def test_other_schemes_and_nonsense_are_failures(location: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        told(tmp_path, {"/claims": location})


def test_a_token_that_no_header_can_hold_is_a_failure() -> None:
    with pytest.raises(Unavailable):
        https_fetch("", timeout=60)("https://127.0.0.1:1/", {"Authorization": "Bearer a\r\nHost: b"})
