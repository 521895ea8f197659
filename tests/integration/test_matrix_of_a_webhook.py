"""Commands with many questions where a webhook over TLS decides: at once, in order, and not for ever."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.analysis.impatience import FAILURES
from kubegate.analysis.in_parallel import THREADS
from kubegate.cli.authorize import command as authorize
from kubegate.cli.can_i import command as can_i
from kubegate.cli.exit_codes import Exit
from kubegate.cli.learn import command as learn
from kubegate.cli.matrix import command as matrix
from kubegate.cli.replay import command as replay
from kubegate.compose.pki import ensure_pki

PATIENCE = 60.0
API = "rbac.authorization.k8s.io"
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
NAMESPACES = ("shop", "bank")


def subject(name: str) -> dict[str, str]:
    return {"kind": "User", "name": name, "apiGroup": API}


POLICY = "\n---\n".join(
    json.dumps(
        {
            "apiVersion": f"{API}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "all", "namespace": namespace},
            "subjects": [subject(name) for name in ("ann", "bob", "eve")],
            "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": "reads"},
        }
    )
    for namespace in NAMESPACES
)
ROLE = json.dumps(
    {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "reads"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    }
)


def by_name(spec: dict[str, Any]) -> dict[str, Any]:
    """Ann may do everything, Eve nothing, and of Bob is not known more than the roles say."""
    return {"allowed": spec["user"] == "ann", "denied": spec["user"] == "eve"}


@dataclass
class Webhook:
    """A webhook over TLS that says what ``decide`` says, or answers with its number."""

    folder: Path
    decide: Callable[[dict[str, Any]], dict[str, Any] | int] = by_name
    asked: list[dict[str, Any]] = field(default_factory=list)
    together: threading.Barrier | None = None
    """Answers only when so many ask."""

    def options(self) -> list[str]:
        """Manifests and a chain of this webhook and RBAC."""
        (self.folder / "policy.yaml").write_text(f"{POLICY}\n---\n{ROLE}")
        where = {"type": "KubeConfigFile", "kubeConfigFile": str(self.folder / "admin.kubeconfig")}
        hook = {
            "timeout": "30s",
            "subjectAccessReviewVersion": "v1",
            "matchConditionSubjectAccessReviewVersion": "v1",
            "failurePolicy": "NoOpinion",
            "connectionInfo": where,
        }
        chain = [{"type": "Webhook", "name": "hook", "webhook": hook}, {"type": "RBAC", "name": "rbac"}]
        configuration = {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthorizationConfiguration",
            "authorizers": chain,
        }
        (self.folder / "chain.yaml").write_text(json.dumps(configuration))
        return ["-f", str(self.folder / "policy.yaml"), "--authorization-config", str(self.folder / "chain.yaml")]


class _Server(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False
    request_queue_size = 4 * THREADS


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[Webhook]:
    hook = Webhook(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        protocol_version, wbufsize = "HTTP/1.1", -1

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.asked.append(review["spec"])
            if hook.together is not None:
                hook.together.wait(PATIENCE)
            status = hook.decide(review["spec"])
            answer = json.dumps({**review, "status": status}).encode()
            self.send_response(status if isinstance(status, int) else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    server = _Server(("127.0.0.1", 0), Handler)
    pki = ensure_pki(tmp_path, ["127.0.0.1"], f"https://127.0.0.1:{server.server_port}/authorize")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.certificate, pki.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield hook
    server.shutdown()
    server.server_close()


def run(command: Any, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.stdout, result.stderr


def test_every_cell_is_asked_about_and_the_order_is_that_of_subjects(webhook: Webhook) -> None:
    code, out, err = run(matrix, *webhook.options(), "-r", "pods", "-r", "secrets", "-o", "csv")
    everything = " ".join(VERBS)
    assert out.splitlines()[1:] == [
        f"User ann,*,pods,{everything}",
        f"User ann,*,secrets,{everything}",
        "User bob,bank,pods,get",
        "User bob,shop,pods,get",
    ]
    assert code == Exit.OK and "subjects that only a webhook knows have no row" in err
    assert len(webhook.asked) == 3 * 2 * len(VERBS) * (1 + len(NAMESPACES))


def test_many_are_asked_at_once(webhook: Webhook) -> None:
    """The webhook answers nobody before as many ask as may at once: one after the other would wait for ever."""
    webhook.together = threading.Barrier(THREADS)
    users = [f"u{number}" for number in range(THREADS // 2)]
    who = json.dumps([subject(name) for name in users])
    options = webhook.options()
    policy = webhook.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace(json.dumps([subject(name) for name in ("ann", "bob", "eve")]), who))
    webhook.decide = lambda spec: {"allowed": spec["resourceAttributes"]["resource"] == "nodes"}
    code, out, _ = run(matrix, *options, "-r", "nodes", "-r", "namespaces", "-o", "csv", "--verb", "get")
    assert out.splitlines()[1:] == [f"User {name},*,nodes,get" for name in users]
    assert (code, len(webhook.asked)) == (Exit.OK, THREADS)


def test_page_says_what_the_webhook_allowed_and_asks_once(webhook: Webhook) -> None:
    arguments = ("-r", "pods", "-o", "html", "--no-findings", "--subject", "ann")
    assert "webhook hook" in run(matrix, *webhook.options(), *arguments)[1]
    assert len(webhook.asked) == len(VERBS) * (1 + len(NAMESPACES))


@pytest.mark.parametrize("status", [400, 503])
def test_a_webhook_that_fails_is_given_up_and_what_is_undecided_is_said(webhook: Webhook, status: int) -> None:
    webhook.decide = lambda spec: status
    code, out, err = run(matrix, *webhook.options(), "-r", "pods", "-r", "secrets", "-o", "csv")
    assert code == Exit.UNDECIDED
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == ["User ann"] * 2 + ["User bob"] * 2 + ["User eve"] * 2
    assert f"not asked any more after {FAILURES} failures in a row" in err and "questions are undecided" in err
    assert FAILURES <= len(webhook.asked) < FAILURES + THREADS


def test_namespaces_are_listed_in_order(webhook: Webhook) -> None:
    webhook.decide = lambda spec: {"allowed": spec["resourceAttributes"].get("namespace") == "bank"}
    assert run(can_i, "delete", "pods", "--namespaces", "--as", "ann", *webhook.options())[:2] == (Exit.OK, "bank\n")
    assert run(can_i, "get", "pods", "--namespaces", "--as", "ann", *webhook.options())[:2] == (Exit.OK, "bank\nshop\n")
    webhook.decide = lambda spec: 400
    code, out, err = run(can_i, "delete", "pods", "--namespaces", "--as", "ann", *webhook.options())
    assert (code, out) == (Exit.UNDECIDED, "") and "Warning: " in err


def reviews(folder: Path, count: int) -> str:
    """A file of so many different questions."""
    path = folder / "reviews.jsonl"
    asked = [{"user": f"u{number}", "resourceAttributes": {"verb": "get", "resource": "nodes"}} for number in range(count)]
    path.write_text("\n\n".join(json.dumps({"kind": "SubjectAccessReview", "spec": spec}) for spec in asked))
    return str(path)


def audit_log(folder: Path, users: list[str], *, decision: str = "allow") -> str:
    """A log of what they did: each read one node."""
    path = folder / "audit.log"
    events = [
        {
            "kind": "Event",
            "stage": "ResponseComplete",
            "verb": "get",
            "user": {"username": user},
            "objectRef": {"resource": "nodes", "name": "n1"},
            "annotations": {"authorization.k8s.io/decision": decision},
        }
        for user in users
    ]
    path.write_text("\n".join(map(json.dumps, events)))
    return str(path)


def test_reviews_are_asked_about_at_once_and_answered_in_their_order(webhook: Webhook) -> None:
    webhook.together = threading.Barrier(THREADS)
    webhook.decide = lambda spec: {"allowed": spec["user"].endswith("7"), "reason": spec["user"]}
    code, out, _ = run(authorize, reviews(webhook.folder, 12 * THREADS), *webhook.options())
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, len(answers)) == (Exit.OK, 12 * THREADS)
    assert [answer["spec"]["user"] for answer in answers] == [f"u{number}" for number in range(12 * THREADS)]
    assert all(answer["status"]["allowed"] is answer["spec"]["user"].endswith("7") for answer in answers)
    assert all(answer["status"]["reason"] == answer["spec"]["user"] for answer in answers)


def test_reviews_are_never_given_up(webhook: Webhook) -> None:
    """Each answer is what the server would say then."""
    webhook.decide = lambda spec: 400 if spec["user"] != "u39" else {"allowed": True}
    _, out, _ = run(authorize, reviews(webhook.folder, 40), *webhook.options())
    answers = [json.loads(line)["status"] for line in out.splitlines()]
    assert len({answer.get("evaluationError") for answer in answers[:-1]}) == 1 and answers[-1]["allowed"]


def test_recorded_requests_are_asked_about_at_once_and_once(webhook: Webhook) -> None:
    webhook.together = threading.Barrier(THREADS)
    webhook.decide = lambda spec: {"allowed": spec["user"] != "u3"}
    users = [f"u{number}" for number in range(THREADS)]
    log = audit_log(webhook.folder, users * 3)
    code, out, err = run(replay, log, *webhook.options(), "--fail-on", "denied", "-o", "csv")
    assert [line.split(",")[:3] for line in out.splitlines()[1:]] == [["newly denied", "3", "u3"]]
    assert (code, len(webhook.asked)) == (Exit.NO, THREADS) and "failures" not in err


@pytest.mark.parametrize(("fail_on", "code"), [("allowed", Exit.UNDECIDED), ("denied", Exit.NO)])
def test_what_a_failing_webhook_refuses_is_told(webhook: Webhook, fail_on: str, code: Exit) -> None:
    webhook.decide = lambda spec: 400
    users = [f"u{number}" for number in range(60)]
    found, _, err = run(replay, audit_log(webhook.folder, users), *webhook.options(), "--fail-on", fail_on)
    assert found == code and "60 requests are refused by failures, the first is " in err
    assert FAILURES <= len(webhook.asked) < FAILURES + THREADS


def test_permissions_are_learned_of_what_a_webhook_does_not_allow(webhook: Webhook) -> None:
    webhook.together = threading.Barrier(THREADS)
    users = [f"u{number:02}" for number in range(THREADS)]
    webhook.decide = lambda spec: {"allowed": spec["user"] not in ("u03", "u11")}
    code, out, _ = run(learn, audit_log(webhook.folder, users * 2), *webhook.options(), "-o", "json")
    bound = [obj["subjects"][0]["name"] for obj in json.loads(out) if "subjects" in obj]
    assert (code, bound, len(webhook.asked)) == (Exit.OK, ["u03", "u11"], THREADS)
    webhook.together, webhook.decide = None, lambda spec: 400
    code, _, err = run(learn, audit_log(webhook.folder, users), *webhook.options())
    assert code == Exit.UNDECIDED and f"{THREADS} answers are failures" in err
