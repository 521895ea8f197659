"""Troubles that a test makes: what the official client sees of them, and that they end."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from kubernetes import client as official
from kubernetes import watch as official_watch
from urllib3.exceptions import HTTPError

from kubegate.errors import InvalidInput
from kubegate.testing.api_server import ApiServer
from kubegate.testing.server import faults

CONFIG_MAP = {"metadata": {"name": "a"}, "data": {"k": "v"}}


@pytest.fixture
def core(api_server: ApiServer) -> Iterator[official.CoreV1Api]:
    with api_server.client() as client:
        yield without_retries(client)


def without_retries(client: official.ApiClient) -> official.CoreV1Api:
    client.configuration.retries = False
    return official.CoreV1Api(official.ApiClient(client.configuration))


def refused(call: Any, *args: Any, **options: Any) -> tuple[int, dict[str, str], Any]:
    with pytest.raises(official.ApiException) as error:
        call(*args, **options)
    body = error.value.body
    text = body.decode() if isinstance(body, bytes) else body
    try:
        return error.value.status, dict(error.value.headers), json.loads(text)
    except ValueError:
        return error.value.status, dict(error.value.headers), text


def test_too_many_requests_as_often_as_told(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(verb="list", resource="pods", status=429, retry_after=3, times=2) as fault:
        for _ in range(2):
            code, headers, body = refused(core.list_namespaced_pod, "default")
            assert (code, headers["Retry-After"]) == (429, "3")
            assert body == "Too many requests, please try again later.\n"
        assert core.list_namespaced_pod("default").items == []
        core.list_namespaced_secret("default")
        assert fault.hits == ["GET /api/v1/namespaces/default/pods"] * 2
    core.list_namespaced_pod("default")


@pytest.mark.parametrize(
    ("status", "code", "reason", "message"),
    [
        (500, 500, None, "etcdserver: request timed out"),
        (503, 503, "ServiceUnavailable", "apiserver is shutting down"),
        (504, 504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
        (409, 409, "AlreadyExists", 'configmaps "a" already exists'),
        (401, 401, "Unauthorized", "Unauthorized"),
    ],
)
def test_the_bodies_are_those_of_a_server(
    api_server: ApiServer, core: official.CoreV1Api, status: int, code: int, reason: str | None, message: str
) -> None:
    core.create_namespaced_config_map("default", CONFIG_MAP)
    with api_server.fault(method="POST", name="", status=status):
        found, _, body = refused(core.create_namespaced_config_map, "default", CONFIG_MAP)
    assert (found, body.get("reason"), body["message"]) == (code, reason, message)


def test_a_conflict_of_an_update(api_server: ApiServer, core: official.CoreV1Api) -> None:
    core.create_namespaced_config_map("default", CONFIG_MAP)
    with api_server.fault(verb="update", resource="configmaps", name="a", status=409):
        _, _, body = refused(core.replace_namespaced_config_map, "a", "default", CONFIG_MAP)
    assert body["message"] == (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    core.replace_namespaced_config_map("a", "default", CONFIG_MAP)


def test_a_message_of_ones_own(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(path="/api/v1/namespaces", status=429, message="storage is (re)initializing", retry_after=1):
        _, headers, body = refused(core.list_namespace)
    assert headers["Retry-After"] == "1"
    assert (body["reason"], body["details"]) == ("TooManyRequests", {"retryAfterSeconds": 1})


def test_only_the_user_meant(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.client("alice", ["system:masters"]) as alice, api_server.fault(user="al*", status=503):
        core.list_namespace()
        assert refused(without_retries(alice).list_namespace)[0] == 503


def test_some_are_let_through_first(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(verb="list", resource="namespaces", status=500, after=1):
        core.list_namespace()
        assert refused(core.list_namespace)[0] == 500


def test_a_list_that_goes_on_too_late(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(verb="list", status=410) as fault:
        page: Any = core.list_namespace(limit=1)
        code, _, body = refused(core.list_namespace, limit=1, _continue=page.metadata._continue)
        assert (code, body["reason"]) == (410, "Expired") and body["message"].startswith("The provided continue parameter")
        assert len(fault.hits) == 1
    rest: Any = core.list_namespace(_continue=body["metadata"]["continue"])
    names = [item.metadata.name for item in [*page.items, *rest.items]]
    assert names == [item.metadata.name for item in core.list_namespace().items]


def stream(core: official.CoreV1Api, **options: Any) -> list[tuple[str, Any]]:
    events = official_watch.Watch().stream(core.list_namespace, timeout_seconds=60, **options)
    return [(event["type"], event["raw_object"]) for event in events]


def test_a_watch_that_is_told_to_list_anew(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(verb="watch", resource="namespaces", status=410), pytest.raises(official.ApiException) as error:
        stream(core, resource_version="1")
    assert (error.value.status, error.value.reason) == (410, "Expired: too old resource version: 1 (2)")


def test_a_watch_ends_after_some_events(api_server: ApiServer) -> None:
    fault = api_server.fault(verb="watch", resource="namespaces", drop_after=2)
    with fault, ask(api_server, "/api/v1/namespaces?watch=1&timeoutSeconds=60") as answer:
        assert [json.loads(line)["type"] for line in answer.read().splitlines()] == ["ADDED"] * 2


def test_a_running_watch_is_told_to_list_anew(api_server: ApiServer) -> None:
    fault = api_server.fault(verb="watch", resource="namespaces", drop_after=1, status=410)
    with fault, ask(api_server, "/api/v1/namespaces?watch=1&timeoutSeconds=60") as answer:
        first, last = map(json.loads, answer.read().splitlines())
    assert (first["type"], last["type"]) == ("ADDED", "ERROR")
    assert (last["object"]["kind"], last["object"]["code"], last["object"]["reason"]) == ("Status", 410, "Expired")


def test_a_watch_breaks_off(api_server: ApiServer) -> None:
    fault = api_server.fault(verb="watch", resource="namespaces", drop_after=1, abort=True)
    with fault, ask(api_server, "/api/v1/namespaces?watch=1&timeoutSeconds=60") as answer:
        with pytest.raises(http.client.IncompleteRead) as error:
            answer.read()
        assert json.loads(error.value.partial.splitlines()[0])["type"] == "ADDED"


def test_a_connection_breaks_before_the_request(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(verb="create", abort=True), pytest.raises((HTTPError, OSError)):
        core.create_namespaced_config_map("default", CONFIG_MAP)
    assert str(api_server.requests[-1]) == "503 POST /api/v1/namespaces/default/configmaps"
    core.create_namespaced_config_map("default", CONFIG_MAP)


def test_an_answer_is_lost(api_server: ApiServer, core: official.CoreV1Api) -> None:
    with api_server.fault(verb="create", lose_answer=True), pytest.raises((HTTPError, OSError)):
        core.create_namespaced_config_map("default", CONFIG_MAP)
    assert str(api_server.requests[-1]) == "201 POST /api/v1/namespaces/default/configmaps"
    code, _, body = refused(core.create_namespaced_config_map, "default", CONFIG_MAP)
    assert (code, body["reason"]) == (409, "AlreadyExists")


def test_running_watches_are_dropped(api_server: ApiServer, core: official.CoreV1Api) -> None:
    path = f"/api/v1/pods?watch=1&timeoutSeconds=60&resourceVersion={api_server.application.store.revision}"
    with ask(api_server, path) as answer:
        assert api_server.drop_watches(resource="configmaps") == 0
        assert api_server.drop_watches(resource="pods") == 1
        assert answer.read() == b""
    assert api_server.drop_watches(resource="pods") == 0


def test_a_watch_ends_with_the_definition_of_its_kind(api_server: ApiServer, tmp_path: Path) -> None:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Cluster", "names": names, "versions": [version]}
    meta = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    definition = {**meta, "metadata": {"name": "widgets.example.com"}, "spec": spec}
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    (tmp_path / "widgets.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [definition, widget]}))
    api_server.apply(tmp_path)
    with ask(api_server, "/apis/example.com/v1/widgets?watch=1&timeoutSeconds=60") as answer:
        api_server.reset()
        types = [json.loads(line)["type"] for line in answer.read().splitlines()]
    assert types in ([], ["ADDED"], ["ADDED", "DELETED"])  # and it was not broken off


def test_slow_answers(api_server: ApiServer, core: official.CoreV1Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer comes after the second, which is asked for while the first is held up."""
    order, slept, began, over = [], [], threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        began.set()
        over.wait(60)

    monkeypatch.setattr(faults, "time", SimpleNamespace(sleep=sleep))
    with api_server.fault(verb="get", resource="namespaces", name="default", delay=0.3):
        slow = threading.Thread(target=lambda: order.append(core.read_namespace("default").metadata.name))
        slow.start()
        assert began.wait(60)
        order.append(core.read_namespace("kube-system").metadata.name)
        over.set()
        slow.join()
    assert (order, slept) == (["kube-system", "default"], [0.3])


def test_they_end_with_the_reset(api_server: ApiServer, core: official.CoreV1Api) -> None:
    api_server.faults.add(verb="list", status=500, times=None)
    assert refused(core.list_namespace)[0] == 500
    api_server.reset()
    core.list_namespace()


def test_nonsense_is_refused(api_server: ApiServer) -> None:
    with pytest.raises(InvalidInput, match="a fault needs"):
        api_server.faults.add(verb="list")
    with pytest.raises(InvalidInput, match="status 418 needs a message"):
        api_server.faults.add(status=418)


@contextmanager
def ask(server: ApiServer, path: str) -> Iterator[http.client.HTTPResponse]:
    user = yaml.safe_load(server.kubeconfig.read_text())["users"][0]["user"]
    context = ssl._create_unverified_context()
    certificate = server.folder / "asking.pem"
    certificate.write_bytes(
        base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"])
    )
    context.load_cert_chain(certificate)
    connection = http.client.HTTPSConnection(urlsplit(server.url).netloc, context=context, timeout=60)
    connection.request("GET", path)
    with closing(connection), connection.getresponse() as answer:
        yield answer
