"""CVE-2025-9708: a client with an authority of its own took certificates of any other authority as well.

The same client asks authentication, authorization and admission webhooks: whoever sits between could allow everything.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubegate.authn.oidc.fetch import https_fetch
from kubegate.errors import Unavailable
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import load_kubeconfig
from kubegate.testing.credentials import Authority, Issued
from tests.security.serving_tls import https_service, serving

TRUSTED = Authority("webhook CA")
STRANGER = Authority("webhook CA")
PAST = datetime(2021, 1, 1, tzinfo=UTC)
ADDRESS = "127.0.0.1"
FORGED = {
    "of an authority of the same name": (serving(STRANGER, ADDRESS), "unknown authority"),
    "of a stranger's intermediate": (serving(Authority("below", STRANGER), ADDRESS), "unknown authority"),
    "for another name": (serving(TRUSTED, "other.example"), f"wanted to match {ADDRESS}"),
    "for another address": (serving(TRUSTED, "127.0.0.2"), f"wanted to match {ADDRESS}"),
    "that is over": (serving(TRUSTED, ADDRESS, end=PAST), "has expired or is not yet valid"),
}


def client(folder: Path, port: int, authority: str, tls: str = "") -> Client:
    """A webhook's client, from a kubeconfig with a token."""
    file = folder / "webhook.kubeconfig"
    file.write_text(
        f"clusters: [{{name: c, cluster: {{server: 'https://{ADDRESS}:{port}/'{authority}{tls}}}}}]\n"
        "users: [{name: u, user: {token: s3cret}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
        "current-context: x\n"
    )
    return Client(load_kubeconfig(str(file)), timeout=60)


OURS = f", certificate-authority-data: {base64.b64encode(TRUSTED.pem).decode()}"


def test_the_authoritys_own_certificate_is_taken(tmp_path: Path) -> None:
    with https_service(tmp_path, serving(TRUSTED, ADDRESS)) as (port, asked):
        assert client(tmp_path, port, OURS).post(b"{}").status == 200
    assert [headers["Authorization"] for _, headers in asked] == ["Bearer s3cret"]


@pytest.mark.parametrize("how", FORGED)
def test_other_certificates_are_refused_before_anything_is_said(how: str, tmp_path: Path) -> None:
    certificate, why = FORGED[how]
    with https_service(tmp_path, certificate) as (port, asked):
        asking = client(tmp_path, port, OURS)
        with pytest.raises(Unavailable, match=why):
            asking.post(b"{}")
        with pytest.raises(Unavailable, match=why):
            asking.open("/", idle=60)
    assert asked == []


def test_without_an_authority_those_of_the_host_count(tmp_path: Path) -> None:
    with (
        https_service(tmp_path, serving(TRUSTED, ADDRESS)) as (port, asked),
        pytest.raises(Unavailable, match="unknown authority"),
    ):
        client(tmp_path, port, "").post(b"{}")
    assert asked == []


@pytest.mark.parametrize(("name", "good"), [("hook.shop.svc", True), ("hook.other.svc", False)])
def test_the_name_that_is_asked_for_counts(name: str, good: bool, tmp_path: Path) -> None:
    """Services are called at an address, and must be who they are by name."""
    with https_service(tmp_path, serving(TRUSTED, "hook.shop.svc")) as (port, asked):
        asking = client(tmp_path, port, OURS, f", tls-server-name: {name}")
        if good:
            assert asking.post(b"{}").status == 200
        else:
            with pytest.raises(Unavailable, match="not valid for any names"):
                asking.post(b"{}")
    assert bool(asked) is good


@pytest.mark.parametrize("how", FORGED)
def test_issuers_are_told_by_their_certificates_too(how: str, tmp_path: Path) -> None:
    certificate: Issued = FORGED[how][0]
    with https_service(tmp_path, certificate) as (port, asked), pytest.raises(Unavailable):
        https_fetch(TRUSTED.pem.decode(), timeout=60)(f"https://{ADDRESS}:{port}/keys", {})
    assert asked == []
