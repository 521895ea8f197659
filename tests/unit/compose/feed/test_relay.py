"""A relay on a socket, and what a worker's cluster makes of it."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from kubegate.api.user import User
from kubegate.authz.access.index import RESOURCE, AccessPolicyIndex
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Decision
from kubegate.compose.access import access_from_files
from kubegate.compose.endpoint_options import EndpointOptions
from kubegate.compose.feed.process import FeedProcess, feed_client
from kubegate.compose.feed.relay import Relay, RelayServer
from kubegate.compose.live import FOLLOWED, LiveCluster, source_of
from kubegate.compose.webhook_policies import of_cluster
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.webhook import WebhookOptions
from kubegate.errors import ConfigurationError, Unavailable
from kubegate.outbound import reflector
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import Remote
from kubegate.webhook.metrics import Metrics

NOBODY = Client(Remote("http://127.0.0.1:9"), timeout=1)
RBAC = "rbac.authorization.k8s.io"
BINDINGS = source_of(f"clusterrolebindings.{RBAC}").path
ROLES = source_of(f"clusterroles.{RBAC}").path
PATHS = [source.path for source in map(source_of, FOLLOWED) if source]
ROLE = {
    "kind": "ClusterRole",
    "metadata": {"name": "r", "resourceVersion": "1"},
    "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
}
BINDING = {
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "b", "resourceVersion": "2"},
    "roleRef": {"kind": "ClusterRole", "name": "r"},
    "subjects": [{"kind": "User", "name": "jane"}],
}
ASKED = Attributes(User("jane"), "get", resource="pods")


def eventually(check):
    ends = time.monotonic() + 60
    while not check():
        assert time.monotonic() < ends
        time.sleep(0.01)


class Server(RelayServer):
    """Knows its connections, to break them as the end of its process would."""

    def __init__(self, *arguments) -> None:
        self.connections = []
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        self.connections.append(request)
        super().process_request(request, client_address)

    def end(self):
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Served:
    """A relay whose reflectors are not started: the test says what was seen."""

    def __init__(self, path: Path, *more: str) -> None:
        self.relay = Relay(NOBODY, Metrics(), more)
        self.path = str(path)

    def see(self, *paths):
        for path in paths or PATHS:
            self.relay.find(path).reflector.progress.synced = True

    def start(self):
        Path(self.path).unlink(missing_ok=True)
        self.server = Server(self.path, self.relay)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self.server.end()


@pytest.fixture
def folder():
    """With a shorter name than pytest's, for the path of a socket."""
    with tempfile.TemporaryDirectory() as short:
        yield Path(short)


@pytest.fixture
def served(folder, monkeypatch):
    monkeypatch.setattr(reflector, "PAUSES", (0.02, 0.05))
    made = Served(folder / "feed.sock")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def worker(served):
    made = LiveCluster(NOBODY, Metrics(), feed_client(served.path))
    yield made
    made.stop()


def test_a_worker_is_ready_once_everything_was_seen(served, worker):
    served.see(ROLES)
    worker.start()
    eventually(lambda: f"clusterroles.{RBAC}" not in " ".join(worker.detail()))
    assert not worker.synced
    assert any("not seen yet" in line for line in worker.detail())
    served.see()
    eventually(lambda: worker.synced)
    assert worker.detail() == [f"[+]cluster ok, {len(PATHS)} resources followed for all workers"]


def test_changes_reach_the_worker(served, worker):
    served.see()
    served.relay.find(ROLES).journal.upsert(ROLE)
    worker.start()
    eventually(lambda: worker.synced)
    assert not worker.rbac.authorize(ASKED).allowed
    journal = served.relay.find(BINDINGS).journal
    journal.upsert(BINDING)
    eventually(lambda: worker.rbac.authorize(ASKED).allowed)
    journal.remove("ClusterRoleBinding", "", "b")
    eventually(lambda: not worker.rbac.authorize(ASKED).allowed)


def test_a_worker_without_its_feed_is_not_ready_until_it_is_back(served, worker):
    served.see()
    worker.start()
    eventually(lambda: worker.synced)
    served.stop()
    for path, obj in ((ROLES, ROLE), (BINDINGS, BINDING)):
        journal = served.relay.find(path).journal
        journal.boot = "the next process"
        journal.upsert(obj)
    eventually(lambda: not worker.synced)
    eventually(lambda: any("clusterroles" in line for line in worker.detail()))
    served.start()
    eventually(lambda: worker.synced)
    eventually(lambda: worker.rbac.authorize(ASKED).allowed)


def test_trouble_with_the_cluster_shows_in_the_detail_of_workers(served, worker):
    served.see()
    worker.start()
    eventually(lambda: worker.synced)
    served.relay.find(ROLES).reflector.progress.error = "connection refused"
    assert worker.detail() == [f"[-]clusterroles.{RBAC} not followed, last state kept: connection refused"]
    assert worker.synced


def test_access_policies_are_followed_where_they_decide(folder, monkeypatch):
    monkeypatch.setattr(reflector, "PAUSES", (0.02, 0.05))
    served = Served(folder / "feed.sock", RESOURCE)
    served.start()
    policies = source_of(RESOURCE).path
    served.see(*PATHS, policies)
    index = AccessPolicyIndex(compile_condition)
    worker = LiveCluster(NOBODY, Metrics(), feed_client(served.path), index)
    worker.start()
    eventually(lambda: worker.synced)
    spec = {"effect": "Deny", "subjects": [{"kind": "User", "name": "jane"}], "rules": ROLE["rules"]}
    policy = {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": "p"}, "spec": spec}
    served.relay.find(policies).journal.upsert(policy)
    authorizer = access_from_files([], index)
    eventually(lambda: authorizer.authorize(ASKED).decision is Decision.DENY)
    worker.stop()
    served.stop()


def test_access_policies_that_come_by_a_reload_are_refused_if_they_are_not_followed():
    options = EndpointOptions(
        WebhookOptions(), AuthnOptions(), AuthzOptions(authorization_mode=["AccessPolicy"]), AdmissionOptions()
    )
    with pytest.raises(ConfigurationError, match="from the start"):
        of_cluster(options, LiveCluster(NOBODY, Metrics()))


def test_answers_that_are_no_lists(served):
    client = feed_client(served.path)
    assert client.get("/api/v1/secrets").status == 404
    assert client.get(ROLES).status == 503
    served.see()
    assert client.get(ROLES).status == 200
    assert client.get(f"{ROLES}?continue=other.1/n/a").status == 410
    served.stop()
    with pytest.raises(Unavailable, match="connection refused"):
        feed_client(served.path).get(ROLES)
    served.start()


def test_a_folder_with_too_long_a_name_is_refused_with_a_hint():
    with pytest.raises(ConfigurationError, match="too long") as refused:
        FeedProcess("config", "/tmp/" + "x" * 100)
    assert "TMPDIR" in refused.value.hint
