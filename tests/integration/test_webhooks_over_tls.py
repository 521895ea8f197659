"""Webhooks behind real TLS: who is trusted, and that whatever they answer is an admission only if it says so."""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubegate.api.names import Object
from kubegate.api.status import Status, StatusError
from kubegate.compose.application import Application, build_application
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.testing.credentials import Authority, private_pem

HOOKS = "/apis/admissionregistration.k8s.io/v1"
MAPS = "/api/v1/namespaces/default/configmaps"
AUTHORITY = Authority("webhook CA")


class Hooks:
    """``answer``: what the next reviews are answered, made of the review's uid; None: nothing, until the test is over."""

    def __init__(self, folder: Path) -> None:
        self.answer: Callable[[str], bytes] | None = None
        self.over = threading.Event()
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hooks.answer is None:
                    hooks.over.wait()
                    return
                body = hooks.answer(review["request"]["uid"])
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("hook.default.svc")]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(AUTHORITY.key.public_key())
        extensions: list[tuple[x509.ExtensionType, bool]] = [(x509.SubjectAlternativeName(names), False), (issuer, False)]
        serving = AUTHORITY.issue("hook", usages=(ExtendedKeyUsageOID.SERVER_AUTH,), extensions=extensions)
        (folder / "hook.pem").write_bytes(serving.pem + private_pem(serving.key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "hook.pem")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    options = Options(
        ServingOptions(scheduler=False),
        StorageOptions(data_dir=str(tmp_path_factory.mktemp("server")), storage="memory"),
        AuthnOptions(),
        AuthzOptions(),
        AdmissionOptions(),
        AuditOptions(),
    )
    options, _ = with_own_keys(options)
    made = build_application(options)
    yield made
    made.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooks]:
    made = Hooks(tmp_path_factory.mktemp("hooks"))
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def client(application: Application) -> InternalClient:
    return InternalClient(lambda: application.pipeline, "admin", "system:masters", agent="kubectl")


@pytest.fixture
def hooks(running: Hooks, client: InternalClient) -> Iterator[Hooks]:
    running.answer, running.over = respond(), threading.Event()
    yield running
    running.over.set()
    for kind in ("validating", "mutating"):
        if client.get(f"{HOOKS}/{kind}webhookconfigurations/h") is not None:
            client.delete(f"{HOOKS}/{kind}webhookconfigurations/h")
    for obj in (client.get(MAPS) or {})["items"]:
        if obj["metadata"]["name"] != "kube-root-ca.crt":
            client.delete(f"{MAPS}/{obj['metadata']['name']}")


def respond(**response: Any) -> Callable[[str], bytes]:
    def answer(uid: str) -> bytes:
        whole = {"uid": uid, "allowed": True, **response}
        return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": whole}).encode()

    return answer


def patched(*operations: Object) -> Callable[[str], bytes]:
    return respond(patch=base64.b64encode(json.dumps(operations).encode()).decode(), patchType="JSONPatch")


def configure(client: InternalClient, kind: str, to: Object, policy: str = "Fail", timeout: int = 30) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    hook = {"name": "h.x.io", "clientConfig": to, "rules": [rule], "sideEffects": "None", "failurePolicy": policy}
    hook |= {"admissionReviewVersions": ["v1"], "timeoutSeconds": timeout}
    client.create(f"{HOOKS}/{kind.lower()}webhookconfigurations", {"metadata": {"name": "h"}, "webhooks": [hook]})


def at(hooks: Hooks, authority: Authority | None = AUTHORITY) -> Object:
    bundle = {} if authority is None else {"caBundle": base64.b64encode(authority.pem).decode()}
    return {"url": f"https://127.0.0.1:{hooks.port}/", **bundle}


def create(client: InternalClient) -> Status | None:
    """What is said against a new config map."""
    try:
        client.create(MAPS, {"metadata": {"name": "c"}, "data": {"a": "Yg=="}})
    except StatusError as error:
        return error.status
    return None


def stored(client: InternalClient) -> list[str]:
    names = [obj["metadata"]["name"] for obj in (client.get("/api/v1/configmaps") or {})["items"]]
    return [name for name in names if name in ("c", "d")]


class TestTrust:
    def test_its_certificate_is_of_the_bundle(self, hooks: Hooks, client: InternalClient) -> None:
        configure(client, "Validating", at(hooks))
        assert create(client) is None

    @pytest.mark.parametrize("authority", [None, Authority("somebody else")], ids=["no bundle", "another"])
    def test_others_are_not_asked(self, hooks: Hooks, client: InternalClient, authority: Authority | None) -> None:
        configure(client, "Validating", at(hooks, authority))
        refusal = create(client)
        assert refusal is not None and "x509: certificate signed by unknown authority" in refusal.message
        assert stored(client) == []

    @pytest.mark.parametrize(("service", "trusted"), [("hook", True), ("mallory", False)])
    def test_a_service_has_a_certificate_in_its_name(
        self, hooks: Hooks, client: InternalClient, service: str, trusted: bool
    ) -> None:
        spec = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": hooks.port}]}
        client.create("/api/v1/namespaces/default/services", {"metadata": {"name": service}, "spec": spec})
        reference = {"namespace": "default", "name": service, "port": hooks.port, "path": "/x"}
        configure(client, "Validating", {"service": reference, "caBundle": at(hooks)["caBundle"]})
        refusal = create(client)
        assert (refusal is None) == trusted
        if refusal is not None:
            assert "tls: failed to verify certificate: x509: certificate is not valid" in refusal.message


GARBAGE: dict[str, Callable[[str], bytes]] = {
    "bytes": lambda _: b"\x00\xff",
    "null": lambda _: b"null",
    "a list": lambda _: b"[]",
    "too deep": lambda _: b"[" * 100_000,
    "too long": lambda uid: respond()(uid) + b" " * (4 << 20),
    "another's uid": respond(uid="another"),
    "no uid": respond(uid=None),
    "allowed as text": respond(allowed="true"),
    "status as text": respond(status="no"),
    "warnings as text": respond(warnings="w"),
    "annotations as list": respond(auditAnnotations=["a"]),
    "a patch that is not base64": respond(patch="***", patchType="JSONPatch"),
}


@pytest.mark.parametrize("kind", ["Validating", "Mutating"])
@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_for_the_failure_policy(
    hooks: Hooks, client: InternalClient, kind: str, answer: Callable[[str], bytes]
) -> None:
    hooks.answer = answer
    configure(client, kind, at(hooks))
    refusal = create(client)
    assert refusal is not None and refusal.message.startswith('Internal error occurred: failed calling webhook "h.x.io": ')
    assert stored(client) == []
    client.delete(f"{HOOKS}/{kind.lower()}webhookconfigurations/h")
    configure(client, kind, at(hooks), "Ignore")
    assert create(client) is None


@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
def test_a_webhook_that_hangs_ends_with_its_time(hooks: Hooks, client: InternalClient, policy: str) -> None:
    hooks.answer = None
    configure(client, "Validating", at(hooks), policy, timeout=1)
    refusal = create(client)
    assert (refusal is None) == (policy == "Ignore")
    if refusal is not None:
        assert refusal.message.endswith("context deadline exceeded")


@pytest.mark.parametrize("policy", ["Fail", "Ignore"])
@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ({"op": "replace", "path": "/spec/x", "value": 1}, 500, "replace operation does not apply: doc is missing path"),
        ({"op": "test", "path": "/metadata/name", "value": "z"}, 500, "testing value /metadata/name failed: test failed"),
        ({"op": "add", "path": "/data", "value": "x"}, 500, "json: cannot unmarshal string into Go struct field"),
        ({"op": "add", "path": "/metadata/labels", "value": {"a b": "x"}}, 422, "metadata.labels: Invalid value"),
        ({"op": "replace", "path": "/kind", "value": "Secret"}, 500, "converting (v1.Secret) to (core.ConfigMap)"),
        ({"op": "replace", "path": "/kind", "value": "Foo"}, 500, 'no kind "Foo" is registered for version "v1"'),
        ({"op": "replace", "path": "/metadata/namespace", "value": "kube-system"}, 400, "does not match the namespace sent"),
    ],
)
def test_patches_make_nothing_that_is_not_valid(
    hooks: Hooks, client: InternalClient, policy: str, operation: Object, code: int, message: str
) -> None:
    hooks.answer = patched(operation)
    configure(client, "Mutating", at(hooks), policy)
    refusal = create(client)
    assert refusal is not None and refusal.code == code and message in refusal.message
    assert stored(client) == []


def test_an_update_stays_in_its_namespace(hooks: Hooks, client: InternalClient) -> None:
    assert create(client) is None
    hooks.answer = patched({"op": "replace", "path": "/metadata/namespace", "value": "kube-system"})
    configure(client, "Mutating", at(hooks))
    obj = client.get(f"{MAPS}/c")
    assert obj is not None
    with pytest.raises(StatusError, match="does not match the namespace sent on the request"):
        client.update(f"{MAPS}/c", {**obj, "data": {"a": "c"}})
