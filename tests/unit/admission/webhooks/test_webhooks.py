"""Webhooks asked over HTTP: what they are sent, what their answers do."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]
RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}]


class Server(ThreadingHTTPServer):
    """Answers reviews by path; remembers them."""

    answers: dict[str, Answer]
    seen: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.seen.append(review)
        status, body = server.answers[self.path.partition("?")[0]](review)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.answers, made.seen = {}, []
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def respond(**response: Any) -> Answer:
    def answer(review: dict[str, Any]) -> tuple[int, bytes]:
        whole = {"uid": review["request"]["uid"], "allowed": True, **response}
        body = {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": whole}
        return 200, json.dumps(body).encode()

    return answer


def patched(*operations: dict[str, Any]) -> Answer:
    return respond(patch=base64.b64encode(json.dumps(operations).encode()).decode(), patchType="JSONPatch")


@pytest.fixture
def ask(world: Any, review: Any, server: Server) -> Callable[..., Any]:
    """Configures one webhook an answer (named after it), and puts a ConfigMap to them."""

    def run(kind: str, answers: dict[str, Answer], dry_run: bool = False, **options: Any) -> Any:
        for name, answer in answers.items():
            server.answers[f"/{name}"] = answer
            config = {"url": f"http://127.0.0.1:{server.server_port}/{name}"}
            hook = {"name": f"{name}.x.io", "clientConfig": config, "rules": RULES, "sideEffects": "None"}
            hook |= {"admissionReviewVersions": ["v1"], "failurePolicy": "Fail", **options}
            api_version = "admissionregistration.k8s.io/v1"
            configured = {"apiVersion": api_version, "kind": f"{kind}WebhookConfiguration", "metadata": {"name": name}}
            world.add({**configured, "webhooks": [hook]})
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "ns"}, "data": {"a": "1"}}
        seen = review(obj, dry_run=dry_run)
        plugin = world.build(f"{kind}AdmissionWebhook")
        return (plugin.mutate if kind == "Mutating" else plugin.validate)(seen), seen

    return run


def test_the_review_that_is_sent(ask: Any, server: Server) -> None:
    refusal, seen = ask("Validating", {"yes": respond(warnings=["careful"], auditAnnotations={"k": "v"})})
    assert refusal is None
    assert (seen.warnings, seen.audit) == (["careful"], {"yes.x.io/k": "v"})
    sent = server.seen[0]
    assert sent["apiVersion"] == "admission.k8s.io/v1"
    request = sent["request"]
    assert request["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}
    assert (request["operation"], request["name"], request["dryRun"]) == ("CREATE", "c", False)
    assert request["object"]["data"] == {"a": "1"}
    assert request["oldObject"] is None


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (None, 400, "denied the request without explanation"),
        ({"message": "no"}, 400, "denied the request: no"),
        ({"message": "no", "code": 422}, 422, "denied the request: no"),
        ({"reason": "Conflict", "code": 200}, 400, "denied the request: Conflict"),
    ],
)
def test_rejections(ask: Any, status: Any, code: int, message: str) -> None:
    refusal, _ = ask("Validating", {"no": respond(allowed=False, status=status)}, failurePolicy="Ignore")
    assert (refusal.code, refusal.message) == (code, f'admission webhook "no.x.io" {message}')


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            lambda _: (200, b""),
            "failed to call webhook: 0-length response with status code: 200 and content type: application/json",
        ),
        (lambda _: (503, b"{}"), "failed to call webhook: the server is currently unable to handle the request"),
        (lambda _: (200, b"{}"), "received invalid webhook response: webhook response was absent"),
        (
            lambda _: (200, b'{"apiVersion": "v1", "kind": "ConfigMap"}'),
            'failed to call webhook: no kind "ConfigMap" is registered for version "v1" in scheme '
            '"k8s.io/apiserver/pkg/util/webhook/client.go:69"',
        ),
        (respond(uid="x"), 'received invalid webhook response: expected response.uid="UID", got "x"'),
        (
            respond(patchType="JSONPatch"),
            "received invalid webhook response: validating webhook may not return response.patchType",
        ),
    ],
)
def test_failed_calls_are_for_the_failure_policy(ask: Any, server: Server, answer: Answer, why: str) -> None:
    refusal, _ = ask("Validating", {"bad": answer})
    why = why.replace("UID", server.seen[0]["request"]["uid"])
    assert refusal.code == 500
    assert refusal.message == f'Internal error occurred: failed calling webhook "bad.x.io": {why}'
    refusal, seen = ask("Validating", {"bad": answer}, failurePolicy="Ignore")
    assert refusal is None
    assert seen.audit == {"failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "bad.x.io"}


def test_a_webhook_that_is_not_there(world: Any, ask: Any) -> None:
    config = {"url": "http://127.0.0.1:1/x"}
    refusal, _ = ask("Validating", {"gone": respond()}, clientConfig=config)
    why = 'Post "http://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused'
    assert refusal.message.endswith(f'failed calling webhook "gone.x.io": failed to call webhook: {why}')
    service = {"service": {"name": "hook", "namespace": "ns"}}
    refusal, _ = ask("Validating", {"gone": respond()}, clientConfig=service)
    assert refusal.message.endswith('Post "https://hook.ns.svc:443/?timeout=10s": service "hook" not found')


def test_mutation_in_order(ask: Any, server: Server) -> None:
    first = patched({"op": "add", "path": "/data/b", "value": "2"})
    refusal, seen = ask("Mutating", {"a": first, "b": respond()})
    assert refusal is None
    assert seen.object["data"] == {"a": "1", "b": "2"}
    assert server.seen[1]["request"]["object"]["data"] == {"a": "1", "b": "2"}
    key = "mutation.webhook.admission.k8s.io/round_0_index_0"
    assert json.loads(seen.audit[key]) == {"configuration": "a", "webhook": "a.x.io", "mutated": True}
    assert seen.reinvocation.requested


def test_patches_that_do_not_apply(ask: Any) -> None:
    refusal, _ = ask("Mutating", {"a": patched({"op": "remove", "path": "/data/x"})}, failurePolicy="Ignore")
    why = "error in remove for path: '/data/x': Unable to remove nonexistent key: x: missing value"
    assert (refusal.code, refusal.message) == (500, f"Internal error occurred: {why}")


def test_dry_runs_need_webhooks_without_side_effects(ask: Any, server: Server) -> None:
    refusal, _ = ask("Validating", {"a": respond()}, dry_run=True, sideEffects="Some")
    assert (refusal.code, refusal.message) == (400, 'admission webhook "a.x.io" does not support dry run')
    assert not server.seen


def test_match_conditions(ask: Any, server: Server) -> None:
    never = [{"name": "n", "expression": "request.operation == 'DELETE'"}]
    assert ask("Validating", {"a": respond(allowed=False)}, matchConditions=never)[0] is None
    assert not server.seen
    broken = [{"name": "n", "expression": "object.nothing == 1"}]
    refusal, _ = ask("Validating", {"a": respond(allowed=False)}, matchConditions=broken)
    why = "expression 'object.nothing == 1' resulted in error: no such key: nothing"
    assert (refusal.code, refusal.message) == (403, f'configmaps "c" is forbidden: {why}')


def test_old_reviews(ask: Any, server: Server) -> None:
    assert ask("Validating", {"a": respond(uid="any")}, admissionReviewVersions=["v9", "v1beta1"])[0] is None
    assert server.seen[0]["apiVersion"] == "admission.k8s.io/v1beta1"
