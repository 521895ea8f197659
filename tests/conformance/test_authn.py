"""The recorded authentication cases, evaluated in process: flags -> authenticator -> the identity or the refusal."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import jwt
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from kubegate.api.names import Object
from kubegate.api.status import Status
from kubegate.apiserver.tokens import Issued, TokenRequests, token_review
from kubegate.authn.interface import Authenticated, Credentials
from kubegate.compose.authn import AuthnParts, build_authn
from kubegate.config.authn import AuthnOptions
from kubegate.errors import ConfigurationError

ROOT = Path(os.environ.get("KUBEGATE_CONFORMANCE") or Path(__file__).parents[3] / "shared" / "conformance") / "authn"
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason=f"no recordings at {ROOT} (set KUBEGATE_CONFORMANCE)")

RECORDED_AT = 1795357769.0  # 2026-11-22T14:29:29Z
SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"
FOLDERS = {"pki", "tokenfile", "proxy", "oidc", "authcfg", "webhook", "serviceaccount", "startup"}
CONFIGS: dict[str, Any] = json.loads((ROOT / "configs.json").read_text()) if ROOT.is_dir() else {}


class Objects:
    """The recorded objects of a configuration."""

    def __init__(self, file: Path | None) -> None:
        self.known: dict[tuple[str, str, str], Object] = {}
        for obj in yaml.safe_load_all(file.read_text()) if file else ():
            meta = obj["metadata"]
            self.known[obj["kind"].lower() + "s", meta.get("namespace", ""), meta["name"]] = obj

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return self.known.get((resource, namespace, name))


def _options(flags: list[str], folder: Path) -> AuthnOptions:
    values: dict[str, Any] = {}
    for flag in flags:
        name, _, value = flag.removeprefix("--").partition("=")
        if value.partition("/")[0] in FOLDERS:
            value = str(folder / value)
        values.setdefault(name.replace("-", "_"), []).append(value)
    fields = AuthnOptions.model_fields
    repeated = {
        name for name in values if str(fields[name].annotation).startswith(("list", "dict", "typing.Annotated[list"))
    }
    return AuthnOptions(**{name: got if name in repeated else got[-1] for name, got in values.items()})


def _rows() -> Iterator[Any]:
    if ROOT.is_dir():
        for line in (ROOT / "cases.jsonl").read_text().splitlines():
            row = json.loads(line)
            path = row["request"]["path"].split("?")[0]
            if row["id"].endswith("/http500"):
                continue  # seconds of retries
            if row["request"]["method"] == "POST" and path in (SELF, REVIEWS):
                yield pytest.param(row, id=row["id"].replace("[", "(").replace("]", ")"))


@pytest.fixture(scope="module")
def built() -> dict[str, AuthnParts]:
    return {}


def _fetch(url: str, headers: Mapping[str, str]) -> bytes:
    """The recorded issuers."""
    path = url.removeprefix("https://127.0.0.1:17251/")
    if path == "elsewhere/discovery":
        return (ROOT / "oidc" / "elsewhere-discovery.json").read_bytes()
    issuer, _, what = path.partition("/")
    file = {"keys": "jwks.json", ".well-known/openid-configuration": "openid-configuration.json"}[what]
    return (ROOT / "oidc" / issuer / file).read_bytes()


class Hook(BaseHTTPRequestHandler):
    """The recorded webhook."""

    responses: ClassVar[dict[str, Any]] = {}

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        version, kind = review["apiVersion"], "TokenReview"
        status, code = self.responses.get(review["spec"]["token"], {"authenticated": False}), 200
        if status in ("SLOW", "V1BETA1", "KIND"):
            version = "authentication.k8s.io/v1beta1" if status == "V1BETA1" else version
            kind = "Foo" if status == "KIND" else kind
            status = self.responses["good"]
        if isinstance(status, int):
            status, code = {"authenticated": False}, status
        answer = (
            status.encode()
            if isinstance(status, str)
            else json.dumps({"apiVersion": version, "kind": kind, "status": status}).encode()
        )
        self.send_response(code)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A kubeconfig of the running webhook."""
    Hook.responses = json.loads((ROOT / "webhook" / "responses.json").read_text())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = tmp_path_factory.mktemp("hook") / "kubeconfig.yaml"
    file.write_text((ROOT / "webhook" / "kubeconfig.yaml").read_text().replace(":17252/", f":{server.server_port}/"))
    yield str(file)
    server.shutdown()
    server.server_close()


def _parts(config: str, built: dict[str, AuthnParts], hook: str) -> AuthnParts:
    if config not in built:
        row = CONFIGS[config]
        objects = Objects(ROOT / row["objects"] if row.get("objects") else None)
        options = _options(row["flags"], ROOT)
        if options.authentication_token_webhook_config_file:
            options = options.model_copy(update={"authentication_token_webhook_config_file": hook})
        built[config] = build_authn(options, objects=objects, now=lambda: RECORDED_AT, make_fetch=lambda ca: _fetch)
    return built[config]


def _credentials(request: dict[str, Any]) -> Credentials:
    headers: dict[str, list[str]] = {}
    for name, value in request.get("headers", []):
        headers.setdefault(name.lower(), []).append(value.strip().encode().decode("latin-1"))
    chain: tuple[bytes, ...] = ()
    if request.get("client_cert"):
        pem = (ROOT / "pki" / f"{request['client_cert']}.crt").read_bytes()
        chain = tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem))
    return Credentials(headers, chain, request["path"].partition("?")[0])


@pytest.mark.parametrize("row", list(_rows()))
def test_identity(row: dict[str, Any], built: dict[str, AuthnParts], hook: str) -> None:
    parts = _parts(row["config"], built, hook)
    outcome = parts.authenticator.authenticate(_credentials(row["request"]))
    if row["code"] == 401:
        assert not isinstance(outcome, Authenticated), outcome
        return
    assert isinstance(outcome, Authenticated), outcome
    if row["code"] == 403:
        assert outcome.user.name == "system:anonymous"
    elif "user" in row and "/imp:" not in row["id"]:
        assert outcome.user.to_info() == row["user"]
    if row["request"]["path"].startswith(REVIEWS):
        _review(row, parts)
    for warning in row.get("response_headers", {}).values():
        assert warning == " ".join(f'299 - "{text}"' for text in outcome.warnings)


def _review(row: dict[str, Any], parts: AuthnParts) -> None:
    answer = token_review(row["request"]["body"], parts.authenticator, parts.api_audiences)
    if row["code"] == 201:
        assert not isinstance(answer, Status)
        assert answer["status"] == row["token_review_status"]
    else:
        assert isinstance(answer, Status)
        assert answer.to_object() == row["status"]


def _token_requests() -> list[Any]:
    if not ROOT.is_dir():
        return []
    rows = [json.loads(line) for line in (ROOT / "serviceaccount" / "tokenrequests.jsonl").read_text().splitlines()]
    # Methods and namespaces are other parts' business.
    return [pytest.param(row, id=row["id"]) for row in rows if row["id"] not in ("get", "ns-missing")]


@pytest.mark.parametrize("row", _token_requests())
def test_token_request(row: dict[str, Any], built: dict[str, AuthnParts], hook: str) -> None:
    parts = _parts("serviceaccount", built, hook)
    assert parts.issuer is not None
    objects = Objects(ROOT / CONFIGS["serviceaccount"]["objects"])
    requests = TokenRequests(objects, parts.issuer, parts.api_audiences, lambda: RECORDED_AT, max_seconds=3_600_000_000)
    _, _, _, _, namespace, _, name, _ = row["path"].split("/")
    answer = requests.create(namespace, name, {"spec": row["spec"]})
    if row["code"] != 201:
        assert isinstance(answer, Status)
        assert answer.to_object() == row["status"]
        return
    assert isinstance(answer, Issued)
    claims = jwt.decode(answer.object["status"]["token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == row["lifetime_seconds"]
    assert claims | {key: f"<{key}>" for key in ("iat", "nbf", "exp", "jti")} == row["claims"]
    assert jwt.get_unverified_header(answer.object["status"]["token"]) == row["header"]
    assert answer.object["spec"] == row["spec_returned"]
    assert row.get("warning", "") == " ".join(f'299 - "{text}"' for text in answer.warnings)


def _startups() -> list[Any]:
    if not ROOT.is_dir():
        return []
    rows = [json.loads(line) for line in (ROOT / "startup.jsonl").read_text().splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.mark.parametrize("row", _startups())
def test_start(row: dict[str, Any]) -> None:
    folder = ROOT / "startup" / row["id"]
    message = None
    try:
        build_authn(_options(row["flags"], ROOT))
    except ConfigurationError as error:
        message = str(error).replace(f"{folder}/", "")
    assert (message is None) == row["starts"], message
    if message is not None:
        assert row["message"] in message
