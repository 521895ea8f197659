"""`kubegate authenticate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.cli.authenticate import command
from kubegate.errors import InvalidInput
from kubegate.testing.credentials import Authority, new_key, public_pem, token

KEY = new_key()
CLAIMS = {
    "iss": "https://kubernetes.default.svc",
    "aud": ["https://kubernetes.default.svc"],
    "exp": 2_000_000_000,
    "kubernetes.io": {"namespace": "shop", "serviceaccount": {"name": "web", "uid": "u-1"}},
}
ACCOUNT = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: shop, uid: u-1}}"


def run(*arguments: str, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments, input=stdin, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.output


def report(*arguments: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
    code, text = run(*arguments, "-o", "json", stdin=stdin)
    return code, json.loads(text)


@pytest.fixture
def certificate(tmp_path: Path) -> list[str]:
    authority = Authority("clients")
    (tmp_path / "ca.crt").write_bytes(authority.pem)
    (tmp_path / "alice.crt").write_bytes(authority.issue("alice", organizations=["devs"]).pem)
    return ["--certificate", str(tmp_path / "alice.crt"), "--client-ca-file", str(tmp_path / "ca.crt")]


@pytest.fixture
def account(tmp_path: Path) -> list[str]:
    (tmp_path / "sa.pub").write_bytes(public_pem(KEY))
    (tmp_path / "objects.yaml").write_text(ACCOUNT)
    (tmp_path / "token").write_text(token(CLAIMS, KEY) + "\n")
    return ["--service-account-key-file", str(tmp_path / "sa.pub"), "-f", str(tmp_path / "objects.yaml")]


def test_a_certificate(certificate: list[str]) -> None:
    code, found = report(*certificate)
    assert code == 0
    assert found["user"]["username"] == "alice"
    assert found["user"]["groups"] == ["devs", "system:authenticated"]
    assert found["credential"]["certificate validity"] == "2020-01-01T00:00:00Z to 2090-01-01T00:00:00Z (valid)"


def test_a_certificate_at_another_time(certificate: list[str]) -> None:
    code, text = run(*certificate, "--at", "2100-01-01T00:00:00Z")
    assert code == 2
    assert "is after 2090-01-01T00:00:00Z" in text
    assert "(expired)" in text


def test_a_token_and_its_account(account: list[str], tmp_path: Path) -> None:
    code, found = report(*account, "--token-from", str(tmp_path / "token"))
    assert code == 0
    assert found["user"]["username"] == "system:serviceaccount:shop:web"
    assert found["audiences"] == ["https://kubernetes.default.svc"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--at", "2040-01-01T00:00:00Z"], "service account token has expired"),
        (["--audience", "vault"], 'is invalid for the target audiences ["vault"]'),
    ],
)
def test_why_a_token_is_refused(account: list[str], tmp_path: Path, arguments: list[str], reason: str) -> None:
    code, found = report(*account, "--token-from", str(tmp_path / "token"), *arguments)
    assert code == 2
    assert reason in found["reasons"][0]
    assert len(found["reasons"]) == 1


def test_a_token_from_standard_input_is_not_shown(account: list[str]) -> None:
    text = token(CLAIMS, KEY)
    code, shown = run(*account, "--token", "-", stdin=text)
    assert code == 0
    assert text.rpartition(".")[2] not in shown


def test_headers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("tok,bob,1\n")
    flags = ["--token-auth-file", str(tmp_path / "t.csv"), "--header"]
    assert report(*flags, "Authorization: Bearer tok")[1]["user"]["username"] == "bob"
    assert report(*flags, "Authorization: Bearer other")[0] == 2
    assert report(*flags, "Authorization: Bearer  tok")[1]["warnings"]


def test_nothing_presented() -> None:
    assert report()[1]["user"]["username"] == "system:anonymous"
    code, found = report("--anonymous-auth=false")
    assert code == 2
    assert "no credential was presented" in found["reasons"][0]


@pytest.mark.parametrize(
    "arguments", [["--at", "soon"], ["--header", "nocolon"], ["--certificate", "/nope"], ["--token-from", "/nope"]]
)
def test_bad_arguments(arguments: list[str]) -> None:
    with pytest.raises(InvalidInput):
        run(*arguments)
