"""The files for a kube-apiserver can be used as they are: they hold what the endpoint asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubegate.authz.configuration.conditions import check_condition
from kubegate.authz.configuration.model import load_authorization_configuration
from kubegate.authz.configuration.validate import name_complaints, validate
from kubegate.config.webhook import WebhookOptions
from kubegate.webhook.apiserver_config import documents


def kubeconfigs(*, client_certificates: bool = False, **options: Any) -> list[dict[str, Any]]:
    text = documents(WebhookOptions(**options), client_certificates=client_certificates)
    return list(yaml.safe_load_all(text))[1:]


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    text = documents(WebhookOptions(), client_certificates=False).partition("---\n")[0]
    kubeconfig = tmp_path / "authorize.kubeconfig"
    kubeconfig.touch()
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("/etc/kubernetes/kubegate-authorize.kubeconfig", str(kubeconfig)))
    configuration = load_authorization_configuration(str(file))
    assert validate(configuration, check_condition) == []
    assert name_complaints(configuration) == []


def test_what_the_endpoint_asks_for_is_there() -> None:
    for document in kubeconfigs(allowed_token_file="callers.txt", client_certificates=True):
        assert set(document["users"][0]["user"]) == {"token", "client-certificate", "client-key"}
    for document in kubeconfigs():
        assert document["users"][0]["user"] == {}


@pytest.mark.parametrize(
    ("options", "server"),
    [
        ({}, "http://127.0.0.1:8443/authorize"),
        ({"tls_cert_file": "c", "tls_private_key_file": "k"}, "https://127.0.0.1:8443/authorize"),
        ({"bind_address": "0.0.0.0"}, "http://ADDRESS-OF-THE-ENDPOINT:8443/authorize"),
        ({"bind_address": "fd00::1", "port": 1}, "http://[fd00::1]:1/authorize"),
    ],
)
def test_where_it_is(options: dict[str, Any], server: str) -> None:
    assert kubeconfigs(**options)[0]["clusters"][0]["cluster"]["server"] == server
