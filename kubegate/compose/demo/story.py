"""The story: who asks, may they, in what shape, where does it run, and what is too much."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.interface import Operation, Review
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.api.names import GroupVersionKind, GroupVersionResource, Object, name_of
from kubegate.api.status import Status
from kubegate.api.user import AUTHENTICATED, MASTERS, User
from kubegate.compose.demo.world import Client, World, until, world
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine

NAMESPACE = "sisense"
GUEST = "sisense_guest"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
NGINX: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "nginx-deployment", "labels": {"app": "nginx"}},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "nginx"}},
        "template": {
            "metadata": {"labels": {"app": "nginx"}},
            "spec": {"containers": [{"name": "nginx", "image": "nginx:1.14.2", "ports": [{"containerPort": 80}]}]},
        },
    },
}


@dataclass
class Telling:
    """Prints, and remembers what did not come out as told."""

    say: Callable[[str], None]
    surprises: list[str] = field(default_factory=list)

    def stage(self, title: str) -> None:
        """A heading."""
        self.say(f"\n== {title}")

    def check(self, claim: str, holds: object) -> None:
        """A line with what was found; a claim that does not hold is a surprise."""
        self.say(f"   {claim}" if holds else f"   NOT SO: {claim}")
        if not holds:
            self.surprises.append(claim)


def run(policies: Path, say: Callable[[str], None]) -> list[str]:
    """Tell the story over the example policies; the answer lists what did not come out as told (nothing, then)."""
    telling = Telling(say)
    manifests = [str(policies / "examples")]
    with tempfile.TemporaryDirectory(prefix="kubegate-demo-") as folder, world(Path(folder), manifests, nodes=3) as made:
        guest, admin = made.client(GUEST), made.client("ada", MASTERS)
        _who(telling, guest)
        _may(telling, guest, manifests, policies)
        _shape(telling, made, admin)
        _run_it(telling, guest, admin)
        _too_much(telling, admin)
    say("\nEverything came out as told." if not telling.surprises else "\nSurprises: " + "; ".join(telling.surprises))
    return telling.surprises


def _who(telling: Telling, guest: Client) -> None:
    telling.stage("Who asks: a client certificate with CN=sisense_guest")
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    code, answer = guest.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    user = (answer.get("status") or {}).get("userInfo") or {}
    telling.check(
        f"{code}: user {user.get('username')}, groups {', '.join(user.get('groups') or [])}", user.get("username") == GUEST
    )


def _may(telling: Telling, guest: Client, manifests: list[str], policies: Path) -> None:
    telling.stage("May they: Role pod-reader, bound to sisense_guest in namespace sisense")
    rbac = build_engine(DryRunOptions(filenames=tuple(manifests)))
    code, _ = guest.ask("GET", PODS)
    telling.check(f"list pods -> {code}; {_why(rbac, 'list pods')}", code == 200)
    code, answer = guest.ask("DELETE", f"{PODS}/any")
    telling.check(f"delete pods -> {code}: {answer.get('message')}", code == 403)
    file = policies / "abac" / "sisense.jsonl"
    abac = build_engine(DryRunOptions(authorization_mode=("ABAC",), authorization_policy_file=str(file)))
    telling.stage(f"The same user by ABAC: {file}")
    for request, allowed in (("list pods", True), ("delete pods", False)):
        verdict = _decide(abac, request)
        telling.check(f"{request} -> {verdict}", verdict.startswith("allowed") is allowed)


def _decide(engine: Engine, request: str) -> str:
    verb, resource = request.split()
    question = parse_question(verb, resource, "", Vocabulary.of(engine.state))
    verdict = engine.chain.authorize(question.asked_by(User.of(GUEST, [AUTHENTICATED]), NAMESPACE))
    by = verdict.determined_by
    where = ", ".join(map(str, by.locations)) if by else ""
    return f"allowed by {by.text} ({where})" if verdict.allowed and by else f"not allowed: {verdict.reason}"


def _why(engine: Engine, request: str) -> str:
    return _decide(engine, request)


def _shape(telling: Telling, made: World, admin: Client) -> None:
    telling.stage("In what shape: what each admission plugin does to a pod of the Deployment")
    until(lambda: admin.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default")[0] == 200)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shape", "namespace": NAMESPACE}}
    review = Review(
        Operation.CREATE,
        GroupVersionKind("", "v1", "Pod"),
        GroupVersionResource("", "v1", "pods"),
        User.of("ada", [MASTERS]),
        namespace=NAMESPACE,
        name="shape",
        object={**pod, "spec": copy.deepcopy(NGINX["spec"]["template"]["spec"])},
        dry_run=True,
    )
    changes: list[str] = []
    before = [copy.deepcopy(review.object or {})]

    def trace(plugin: str, seen: Review, refusal: Status | None) -> None:
        found = sorted(_changed(before[0], seen.object or {}))
        if found:
            changes.append(f"{plugin}: {', '.join(found)}")
        before[0] = copy.deepcopy(seen.object or {})

    chain = made.application.parts.admission
    assert isinstance(chain, AdmissionChain), "this server was made with a chain"
    refusal = chain.mutate(review, trace)
    for line in changes:
        telling.say(f"   {line}")
    telling.check(f"{len(changes)} plugins changed it", refusal is None and changes)


def _changed(old: object, new: object, path: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in new:
            if key not in old:
                yield f"{path}.{key}".lstrip(".")
            elif old[key] != new[key]:
                yield from _changed(old[key], new[key], f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                yield from _changed(one, other, f"{path}[{index}]")
    else:
        yield path.lstrip(".")


def _run_it(telling: Telling, guest: Client, admin: Client) -> None:
    telling.stage("Where it runs: the nginx Deployment of three replicas on three hollow nodes")
    until(lambda: _ready_nodes(admin) == 3)
    code, _ = admin.ask("POST", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", NGINX)
    telling.check(f"create deployment nginx-deployment -> {code}", code == 201)

    def running() -> list[Object]:
        pods = guest.ask("GET", PODS)[1].get("items") or []
        return pods if len(pods) == 3 and all((pod.get("status") or {}).get("phase") == "Running" for pod in pods) else []

    pods = until(running)
    for pod in pods:
        telling.say(f"   {name_of(pod)} -> {pod['spec']['nodeName']}, {pod['status']['phase']}")
    nodes = {pod["spec"]["nodeName"] for pod in pods}
    telling.check(f"{len(pods)} pods run, on {len(nodes)} nodes, as {GUEST} sees them", len(pods) == 3 and len(nodes) > 1)


def _ready_nodes(admin: Client) -> int:
    nodes = admin.ask("GET", "/api/v1/nodes")[1].get("items") or []
    return sum(not node["spec"].get("taints") for node in nodes)


def _too_much(telling: Telling, admin: Client) -> None:
    telling.stage("Too much: the quota of the namespace allows four pods")
    last: tuple[int, Object] = (0, {})
    for number in range(3):
        spec = copy.deepcopy(NGINX["spec"]["template"]["spec"])
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"more-{number}"}, "spec": spec}
        last = admin.ask("POST", PODS, pod)
        if last[0] == 403:
            break
    telling.check(f"one more pod -> {last[0]}: {last[1].get('message')}", last[0] == 403)
