"""The decision endpoint over the policies of a live cluster: what is bound there counts here at once."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from kubernetes import client as official
from kubernetes import config as official_config

from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.feed.process import FeedProcess
from kubegate.compose.webhook import build_endpoint
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions
from kubegate.outbound import reflector
from kubegate.webhook.interface import HookRequest
from kubegate.webhook.wsgi import Application

API = "rbac.authorization.k8s.io"
Eventually = Callable[..., None]


@pytest.fixture(scope="module")
def cluster(kubegate: Any) -> Any:
    return kubegate.serve()


@pytest.fixture(scope="module")
def api(kubegate: Any, cluster: Any) -> official.ApiClient:
    return official_config.new_client_from_config(str(kubegate.kubeconfig()))


def endpoint_of(kubeconfig: Path) -> Application:
    own = WebhookOptions(kubeconfig=str(kubeconfig))
    return build_endpoint(EndpointOptions(own, AuthnOptions(), AuthzOptions(), AdmissionOptions()))


@pytest.fixture(scope="module")
def endpoint(kubegate: Any, cluster: Any, eventually: Eventually) -> Iterator[Application]:
    """It has seen the cluster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reflector, "PAUSES", (0.05, 0.2))
        made = endpoint_of(kubegate.kubeconfig())
        eventually(lambda: get(made, "/readyz")[0] == 200)
        yield made


def get(endpoint: Application, path: str) -> tuple[int, str]:
    answer = endpoint.answer(HookRequest("GET", path))
    return answer.status, answer.body.decode()


def allowed(endpoint: Application, user: str, verb: str = "list", namespace: str = "default", **attributes: str) -> bool:
    asked = {"verb": verb, "resource": "pods", "namespace": namespace, **attributes}
    groups = ["system:nodes"] if user.startswith("system:node:") else []
    spec = {"user": user, "groups": groups, "resourceAttributes": asked}
    review = {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec}
    answer = endpoint.answer(HookRequest("POST", "/authorize", json.dumps(review).encode()))
    assert answer.status == 200, answer.body
    return bool(json.loads(answer.body)["status"]["allowed"])


def bind(api: official.ApiClient, user: str) -> None:
    body = {
        "metadata": {"name": f"view-{user}"},
        "subjects": [{"kind": "User", "name": user, "apiGroup": API}],
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": "system:aggregate-to-view"},
    }
    official.RbacAuthorizationV1Api(api).create_namespaced_role_binding("default", body)


def test_a_binding_counts_as_soon_as_it_is_made_and_until_it_goes(
    api: official.ApiClient, endpoint: Application, eventually: Eventually
) -> None:
    assert not allowed(endpoint, "jane")
    bind(api, "jane")
    eventually(lambda: allowed(endpoint, "jane"))
    assert not allowed(endpoint, "jane", verb="delete")
    assert not allowed(endpoint, "jane", namespace="kube-system")
    official.RbacAuthorizationV1Api(api).delete_namespaced_role_binding("view-jane", "default")
    eventually(lambda: not allowed(endpoint, "jane"))


def test_nodes_read_what_their_pods_need(api: official.ApiClient, endpoint: Application, eventually: Eventually) -> None:
    volume = {"name": "v", "secret": {"secretName": "needed"}}
    spec = {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}], "volumes": [volume]}
    core = official.CoreV1Api(api)
    core.create_namespaced_service_account("default", {"metadata": {"name": "pods"}})
    core.create_namespaced_pod("default", {"metadata": {"name": "p"}, "spec": {**spec, "serviceAccountName": "pods"}})
    eventually(lambda: allowed(endpoint, "system:node:n1", "get", resource="secrets", name="needed"))
    assert not allowed(endpoint, "system:node:n2", "get", resource="secrets", name="needed")


def test_admission_reads_the_cluster(api: official.ApiClient, endpoint: Application, eventually: Eventually) -> None:
    """A namespace's Pod Security level."""
    core = official.CoreV1Api(api)
    core.create_namespace({"metadata": {"name": "strict", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}})
    core.create_namespaced_service_account("strict", {"metadata": {"name": "pods"}})
    pod = {
        "metadata": {"name": "p"},
        "spec": {"serviceAccountName": "pods", "hostNetwork": True, "containers": [{"name": "c", "image": "i"}]},
    }

    def refused() -> bool:
        asked = {
            "uid": "u",
            "operation": "CREATE",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": "strict",
            "name": "p",
            "userInfo": {"username": "jane"},
            "object": {"apiVersion": "v1", "kind": "Pod", **pod},
        }
        review = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": asked}
        answer = json.loads(endpoint.answer(HookRequest("POST", "/validate", json.dumps(review).encode())).body)
        return 'violates PodSecurity "baseline' in answer["response"].get("status", {}).get("message", "")

    eventually(refused)


def test_nothing_is_decided_before_the_cluster_was_seen(tmp_path: Path) -> None:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c"}}],
        "current-context": "x",
    }
    (tmp_path / "config").write_text(json.dumps(config))
    endpoint = endpoint_of(tmp_path / "config")
    assert endpoint.answer(HookRequest("POST", "/authorize", b"{}")).status == 503
    code, detail = get(endpoint, "/readyz")
    assert code == 503
    assert "[-]rolebindings.rbac.authorization.k8s.io not seen yet" in detail
    assert get(endpoint, "/livez")[0] == 200


def test_one_process_follows_the_cluster_for_all_workers(
    kubegate: Any, api: official.ApiClient, cluster: Any, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    folder = TemporaryDirectory()  # with a shorter name than pytest's, for the path of a socket
    feed = FeedProcess(str(kubegate.kubeconfig()), folder.name)
    feed.start()
    try:
        own = WebhookOptions(kubeconfig=str(kubegate.kubeconfig()))
        options = EndpointOptions(own, AuthnOptions(), AuthzOptions(), AdmissionOptions())
        workers = [build_endpoint(options, feed=feed.path) for _ in range(2)]
        eventually(lambda: all(get(worker, "/readyz")[0] == 200 for worker in workers))
        bind(api, "fed")
        eventually(lambda: all(allowed(worker, "fed") for worker in workers))
        seen, spawn = threading.Event(), feed._spawn
        monkeypatch.setattr(feed, "_spawn", lambda: seen.wait(60) and spawn())
        os.kill(feed.process_id, signal.SIGKILL)
        eventually(lambda: all(get(worker, "/readyz")[0] == 503 for worker in workers))
        seen.set()
        eventually(lambda: all(get(worker, "/readyz")[0] == 200 for worker in workers))
        assert all(allowed(worker, "fed") for worker in workers)
    finally:
        feed.stop()
        folder.cleanup()


def test_the_last_state_is_kept_while_the_cluster_is_away(
    api: official.ApiClient, cluster: Any, endpoint: Application, eventually: Eventually
) -> None:
    bind(api, "kept")
    eventually(lambda: allowed(endpoint, "kept"))
    assert cluster.stop() == 0
    eventually(lambda: "last state kept: Get" in get(endpoint, "/readyz?verbose")[1])
    assert allowed(endpoint, "kept")
    assert get(endpoint, "/readyz") == (200, "ok")
    failures = 'kubegate_cluster_watch_failures_total{resource="rolebindings.rbac.authorization.k8s.io"}'
    eventually(lambda: failures in get(endpoint, "/metrics")[1])
    cluster.start()  # in memory: a cluster without that binding
    eventually(lambda: not allowed(endpoint, "kept"))
    eventually(lambda: "[+]cluster ok" in get(endpoint, "/readyz?verbose")[1])
