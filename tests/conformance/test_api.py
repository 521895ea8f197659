"""The recorded API flows, in process: every step of a flow against one server, answers compared word for word.

Watches, restarts and custom resources need a real server: the checker of the whole corpus runs those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubegate.compose.application import build_application
from kubegate.compose.options import Options
from kubegate.compose.pki import ensure_signing_key
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.server import create_app
from kubegate.testing.http_client import Answer, Client
from tests.conformance.corpora import recordings
from tests.conformance.placeholders import Comparison, ordered

FOLDER = recordings("api")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings at {FOLDER} (set KUBEGATE_CONFORMANCE)")

NOT_HERE = {"watch", "expired", "crd"}
EXCLUDED = {
    # The recording server rewrites this verb; kube-apiserver does not.
    ("requestinfo", 75),
}
TOKENS = {"admin": "admin-token", "nobody": "nobody-token", "viewer": "viewer-token", "bad": "bad-token"}


def _flows() -> list[str]:
    found = sorted(path.parent.name for path in FOLDER.glob("*/steps.jsonl")) if FOLDER.is_dir() else []
    return [name for name in found if name not in NOT_HERE]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("api")
    authn = AuthnOptions(
        token_auth_file=str(FOLDER / "tokens.csv"), service_account_issuer=["https://kubernetes.default.svc"]
    )
    signing = folder / "sa.key"
    ensure_signing_key(signing)
    authn = authn.model_copy(
        update={"service_account_signing_key_file": str(signing), "service_account_key_file": [str(signing)]}
    )
    application = build_application(
        Options(
            ServingOptions(allow_privileged=True),
            StorageOptions(storage="memory", data_dir=str(folder)),
            authn,
            AuthzOptions(authorization_mode=["Node", "RBAC"]),
            AdmissionOptions(),
        )
    )
    yield Client(create_app(lambda: application).test_client())
    application.close()


def send(client: Client, step: dict[str, Any], comparison: Comparison) -> Answer:
    headers = {"User-Agent": "recorder/1.0", "Accept": "application/json"}
    if (token := TOKENS.get(step.get("as", "admin"))) is not None:
        headers["Authorization"] = f"Bearer {token}"
    data = None
    if "body_text" in step:
        data = comparison.fill(step["body_text"])
    elif "body" in step:
        data = json.dumps(comparison.fill(step["body"]))
    if data is not None:
        headers["Content-Type"] = "application/json"
    for name, value in (step.get("headers") or {}).items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    path = comparison.fill(step["path"])
    response = client.flask.open(path, method=step.get("method", "GET"), data=data, headers=headers)
    text = response.get_data(as_text=True)
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return Answer(response.status_code, response.headers, body)


def differences(step: dict[str, Any], answer: Answer, comparison: Comparison) -> list[str]:
    found = [] if answer.code == step["code"] else [f"code: {step['code']} / {answer.code}"]
    if step["response"] != "<omitted>":
        found += comparison.differences(ordered(step["response"]), ordered(answer.body))
    return found + comparison.headers(step.get("response_headers") or {}, answer.headers)


def _causes(step: dict[str, Any]) -> int:
    response = step["response"]
    details = response.get("details") if isinstance(response, dict) else None
    return len((details or {}).get("causes") or ()) if isinstance(details, dict) else 0


@pytest.mark.parametrize("flow", _flows())
def test_flow(flow: str, client: Client) -> None:
    comparison = Comparison()
    wrong = []
    for line in (FOLDER / flow / "steps.jsonl").read_text(encoding="utf-8").splitlines():
        step = json.loads(line)
        if "code" not in step or "watch" in step:
            continue
        answer = send(client, step, comparison)
        if (flow, step["step"]) in EXCLUDED or _causes(step) > 1:
            continue  # several causes stand in no order
        if found := differences(step, answer, comparison):
            wrong.append(f"{flow}/{step['step']} {step.get('method')} {step['path']}\n    " + "\n    ".join(found[:4]))
    assert not wrong, "\n".join(wrong[:10])
