"""CVE-2019-11250: credentials stood in verbose logs. Its kind: CVE-2020-8563 to 8566, tokens and secrets in logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubegate.compose.application import build_application
from kubegate.compose.options import Options
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.server import create_app
from kubegate.testing.http_client import Client

SECRET = "aHVudGVyMg=="


def test_neither_logs_nor_audit_hold_what_is_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, made: Callable[..., Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "tokens.csv").write_text("t0p-s3cret,admin,1,system:masters\n")
    policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "RequestResponse"}]}
    (tmp_path / "policy.yaml").write_text(json.dumps(policy))
    log = tmp_path / "audit.log"
    options = Options(
        ServingOptions(),
        StorageOptions(storage="memory", data_dir=str(tmp_path)),
        AuthnOptions(token_auth_file=str(tmp_path / "tokens.csv")),
        AuthzOptions(authorization_mode=["RBAC"]),
        AdmissionOptions(disable_admission_plugins=["ServiceAccount"]),
        AuditOptions(audit_policy_file=str(tmp_path / "policy.yaml"), audit_log_path=str(log)),
    )
    application = build_application(with_own_keys(options)[0])
    try:
        admin = Client(create_app(lambda: application).test_client(), "t0p-s3cret")
        secrets, accounts = (f"/api/v1/namespaces/default/{kind}" for kind in ("secrets", "serviceaccounts"))
        made(admin("POST", secrets, {"metadata": {"name": "s"}, "data": {"password": SECRET}}))
        admin("GET", f"{secrets}/s")
        admin("PATCH", f"{secrets}/s", {"data": {"more": SECRET}}, media_type="application/merge-patch+json")
        admin("POST", secrets, {"metadata": {"name": "S"}, "data": {"password": SECRET}})
        made(admin("POST", accounts, {"metadata": {"name": "a"}}))
        token = made(admin("POST", f"{accounts}/a/token", {"spec": {}}))["status"]["token"]
        review = {"spec": {"token": token}}
        assert made(admin("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review))["status"]["authenticated"]
        assert admin.as_user("wr0ng-s3cret")("GET", "/api").code == 401
        assert admin.as_user(token[:-4] + "AAAA")("GET", "/api").code == 401
    finally:
        application.close()
    written = log.read_text() + caplog.text
    assert '"resource":"secrets"' in written
    for hidden in (SECRET, "t0p-s3cret", "wr0ng-s3cret", token, token.split(".")[2], token[:-4]):
        assert hidden not in written
