"""Reload: what the flags name is read anew; what cannot be used changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.compose.application import Application, build_application
from kubegate.compose.options import Options
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.errors import ConfigurationError
from kubegate.server import create_app
from kubegate.testing.http_client import Client


def policy(user: str) -> str:
    spec = f'"user":"{user}","namespace":"*","resource":"*","apiGroup":"*"'
    return f'{{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{{{spec}}}}}\n'


@pytest.fixture
def application(tmp_path: Path) -> Application:
    (tmp_path / "policy.jsonl").write_text(policy("alice"))
    (tmp_path / "tokens.csv").write_text("alice-token,alice,1,\nbob-token,bob,2,\n")
    authz = AuthzOptions(authorization_mode=["ABAC"], authorization_policy_file=str(tmp_path / "policy.jsonl"))
    storage = StorageOptions(storage="memory", data_dir=str(tmp_path))
    authn = AuthnOptions(token_auth_file=str(tmp_path / "tokens.csv"))
    return build_application(Options(ServingOptions(), storage, authn, authz, AdmissionOptions()))


def may(application: Application, token: str) -> bool:
    client = Client(create_app(lambda: application).test_client(), token)
    return client("GET", "/api/v1/namespaces").code == 200


def test_a_new_policy_counts_and_objects_stay(application: Application, tmp_path: Path) -> None:
    assert (may(application, "alice-token"), may(application, "bob-token")) == (True, False)
    revision = application.store.revision
    (tmp_path / "policy.jsonl").write_text(policy("bob"))
    application.reload()
    assert (may(application, "alice-token"), may(application, "bob-token")) == (False, True)
    assert application.store.revision == revision


def test_a_bad_policy_changes_nothing(application: Application, tmp_path: Path) -> None:
    (tmp_path / "policy.jsonl").write_text("not json\n")
    with pytest.raises(ConfigurationError):
        application.reload()
    assert (may(application, "alice-token"), may(application, "bob-token")) == (True, False)


def test_unready_before_the_end(application: Application) -> None:
    client = Client(create_app(lambda: application).test_client(), "alice-token")
    application.unready()
    assert application.core.draining.is_set()
    assert not application.stopping.is_set()
    assert client("GET", "/api/v1/namespaces").code == 200
