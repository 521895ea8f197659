"""Requests of deprecated kinds say so in the audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubegate.compose.application import build_application
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.server import create_app
from kubegate.testing.http_client import Client

POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


@pytest.mark.parametrize(
    ("resource", "said"),
    [("endpoints", "true"), ("componentstatuses", "true"), ("pods", None)],
    ids=lambda value: str(value),
)
def test_a_deprecated_kind_is_annotated(tmp_path: Path, resource: str, said: str | None) -> None:
    (tmp_path / "tokens.csv").write_text("t,admin,1,system:masters\n")
    (tmp_path / "policy.yaml").write_text(json.dumps(POLICY))
    log = tmp_path / "audit.log"
    application = build_application(
        Options(
            ServingOptions(),
            StorageOptions(storage="memory", data_dir=str(tmp_path)),
            AuthnOptions(token_auth_file=str(tmp_path / "tokens.csv")),
            AuthzOptions(authorization_mode=["RBAC"]),
            AdmissionOptions(),
            audit=AuditOptions(audit_log_path=str(log), audit_policy_file=str(tmp_path / "policy.yaml")),
        )
    )
    client = Client(create_app(lambda: application).test_client(), "t")
    assert client("GET", f"/api/v1/{resource}").code == 200
    application.close()
    done = [event for event in map(json.loads, log.read_text().splitlines()) if event["stage"] == "ResponseComplete"]
    ours = [event for event in done if event["user"]["username"] == "admin"]
    assert [event["annotations"].get("k8s.io/deprecated") for event in ours] == [said]
