"""kube-system/extension-apiserver-authentication: whom extension API servers may believe."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kubegate.api.names import Object
from kubegate.compose.bootstrap_objects.authentication import objects, reconciled
from kubegate.config.authn import AuthnOptions
from kubegate.testing.credentials import Authority

CLIENTS, PROXIES, OTHERS = Authority("clients"), Authority("proxies"), Authority("others")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "clients").write_bytes(b"# ours\n" + CLIENTS.pem)
    (tmp_path / "proxies").write_bytes(PROXIES.pem)
    return {"client_ca_file": str(tmp_path / "clients"), "requestheader_client_ca_file": str(tmp_path / "proxies")}


def wanted(**flags: Any) -> Object:
    (obj,) = objects(AuthnOptions(**flags))
    assert (obj["metadata"]["namespace"], obj["metadata"]["name"]) == ("kube-system", "extension-apiserver-authentication")
    return obj


def test_everything(files: dict[str, str]) -> None:
    obj = wanted(
        **files,
        requestheader_username_headers=["X-Remote-User"],
        requestheader_group_headers=["X-Remote-Group"],
        requestheader_extra_headers_prefix=["X-Remote-Extra-"],
        requestheader_allowed_names=["a", "b"],
    )
    assert obj["data"] == {
        "client-ca-file": CLIENTS.pem.decode(),
        "requestheader-client-ca-file": PROXIES.pem.decode(),
        "requestheader-username-headers": '["X-Remote-User"]',
        "requestheader-group-headers": '["X-Remote-Group"]',
        "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
        "requestheader-allowed-names": '["a","b"]',
    }


def test_uid_headers(files: dict[str, str]) -> None:
    data = wanted(**files, requestheader_uid_headers=["X-Remote-Uid"])["data"]
    assert data["requestheader-uid-headers"] == '["X-Remote-Uid"]'
    assert data["requestheader-allowed-names"] == "[]"


def test_headers_mean_nothing_without_an_authority(files: dict[str, str]) -> None:
    obj = wanted(client_ca_file=files["client_ca_file"], requestheader_username_headers=["X-Remote-User"])
    assert list(obj["data"]) == ["client-ca-file"]
    assert "data" not in wanted()


def test_what_other_servers_want_stays(files: dict[str, str]) -> None:
    ours = wanted(**files, requestheader_allowed_names=["a"])
    held = {
        "client-ca-file": OTHERS.pem.decode(),
        "requestheader-allowed-names": '["z"]',
        "requestheader-uid-headers": "no list",
        "more": "kept",
    }
    changed = reconciled({**ours, "data": held}, ours)
    assert changed is not None
    assert changed["data"]["client-ca-file"] == (OTHERS.pem + CLIENTS.pem).decode()
    assert changed["data"]["requestheader-allowed-names"] == '["z","a"]'
    assert changed["data"]["more"] == "kept"
    assert reconciled(changed, ours) is None


OLD = OTHERS.issue("old", end=datetime(2021, 1, 1, tzinfo=UTC)).pem.decode()


@pytest.mark.parametrize("held", [OLD, "rubbish", OLD + "rubbish"])
def test_rubbish_and_certificates_whose_time_is_over_go(held: str, files: dict[str, str]) -> None:
    ours = wanted(client_ca_file=files["client_ca_file"])
    changed = reconciled({**ours, "data": {"client-ca-file": held}}, ours)
    assert changed is not None
    assert changed["data"] == ours["data"]
