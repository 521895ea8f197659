"""The decision endpoint as a process: TLS, who may ask, policies that change, and an API server that asks it."""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubegate.testing.credentials import Authority, Issued, private_pem

KUBECTL = shutil.which("kubectl")
API = "rbac.authorization.k8s.io"
TOKEN = "the-token-of-the-api-server"
Eventually = Callable[..., None]


def policy(*verbs: str) -> str:
    """Jane may do this to pods of namespace default."""
    place = {"name": "jane", "namespace": "default"}
    rule = {"verbs": list(verbs), "apiGroups": [""], "resources": ["pods"]}
    subject = {"kind": "User", "name": "jane", "apiGroup": API}
    ref = {"kind": "Role", "name": "jane", "apiGroup": API}
    role = {"apiVersion": f"{API}/v1", "kind": "Role", "metadata": place, "rules": [rule]}
    binding = {"apiVersion": f"{API}/v1", "kind": "RoleBinding", "metadata": place, "subjects": [subject], "roleRef": ref}
    return f"{json.dumps(role)}\n---\n{json.dumps(binding)}\n"


def write(path: Path, issued: Issued) -> None:
    path.with_suffix(".crt").write_bytes(issued.pem)
    path.with_suffix(".key").write_bytes(private_pem(issued.key))


@dataclass
class Files:
    """The endpoint's certificates, callers and policies in a folder."""

    folder: Path
    serving: Authority
    clients: Authority

    def __post_init__(self) -> None:
        self.renew()
        (self.folder / "serving-ca.crt").write_bytes(self.serving.pem)
        (self.folder / "clients-ca.crt").write_bytes(self.clients.pem)
        write(self.folder / "caller.x", self.clients.issue("kube-apiserver"))
        write(self.folder / "stranger.x", Authority("stranger").issue("kube-apiserver"))
        (self.folder / "tokens").write_text(f"{TOKEN}\n")
        self.say("list")

    def renew(self) -> None:
        """Another serving certificate."""
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        usages = (ExtendedKeyUsageOID.SERVER_AUTH,)
        write(self.folder / "server.x", self.serving.issue("endpoint", usages=usages, extensions=[(address, False)]))

    def say(self, *verbs: str) -> None:
        self.put(policy(*verbs))

    def put(self, text: str) -> None:
        """Another policy file in one step: nobody reads half of it."""
        (self.folder / "next").write_text(text)
        (self.folder / "next").replace(self.folder / "policy.yaml")

    def caller(self, name: str = "") -> ssl.SSLContext:
        """A client that trusts the serving authority, with a certificate of its own or none."""
        context = ssl.create_default_context(cafile=str(self.folder / "serving-ca.crt"))
        if name:
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def kubeconfig(self, url: str) -> Path:
        """How an API server asks the endpoint at the URL."""
        user = {"token": TOKEN, "client-certificate": "caller.crt", "client-key": "caller.key"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": url, "certificate-authority": "serving-ca.crt"}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (self.folder / "endpoint.kubeconfig").write_text(json.dumps(config))
        return self.folder / "endpoint.kubeconfig"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("files"), Authority("serving"), Authority("clients"))


@pytest.fixture(scope="module")
def endpoint(kubegate: Any, files: Files) -> Any:
    folder = files.folder
    return kubegate.webhook(
        f"--filename={folder / 'policy.yaml'}",
        "--reload-interval=20ms",
        "--workers=1",
        f"--tls-cert-file={folder / 'server.crt'}",
        f"--tls-private-key-file={folder / 'server.key'}",
        f"--client-ca-file={folder / 'clients-ca.crt'}",
        f"--allowed-token-file={folder / 'tokens'}",
        context=files.caller("caller"),
    )


def review(verb: str = "list", user: str = "jane") -> bytes:
    asked = {"verb": verb, "resource": "pods", "namespace": "default"}
    spec = {"user": user, "resourceAttributes": asked}
    return json.dumps({"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}).encode()


def allowed(endpoint: Any, verb: str) -> bool:
    code, text = endpoint.ask("/authorize", review(verb), token=TOKEN)
    assert code == 200, text
    return bool(json.loads(text)["status"]["allowed"])


def test_certificate_and_token_together_may_ask(endpoint: Any, files: Files) -> None:
    code, text = endpoint.ask("/authorize", review(), token=TOKEN)
    status = json.loads(text)["status"]
    assert (code, status["allowed"]) == (200, True)
    assert status["reason"] == 'RBAC: allowed by RoleBinding "jane/default" of Role "jane" to User "jane"'
    assert json.loads(endpoint.ask("/authorize", review("delete"), token=TOKEN)[1])["status"] == {"allowed": False}


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1]])
def test_without_the_token_nothing_is_told(endpoint: Any, token: str) -> None:
    assert endpoint.ask("/authorize", review(), token=token)[0] == 401


@pytest.mark.parametrize("certificate", ["", "stranger"])
def test_without_a_certificate_of_the_authority_there_is_no_connection(
    endpoint: Any, files: Files, certificate: str
) -> None:
    code, _ = endpoint.ask("/authorize", review(), token=TOKEN, context=files.caller(certificate))
    assert code == 0


def test_a_port_in_use_is_told(files: Files) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "kubegate", "webhook", f"--port={port}", f"--filename={files.folder}/policy.yaml"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3
    assert done.stderr == f"error: cannot listen on 127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}\n"


def test_policies_change_with_their_file_and_a_bad_file_changes_nothing(
    endpoint: Any, files: Files, eventually: Eventually
) -> None:
    files.say("list")
    eventually(lambda: not allowed(endpoint, "delete"))
    files.say("list", "delete")
    eventually(lambda: allowed(endpoint, "delete"))
    files.put("kind: [")
    eventually(lambda: "last good policies kept" in endpoint.ask("/readyz?verbose")[1])
    assert allowed(endpoint, "delete")
    assert endpoint.ask("/readyz") == (200, "ok")
    assert re.search(r'kubegate_policy_reloads_total\{result="failure"\} [1-9]', endpoint.ask("/metrics")[1])
    files.say("list")
    eventually(lambda: not allowed(endpoint, "delete"))
    assert "last good" not in endpoint.ask("/readyz?verbose")[1]


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl on this machine")
def test_an_api_server_asks_and_kubectl_sees_the_answers(
    kubegate: Any, endpoint: Any, files: Files, eventually: Eventually
) -> None:
    kubegate.serve(
        "--authorization-mode=Webhook,RBAC",
        f"--authorization-webhook-config-file={files.kubeconfig(endpoint.url + '/authorize')}",
        "--authorization-webhook-version=v1",
        "--authorization-webhook-cache-authorized-ttl=1ms",
        "--authorization-webhook-cache-unauthorized-ttl=1ms",
    )

    def kubectl(*arguments: str) -> tuple[int, str]:
        assert KUBECTL is not None
        command = [KUBECTL, f"--kubeconfig={kubegate.kubeconfig()}", "--as=jane", *arguments]
        environment = {**os.environ, "HOME": str(files.folder)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
        return done.returncode, done.stdout + done.stderr

    assert kubectl("get", "pods") == (0, "No resources found in default namespace.\n")
    assert kubectl("auth", "can-i", "list", "pods") == (0, "yes\n")
    refused = 'pods "x" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "default"'
    assert refused in kubectl("delete", "pod", "x")[1]
    assert kubectl("get", "--raw", "/version")[0] == 0  # by RBAC, asked second
    files.say("list", "delete")
    eventually(lambda: kubectl("delete", "pod", "x")[1] == 'Error from server (NotFound): pods "x" not found\n')


def test_other_tokens_count_as_soon_as_their_file_has_them(endpoint: Any, files: Files, eventually: Eventually) -> None:
    def code(token: str) -> int:
        return int(endpoint.ask("/authorize", review(), token=token)[0])

    (files.folder / "tokens").write_text("another\n")
    eventually(lambda: code("another") == 200)
    assert code(TOKEN) == 401
    (files.folder / "tokens").write_text("")
    eventually(lambda: "last good allowed tokens kept" in endpoint.ask("/readyz?verbose")[1])
    assert (code("another"), code("")) == (200, 401)
    assert 'kubegate_reload_failing{what="allowed tokens"} 1.0' in endpoint.ask("/metrics")[1]
    (files.folder / "tokens").write_text(f"{TOKEN}\n")
    eventually(lambda: code(TOKEN) == 200)


def test_certificates_are_renewed_once_they_can_serve(endpoint: Any, files: Files, eventually: Eventually) -> None:
    """A certificate whose key has not come yet, or policies that new workers could not load, end nothing."""

    def served() -> str:
        try:
            return ssl.get_server_certificate(("127.0.0.1", endpoint.port))
        except OSError:  # in between
            return ""

    def refusals() -> int:
        return endpoint.log.read_text().count("the workers are not renewed")

    before = served()
    (files.folder / "server.key").write_bytes(private_pem(files.serving.issue("another").key))
    eventually(lambda: refusals() > 0)
    assert endpoint.ask("/readyz") == (200, "ok") and served() == before
    files.put("kind: [")
    files.renew()
    seen = refusals()
    endpoint.process.send_signal(signal.SIGHUP)
    eventually(lambda: refusals() > seen)
    assert endpoint.ask("/readyz") == (200, "ok") and served() == before
    files.say("list")
    endpoint.process.send_signal(signal.SIGHUP)  # it would be tried again by itself, but later and later
    eventually(lambda: served().split() == (files.folder / "server.crt").read_text().split())
    eventually(lambda: endpoint.ask("/readyz") == (200, "ok"))
