"""The decision endpoints, as a kube-apiserver asks them."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import pytest

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Review
from kubegate.api.status import Status, forbidden
from kubegate.api.user import User
from kubegate.authn.interface import Authenticated, NotPresented, Outcome, Refused
from kubegate.authz.interface import Attributes, Authorizer, Decision, Determinant, SelectorRequirement, Verdict
from kubegate.errors import KubegateError
from kubegate.webhook.admission import AdmissionHandler
from kubegate.webhook.authenticate import AuthenticateHandler
from kubegate.webhook.authorize import AuthorizeHandler
from kubegate.webhook.batch import BatchHandler
from kubegate.webhook.decide import Decider, Telling
from kubegate.webhook.decision_log import DecisionLog
from kubegate.webhook.guard import Callers, Guarded
from kubegate.webhook.health import Ready
from kubegate.webhook.image_review import ImageReviewHandler
from kubegate.webhook.interface import Handler, HookRequest, HookResponse
from kubegate.webhook.metrics import Metrics, forget_dead
from kubegate.webhook.policy import PolicyHolder, Watcher
from kubegate.webhook.wsgi import Application


class ByName:
    """A fake authorizer: alice is allowed, mallory denied, others get no opinion with a reason."""

    def authorize(self, attributes: Attributes) -> Verdict:
        if attributes.user.name == "alice":
            return Verdict(Decision.ALLOW, "RBAC: because", Determinant("RBAC", "RoleBinding b"))
        if attributes.user.name == "mallory":
            return Verdict(Decision.DENY, "never", Determinant("Webhook", "hook"))
        return Verdict(Decision.NO_OPINION, "no binding of role secret-role")


class Nobody:
    """A fake authorizer without opinions."""

    def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(Decision.NO_OPINION)


def decider(**options: Any) -> Decider:
    policies: PolicyHolder[Authorizer] = PolicyHolder(ByName)
    return Decider(policies, options.pop("metrics", Metrics()), **options)


def sar(user: str, version: str = "v1", **spec: Any) -> dict[str, Any]:
    asked = {"user": user, "resourceAttributes": {"verb": "get", "resource": "pods"}, **spec}
    return {"kind": "SubjectAccessReview", "apiVersion": f"authorization.k8s.io/{version}", "spec": asked}


def post(handler: Handler, body: Any) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = handler.handle(HookRequest("POST", "/", raw))
    return answer.status, json.loads(answer.body)


STATUSES = [
    ("alice", Telling(), {"allowed": True, "reason": "RBAC: because"}),
    ("bob", Telling(), {"allowed": False}),  # why not is not told by default
    ("bob", Telling(denial_reasons=True), {"allowed": False, "reason": "no binding of role secret-role"}),
    ("bob", Telling(deny_is_final=True), {"allowed": False, "denied": True}),
    ("mallory", Telling(), {"allowed": False, "denied": True}),
]


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
@pytest.mark.parametrize(("user", "telling", "status"), STATUSES)
def test_authorize(user: str, telling: Telling, status: dict[str, Any], version: str) -> None:
    code, answer = post(AuthorizeHandler(decider(telling=telling)), sar(user, version))
    assert code == 200
    assert answer == {"kind": "SubjectAccessReview", "apiVersion": f"authorization.k8s.io/{version}", "status": status}


class Groups:
    """A fake authorizer that allows the group devs."""

    def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(Decision.ALLOW if "devs" in attributes.user.groups else Decision.NO_OPINION)


@pytest.mark.parametrize(("version", "field"), [("v1", "groups"), ("v1beta1", "group")])
def test_groups_stand_where_their_version_has_them(version: str, field: str) -> None:
    policies: PolicyHolder[Authorizer] = PolicyHolder(Groups)
    handler = AuthorizeHandler(Decider(policies, Metrics()))
    assert post(handler, sar("x", version, **{field: ["devs"]}))[1]["status"]["allowed"]
    other = "group" if field == "groups" else "groups"
    assert not post(handler, sar("x", version, **{other: ["devs"]}))[1]["status"]["allowed"]


BAD_BODIES = [
    (b"", 400),
    (b"[" * 100_000, 400),
    (b"{", 400),
    (b"[]", 400),
    ({"kind": "Pod", "apiVersion": "v1"}, 400),
    ({"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v2"}, 400),
    (sar("alice", resourceAttributes=None), 422),
    (sar("alice", resourceAttributes="pods"), 400),
]


@pytest.mark.parametrize(("body", "code"), BAD_BODIES)
def test_bad_bodies_are_refused_and_never_allow(body: Any, code: int) -> None:
    status, answer = post(AuthorizeHandler(decider()), body)
    assert status == code
    assert answer["kind"] == "Status" and "allowed" not in json.dumps(answer)


UNRECOGNIZED = "the object provided is unrecognized (must be of type SubjectAccessReview): "
HANDLED = "cannot be handled as a SubjectAccessReview: "
REFUSALS = [
    (b"", f"{UNRECOGNIZED}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
    (
        b"\x1f\x8b",
        f"{UNRECOGNIZED}couldn't get version/kind; json parse error: "
        r"invalid character '\x1f' looking for beginning of value (1f8b)",
    ),
    (
        {"kind": "Pod", "apiVersion": "v1"},
        f'Pod in version "v1" {HANDLED}converting (v1.Pod) to (authorization.SubjectAccessReview): unknown conversion',
    ),
    (
        sar("alice", "v2"),
        f'SubjectAccessReview in version "v2" {HANDLED}no kind "SubjectAccessReview" is registered for version '
        '"authorization.k8s.io/v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ),
    (
        sar("alice", "v1beta1", group="devs"),
        f'SubjectAccessReview in version "v1beta1" {HANDLED}json: cannot unmarshal string into Go struct field '
        "SubjectAccessReviewSpec.spec.group of type []string",
    ),
    (
        {**sar("alice"), "status": 7},
        f'SubjectAccessReview in version "v1" {HANDLED}json: cannot unmarshal number into Go struct field '
        "SubjectAccessReview.status of type v1.SubjectAccessReviewStatus",
    ),
]


@pytest.mark.parametrize(("body", "message"), REFUSALS)
def test_refusals_are_in_the_words_of_an_api_server(body: Any, message: str) -> None:
    code, answer = post(AuthorizeHandler(decider()), body)
    assert (code, answer["reason"], answer["message"]) == (400, "BadRequest", message)


def test_metadata_is_refused_in_the_same_words_however_it_is_wrong() -> None:
    for metadata, field in (({"name": 0}, "ObjectMeta.metadata.name"), (False, "SubjectAccessReview.metadata")):
        code, answer = post(AuthorizeHandler(decider()), {**sar("alice"), "metadata": metadata})
        assert code == 400 and f"Go struct field {field} of type" in answer["message"]
    wrong = {**sar("alice", uid=7), "metadata": {"labels": 7}}  # Go reads in the order of the text: metadata is last
    assert "SubjectAccessReviewSpec.spec.uid of type string" in post(AuthorizeHandler(decider()), wrong)[1]["message"]


@pytest.mark.parametrize("left_out", ["kind", "apiVersion"])
def test_what_a_review_does_not_say_is_taken_from_the_path(left_out: str) -> None:
    review = sar("alice")
    del review[left_out]
    assert post(AuthorizeHandler(decider()), review)[1]["status"]["allowed"]


class Spaces:
    """A fake authorizer that allows what is in the namespace n."""

    def authorize(self, attributes: Attributes) -> Verdict:
        return Verdict(Decision.ALLOW if attributes.namespace == "n" else Decision.NO_OPINION)


TWICE = [
    (
        '"spec": {"user": "x", "resourceAttributes": {"namespace": "n"}}, "spec": {"resourceAttributes": {"verb": "get"}}',
        True,
    ),
    (r'"spec": {"user": "x", "resourceAttributes": {"namespace": "m", "n\u0061mespace": "n"}}', True),
    ('"spec": {"user": "x", "resourceAttributes": {"namespace": "n", "namespace": "m"}}', False),
    ('"spec": {"user": "x", "resourceAttributes": {"namespace": "n"}}, "Spec": {}', True),
]


@pytest.mark.parametrize(("spec", "allowed"), TWICE)
def test_what_is_said_twice_means_what_it_means_to_an_api_server(spec: str, allowed: bool) -> None:
    policies: PolicyHolder[Authorizer] = PolicyHolder(Spaces)
    body = json.dumps(sar("x")).partition('"spec"')[0] + spec + "}"
    answer = post(AuthorizeHandler(Decider(policies, Metrics())), body.encode())[1]
    assert answer["status"]["allowed"] is allowed


def test_metadata_of_older_api_servers_is_none() -> None:
    review = {**sar("alice"), "metadata": {"creationTimestamp": None}, "status": {"allowed": False}}
    assert post(AuthorizeHandler(decider()), review)[1]["status"]["allowed"]


ALICE, BOB = json.dumps(sar("alice")), json.dumps(sar("bob"))
LINES = [
    ([ALICE, "{bad", BOB], [True, 400, False]),
    ([ALICE, "bad"], [True, 400]),
    (["bad", "", ALICE], [400, True]),
    ([ALICE, "7"], [True, 400]),
    ([json.dumps(sar("SubjectAccessReviewBatch")), ALICE], [False, True]),
    ([ALICE + "\r", BOB], [True, False]),
    ([json.dumps(sar("alice"), indent=1)], [True]),
    ([json.dumps({"kind": "SubjectAccessReviewBatch"}), ALICE], [400, True]),
]


@pytest.mark.parametrize(("lines", "expected"), LINES)
def test_batch_of_lines_keeps_the_order_and_isolates_bad_ones(lines: list[str], expected: list[Any]) -> None:
    answer = BatchHandler(decider()).handle(HookRequest("POST", "/", "\n".join(lines).encode()))
    statuses = [json.loads(line)["status"] for line in answer.body.splitlines()]
    assert [status["allowed"] if "allowed" in status else status["error"]["code"] for status in statuses] == expected


BATCH = {"kind": "SubjectAccessReviewBatch", "apiVersion": "authorization.kubegate.dev/v1alpha1", "spec": {"requests": [7]}}


@pytest.mark.parametrize("body", ["", "\n", "bad", "null", "[" * 100_000, json.dumps(BATCH, indent=1)[:-2]])
def test_a_batch_that_is_none(body: str) -> None:
    code, answer = post(BatchHandler(decider()), body.encode())
    assert (code, answer["kind"]) == (400, "Status")


def test_batch_of_one_asker() -> None:
    batch = {
        "kind": "SubjectAccessReviewBatch",
        "apiVersion": "authorization.kubegate.dev/v1alpha1",
        "spec": {
            "user": "alice",
            "requests": [
                {"resourceAttributes": {"verb": "get", "resource": "pods"}},
                {"nonResourceAttributes": {"verb": "get", "path": "/x"}},
                {},
                7,
            ],
        },
    }
    code, answer = post(BatchHandler(decider()), batch)
    results = answer["status"]["results"]
    assert code == 200
    assert [row.get("allowed") for row in results] == [True, True, None, None]
    assert [row.get("error", {}).get("code") for row in results] == [None, None, 422, 400]


class Tokens:
    """A fake token authenticator: one good token, one that is refused."""

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Outcome:
        if token == "good":
            return Authenticated(User.of("alice", ["devs"], uid="1"), ("api",) if audiences else ())
        return Refused("expired") if token == "old" else NotPresented()


TOKENS = [
    ({"token": "good"}, {"authenticated": True, "user": {"username": "alice", "uid": "1", "groups": ["devs"]}}),
    ({"token": "old"}, {"authenticated": False}),
    ({"token": "unknown"}, {"authenticated": False}),
]


@pytest.mark.parametrize(("spec", "status"), TOKENS)
def test_authenticate(spec: dict[str, Any], status: dict[str, Any]) -> None:
    review = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "spec": spec}
    code, answer = post(AuthenticateHandler(Tokens()), review)
    assert (code, answer["status"]) == (200, status)
    assert spec["token"] not in json.dumps(answer["status"].get("user", {}))


def test_a_token_review_needs_a_token() -> None:
    review = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "spec": {}}
    assert post(AuthenticateHandler(Tokens()), review)[0] == 400


class Labels:
    """A fake plugin: labels configmaps, refuses those named bad, warns."""

    def mutate(self, review: Review) -> Status | None:
        assert review.object is not None
        review.object.setdefault("metadata", {})["labels"] = {"seen": "yes"}
        return None

    def validate(self, review: Review) -> Status | None:
        review.warn("careful")
        bad = review.name == "bad" or "bad" in json.dumps(review.object)
        return forbidden("", "configmaps", review.name, "no bad ones") if bad else None


def admission_review(name: str) -> dict[str, Any]:
    return {
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u1",
            "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
            "resource": {"group": "", "version": "v1", "resource": "configmaps"},
            "operation": "CREATE",
            "name": name,
            "userInfo": {"username": "alice"},
            "object": {"metadata": {"name": name}},
        },
    }


def chains() -> PolicyHolder[AdmissionChain]:
    return PolicyHolder(lambda: AdmissionChain([("Labels", Labels())]))


def test_mutate_answers_a_patch() -> None:
    _, answer = post(AdmissionHandler(chains(), mutating=True), admission_review("a"))
    response = answer["response"]
    assert (response["uid"], response["allowed"], response["patchType"]) == ("u1", True, "JSONPatch")
    patch = json.loads(base64.b64decode(response["patch"]))
    assert patch == [{"op": "add", "path": "/metadata/labels", "value": {"seen": "yes"}}]


def test_validate_refuses_with_the_status() -> None:
    _, answer = post(AdmissionHandler(chains(), mutating=False), admission_review("bad"))
    response = answer["response"]
    assert response["allowed"] is False
    assert response["status"]["message"] == 'configmaps "bad" is forbidden: no bad ones'
    assert response["warnings"] == ["careful"]


@pytest.mark.parametrize("request_", [None, {}, {"uid": "x"}, {"uid": "x", "operation": "NOPE", "kind": {}, "resource": {}}])
def test_an_admission_review_that_is_not_whole_is_refused(request_: Any) -> None:
    review = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request_}
    assert post(AdmissionHandler(chains(), mutating=False), review)[0] == 400


@pytest.mark.parametrize(("image", "allowed"), [("nginx", True), ("bad/image", False)])
def test_image_review(image: str, allowed: bool) -> None:
    review = {
        "kind": "ImageReview",
        "apiVersion": "imagepolicy.k8s.io/v1alpha1",
        "spec": {"containers": [{"image": image}], "namespace": "n"},
    }
    assert post(ImageReviewHandler(chains()), review)[1]["status"]["allowed"] is allowed


class Busy:
    """A fake handler that asks again from inside, to see the limit."""

    def __init__(self) -> None:
        self.outer: Handler | None = None
        self.inner: HookResponse | None = None

    def handle(self, request: HookRequest) -> HookResponse:
        assert self.outer is not None
        if self.inner is None:
            self.inner = HookResponse(0, b"")
            self.inner = self.outer.handle(request)
        return HookResponse(200, b"{}")


def guarded(handler: Handler, tokens: list[str], slots: int = 9) -> Guarded:
    callers = PolicyHolder(lambda: Callers(tokens))
    return Guarded(handler, callers, threading.Semaphore(slots), Metrics())


CALLERS = [
    ([], "", 200),
    (["t1", "t2"], "Bearer t2", 200),
    (["t1"], "bearer t1", 200),
    (["t1"], "", 401),
    (["t1"], "Bearer t9", 401),
    (["t1"], "Basic t1", 401),
    (["t1"], "Bearer", 401),
]


@pytest.mark.parametrize(("tokens", "header", "code"), CALLERS)
def test_only_callers_with_a_token_are_answered(tokens: list[str], header: str, code: int) -> None:
    handler = guarded(AuthorizeHandler(decider()), tokens)
    request = HookRequest("POST", "/", json.dumps(sar("alice")).encode(), {"authorization": header})
    assert handler.handle(request).status == code


def test_too_many_in_flight_is_an_honest_429() -> None:
    busy = Busy()
    busy.outer = guarded(busy, [], slots=1)
    assert busy.outer.handle(HookRequest("POST", "/")).status == 200
    assert busy.inner is not None
    assert busy.inner.status == 429
    assert ("Retry-After", "1") in busy.inner.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_only_post(method: str) -> None:
    answer = guarded(AuthorizeHandler(decider()), []).handle(HookRequest(method, "/"))
    assert (answer.status, answer.headers) == (405, (("Allow", "POST"),))


class Broken:
    """A fake handler with a bug."""

    def handle(self, request: HookRequest) -> HookResponse:
        raise ZeroDivisionError


def test_a_bug_is_a_500_and_an_unknown_path_a_404() -> None:
    application = Application({"/broken": Broken()})
    assert application.answer(HookRequest("POST", "/broken")).status == 500
    assert application.answer(HookRequest("POST", "/nope")).status == 404


def over_wsgi(handler: Handler, body: IO[bytes], **environ: str) -> tuple[str, bytes]:
    seen: list[str] = []
    application = Application({"/authorize": handler})
    request = {"REQUEST_METHOD": "POST", "PATH_INFO": "/authorize", "wsgi.input": body, **environ}
    answer = b"".join(application(request, lambda status, headers: seen.append(status)))
    return seen[0], answer


class Endless(io.BytesIO):
    """A body that never ends."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and 0 < size < 4 << 20
        self.given += size
        return b" " * size


@pytest.mark.parametrize("length", [{}, {"CONTENT_LENGTH": str(4 << 20)}])
def test_the_body_is_limited_also_if_its_length_is_not_told(length: dict[str, str]) -> None:
    body = Endless()
    status, answer = over_wsgi(guarded(AuthorizeHandler(decider()), []), body, **length)
    assert status == "413 Request Entity Too Large" and body.given < 64 << 20
    assert json.loads(answer)["message"] == "Request entity too large: limit is 3145728"


@pytest.mark.parametrize("told", [True, False])
def test_a_body_is_read_whole(told: bool) -> None:
    body = json.dumps(sar("alice")).encode()
    length = {"CONTENT_LENGTH": str(len(body))} if told else {}
    status, answer = over_wsgi(guarded(AuthorizeHandler(decider()), []), io.BytesIO(body), **length)
    assert status == "200 OK" and json.loads(answer)["status"]["allowed"]


class Unreadable(io.BytesIO):
    """A body of which nothing comes."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body is read")


@pytest.mark.parametrize(
    ("tokens", "slots", "environ", "status"),
    [
        (["t1"], 9, {}, "401 Unauthorized"),
        ([], 9, {"REQUEST_METHOD": "GET"}, "405 Method Not Allowed"),
        ([], 0, {}, "429 Too Many Requests"),
        ([], 9, {"PATH_INFO": "/nope"}, "404 Not Found"),
    ],
)
def test_slow_bodies_of_those_who_are_refused_are_not_waited_for(
    tokens: list[str], slots: int, environ: dict[str, str], status: str
) -> None:
    handler = guarded(AuthorizeHandler(decider()), tokens, slots)
    assert over_wsgi(handler, Unreadable(), CONTENT_LENGTH="9", **environ)[0] == status


def test_a_failed_reload_keeps_the_last_good_policies_and_says_so() -> None:
    contents: list[Any] = [ByName(), KubegateError("line 3 is bad"), Nobody()]

    def load() -> Authorizer:
        content = contents.pop(0)
        if isinstance(content, KubegateError):
            raise content
        loaded: Authorizer = content
        return loaded

    policies: PolicyHolder[Authorizer] = PolicyHolder(load)
    assert not policies.reload()
    assert isinstance(policies.current.content, ByName)
    shown = Ready(policies).handle(HookRequest("GET", "/readyz?verbose")).body.decode()
    assert "line 3 is bad" in shown and "generation 1" in shown
    assert policies.reload()
    assert isinstance(policies.current.content, Nobody)
    assert "bad" not in Ready(policies).handle(HookRequest("GET", "/readyz?verbose")).body.decode()


def test_whatever_goes_wrong_with_files_the_last_good_policies_stay(caplog: pytest.LogCaptureFixture) -> None:
    contents: list[Any] = [ByName(), RecursionError("too deep"), OSError("gone")]

    def load() -> Authorizer:
        content = contents.pop(0)
        if isinstance(content, Exception):
            raise content
        loaded: Authorizer = content
        return loaded

    tokens: PolicyHolder[Authorizer] = PolicyHolder(load, what="tokens")
    others = [tokens]
    for error in ("RecursionError: too deep", "OSError: gone"):
        assert not tokens.reload()
        assert isinstance(tokens.current.content, ByName)
        ready = Ready(PolicyHolder(ByName), others=others).handle(HookRequest("GET", "/readyz?verbose=1"))
        assert f"[-]reload failed, last good tokens kept: {error}" in ready.body.decode() and ready.status == 200
        metrics = Metrics()
        metrics.tell_load(tokens)
        text = metrics.handle(HookRequest("GET", "/metrics")).body.decode()
        assert 'kubegate_reload_failing{what="tokens"} 1.0' in text
        assert 'kubegate_policy_reloads_total{result="failure"} 1.0' in text


def test_a_change_is_seen_once_also_if_it_came_while_loading() -> None:
    state, calls = ["a"], []
    watcher = Watcher(lambda: state[0], lambda: calls.append(state[0]))
    state[0] = "b"  # before the watcher starts
    for _ in range(3):
        watcher.look()
    assert calls == ["b"]


def test_what_fails_is_tried_again_after_pauses_that_grow() -> None:
    state, calls, good, second = [0], [], [False], [0]

    def changed() -> bool:
        calls.append(second[0])
        return good[0]

    watcher = Watcher(lambda: state[0], changed, 1.0)
    state[0] = 1
    for second[0] in range(300):
        watcher.look()
    assert calls == [0, 2, 6, 14, 30, 62, 122, 182, 242]
    good[0] = True
    for second[0] in range(300, 600):
        watcher.look()
    assert calls[9:] == [302]


def test_gauges_of_workers_that_died_are_forgotten(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    names = [f"gauge_livemax_{os.getpid()}.db", f"gauge_livemax_{ended.pid}.db", f"counter_{ended.pid}.db"]
    for name in names:
        (tmp_path / name).touch()
    forget_dead(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([names[0], names[2]])


def test_the_first_load_must_succeed() -> None:
    def load() -> Authorizer:
        raise KubegateError("no such file")

    with pytest.raises(KubegateError):
        PolicyHolder(load)


def test_shadow_policies_are_compared_and_never_enforced() -> None:
    metrics = Metrics()
    shadow: PolicyHolder[Authorizer] = PolicyHolder(Nobody)
    file = io.BytesIO()
    asked = decider(metrics=metrics, shadow=shadow, log=DecisionLog(file))
    _, answer = post(AuthorizeHandler(asked), sar("alice"))
    assert answer["status"]["allowed"]
    text = metrics.handle(HookRequest("GET", "/metrics")).body.decode()
    assert 'kubegate_shadow_differences_total{from="allow",to="no-opinion"} 1.0' in text
    assert 'kubegate_decisions_total{authorizer="RBAC",decision="allow"} 1.0' in text
    assert 'kubegate_decision_duration_seconds_count{authorizer="RBAC",decision="allow"} 1.0' in text
    notes = [json.loads(line).get("note") for line in file.getvalue().splitlines()]
    assert notes == ["shadow policies differ", None]


class Raises:
    """A fake authorizer with a bug."""

    def authorize(self, attributes: Attributes) -> Verdict:
        raise ZeroDivisionError


def test_shadow_policies_that_fail_change_nothing() -> None:
    metrics = Metrics()
    asked = decider(metrics=metrics, shadow=PolicyHolder(Raises))
    assert post(AuthorizeHandler(asked), sar("alice"))[1]["status"]["allowed"]
    text = metrics.handle(HookRequest("GET", "/metrics")).body.decode()
    assert 'kubegate_shadow_differences_total{from="allow",to="failure"} 1.0' in text


class FullDisk(io.BytesIO):
    def write(self, data: Any, /) -> int:
        raise OSError("No space left on device")


def test_a_decision_log_that_cannot_be_written_is_counted() -> None:
    metrics = Metrics()
    asked = decider(metrics=metrics, log=DecisionLog(FullDisk()))
    assert post(AuthorizeHandler(asked), sar("alice"))[0] == 200
    assert "kubegate_decision_log_failures_total 1.0" in metrics.handle(HookRequest("GET", "/metrics")).body.decode()


def test_masked_values_do_not_show_in_reasons() -> None:
    file = io.BytesIO()
    log = DecisionLog(file, masked=frozenset({"user", "namespace", "groups", "extra"}))
    user = User.of("jane", ["devs"], extra={"k": ["Ü.x"]})
    reason = 'RBAC: allowed by RoleBinding "b/shop" of Role "janes" to User "jane", Group "devs"; shop: Ü.x'
    determined = Determinant("RBAC", "RoleBinding shop/b -> Role/r")
    verdict = Verdict(Decision.ALLOW, reason, determined, ('group "devs" is odd',))
    log.record(Attributes(user, "get", resource="pods", namespace="shop"), verdict, 0.0)
    line = json.loads(file.getvalue())
    assert line["reason"] == 'RBAC: allowed by RoleBinding "b/***" of Role "janes" to User "***", Group "***"; ***: ***'
    assert (line["determinedBy"], line["errors"]) == ("RoleBinding ***/b -> Role/r", ['group "***" is odd'])


def test_the_decision_log_tells_selectors() -> None:
    file = io.BytesIO()
    node = SelectorRequirement("spec.nodeName", "In", ("n1",))
    asked = Attributes(User.of("n"), "list", resource="pods", field_requirements=(node,))
    for masked in (frozenset[str](), frozenset({"fieldSelector"})):
        DecisionLog(file, masked=masked).record(asked, Verdict(Decision.ALLOW, "of n1"), 0.0)
    first, second = map(json.loads, file.getvalue().splitlines())
    assert first["fieldSelector"] == [{"key": "spec.nodeName", "operator": "In", "values": ["n1"]}]
    assert (second["fieldSelector"], second["reason"]) == ("***", "of ***") and "labelSelector" not in first


def test_the_decision_log_masks() -> None:
    file = io.BytesIO()
    log = DecisionLog(file, masked=frozenset({"extra", "name"}), clock=lambda: 1.0)
    user = User.of("alice", extra={"scopes": ["secret-scope"]})
    log.record(
        Attributes(user, "get", resource="secrets", name="db-password"), ByName().authorize(Attributes(user, "get")), 0.0
    )
    line = json.loads(file.getvalue())
    assert (line["user"], line["extra"], line["name"], line["decision"]) == ("alice", "***", "***", "allow")
    assert b"secret-scope" not in file.getvalue() and b"db-password" not in file.getvalue()
