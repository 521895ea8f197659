"""The clock of a server's surroundings: what is in force, what objects and nodes say of the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from kubegate.api.status import StatusError
from kubegate.api.user import MASTERS
from kubegate.compose.application import Application, build_application
from kubegate.compose.hollow_nodes import HollowNodesThread
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.surroundings import Surroundings
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions
from kubegate.testing.server.clock import Clock

POLICY = """
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: january}
spec:
  effect: Allow
  subjects: [{kind: User, name: alice}]
  rules: [{verbs: [list], apiGroups: [""], resources: [nodes]}]
  notBefore: 2030-01-01T00:00:00Z
  notAfter: 2030-02-01T00:00:00Z
"""


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.set("2030-01-15T00:00:00Z")
    return made


@pytest.fixture
def application(tmp_path: Path, clock: Clock) -> Iterator[Application]:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "audit.yaml").write_text("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n")
    options = Options(
        ServingOptions(),
        StorageOptions(storage="memory"),
        AuthnOptions(),
        AuthzOptions(authorization_mode=["AccessPolicy"], access_policy_file=[str(tmp_path / "policy.yaml")]),
        AdmissionOptions(),
        AuditOptions(audit_policy_file=str(tmp_path / "audit.yaml"), audit_log_path=str(tmp_path / "audit.log")),
    )
    made = build_application(options, Surroundings(now=clock.now))
    yield made
    made.close()


def code(application: Application, user: str, path: str) -> int:
    try:
        InternalClient(lambda: application.pipeline, user).request("GET", path)
    except StatusError as error:
        return error.status.code
    return 200


def test_policies_are_in_force_by_the_clock(application: Application, clock: Clock) -> None:
    assert code(application, "alice", "/api/v1/nodes") == 200
    clock.advance(days=30)
    assert code(application, "alice", "/api/v1/nodes") == 403


def test_what_the_server_writes(application: Application, clock: Clock, tmp_path: Path) -> None:
    admin = InternalClient(lambda: application.pipeline, "admin", MASTERS)
    made = admin.create("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a", "finalizers": ["x/y"]}})
    assert made["metadata"]["creationTimestamp"] == made["metadata"]["managedFields"][0]["time"] == "2030-01-15T00:00:00Z"
    clock.advance(hours=1)
    gone = admin.request("DELETE", "/api/v1/namespaces/default/configmaps/a")
    assert gone["metadata"]["deletionTimestamp"] == "2030-01-15T01:00:00Z"
    last: dict[str, Any] = orjson.loads((tmp_path / "audit.log").read_text().splitlines()[-1])
    assert last["stageTimestamp"] == "2030-01-15T01:00:00.000000Z"


def test_hollow_nodes(application: Application, clock: Clock) -> None:
    def client(user: str, *groups: str, agent: str = "") -> InternalClient:
        return InternalClient(lambda: application.pipeline, user, *groups, MASTERS, agent=agent)

    nodes = HollowNodesThread(1, application.store, client, clock.now)
    watch = application.store.watch("leases.coordination.k8s.io", since=0)
    nodes.start()
    event = watch.next(60)
    nodes.stop()
    assert event is not None and event.stored.object["spec"]["renewTime"] == "2030-01-15T00:00:00.000000Z"
