"""Kubeconfig files that describe a webhook."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml

from kubegate.errors import ConfigurationError
from kubegate.outbound.kubeconfig import Remote, load_kubeconfig


def write(tmp_path: Path, cluster: dict[str, object], user: dict[str, object]) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return str(path)


def test_embedded_and_named_files(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"CA")
    path = write(
        tmp_path,
        {"server": "https://hook/x", "certificate-authority": "ca.pem"},
        {"client-certificate-data": base64.b64encode(b"CRT").decode(), "token": "secret"},
    )
    remote = load_kubeconfig(path)
    assert (remote.server, remote.ca, remote.client_certificate, remote.token) == ("https://hook/x", b"CA", b"CRT", "secret")


def test_secrets_do_not_show() -> None:
    shown = repr(Remote("https://h", token="s3cret-a", password="s3cret-b", client_key=b"s3cret-c"))
    assert "s3cret" not in shown


TOKENS = [
    ({"token": "a"}, "a", ""),
    ({"tokenFile": "token"}, "of the file", "token"),
    ({"token": "a", "tokenFile": "token"}, "of the file", "token"),
    ({"token": "a", "tokenFile": "absent"}, "a", "absent"),
    ({"token": "a", "tokenFile": "empty"}, "a", "empty"),
]


@pytest.mark.parametrize(("user", "token", "file"), TOKENS)
def test_tokens(tmp_path: Path, user: dict[str, object], token: str, file: str) -> None:
    (tmp_path / "token").write_text("of the file\n")
    (tmp_path / "empty").touch()
    remote = load_kubeconfig(write(tmp_path, {"server": "https://h"}, user))
    assert (remote.token, remote.token_file) == (token, str(tmp_path / file) if file else "")


def test_certificates_are_followed_if_both_parts_come_from_files(tmp_path: Path) -> None:
    for name in ("crt", "key"):
        (tmp_path / name).write_text(name)
    files = {"client-certificate": "crt", "client-key": "key"}
    remote = load_kubeconfig(write(tmp_path, {"server": "https://h"}, dict(files)))
    assert (remote.certificate_file, remote.key_file) == (str(tmp_path / "crt"), str(tmp_path / "key"))
    embedded = {**files, "client-key-data": base64.b64encode(b"KEY").decode()}
    remote = load_kubeconfig(write(tmp_path, {"server": "https://h"}, dict(embedded)))
    assert (remote.certificate_file, remote.key_file, remote.client_key) == ("", "", b"KEY")


BAD = [
    ({}, {}, "no configuration has been provided, try setting KUBERNETES_MASTER environment variable"),
    ({"insecure-skip-tls-verify": True}, {}, 'invalid configuration: no server found for cluster "c"'),
    ({"server": "https://h", "certificate-authority": "absent.pem"}, {}, "unable to read .*absent.pem: no such file"),
    ({"server": "https://h", "certificate-authority-data": "%%"}, {}, "is not base64"),
    (
        {"server": "https://h", "insecure-skip-tls-verify": "false"},
        {},
        "cannot unmarshal string into Go struct field Cluster.clusters.cluster.insecure-skip-tls-verify of type bool",
    ),
    ({"server": 7}, {}, "cannot unmarshal number into Go struct field Cluster.clusters.cluster.server of type string"),
    ({"server": "https://h"}, {"token": 7}, "AuthInfo.users.user.token of type string"),
    ({"server": "https://h"}, {"client-key-data": ["x"]}, "AuthInfo.users.user.client-key-data of type string"),
    ({"server": "https://h"}, {"exec": {"command": "login"}}, "exec is not supported"),
    ({"server": "https://h"}, {"auth-provider": {"name": "x"}}, "auth-provider is not supported"),
    ({"server": "https://h", "proxy-url": "http://p"}, {}, "proxy-url is not supported"),
    ({"server": "https://h"}, {"tokenFile": "absent"}, "unable to read .*absent: no such file"),
]


@pytest.mark.parametrize(("cluster", "user", "message"), BAD)
def test_unusable(tmp_path: Path, cluster: dict[str, object], user: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_kubeconfig(write(tmp_path, cluster, user))


ODD = [
    ("", "no configuration has been provided"),
    ("a text", "a mapping is expected"),
    ("[1]", "a mapping is expected"),
    ("a: [", "error loading config file"),
    ("clusters: {}", r"Config.clusters of type \[\]v1.NamedCluster"),
    ("users: [1]", "Config.users of type v1.NamedAuthInfo"),
    ("users: [{name: 1}]", "NamedAuthInfo.users.name of type string"),
    ("contexts: [{name: x, context: [1]}]", "NamedContext.contexts.context of type v1.Context"),
    ("current-context: 1", "Config.current-context of type string"),
    ("[" * 3000, "error loading config file"),
    ("2024-13-45: 1", "error loading config file"),
]


@pytest.mark.parametrize(("text", "message"), ODD)
def test_what_is_no_kubeconfig(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "k"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_kubeconfig(str(path))


def test_an_unknown_context_is_named(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text("current-context: nope\ncontexts: []\n")
    with pytest.raises(ConfigurationError, match='context "nope" does not exist'):
        load_kubeconfig(str(path))
