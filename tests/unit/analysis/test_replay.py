"""Recorded requests against candidate policies."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.analysis.replay.compare import Effect, replay
from kubegate.analysis.replay.events import Reading, read_events
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.cli.replay import command
from kubegate.errors import InvalidInput

READER = [
    {
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    },
    {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "alice"}],
    },
]


def event(user: str, verb: str, resource: str, decision: str | None = "allow", **more: Any) -> dict[str, Any]:
    annotations = {"authorization.k8s.io/decision": decision} if decision else {}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": user, "groups": ["system:authenticated"]},
        "objectRef": {"resource": resource, "namespace": "n", "name": "x"},
        "requestURI": f"/api/v1/namespaces/n/{resource}/x",
        "annotations": annotations,
        **more,
    }


def write(tmp_path: Path, *events: dict[str, Any]) -> str:
    path = tmp_path / "audit.log"
    path.write_text("\n".join(map(json.dumps, events)) + "\n\n")
    return str(path)


def test_what_changes_is_found_and_counted(tmp_path: Path) -> None:
    log = write(
        tmp_path,
        event("alice", "get", "pods"),
        event("alice", "get", "pods", "forbid"),
        event("alice", "get", "secrets"),
        event("alice", "get", "secrets"),
        event("bob", "get", "pods", "forbid"),
    )
    result = replay(read_events([log], Reading()), RbacAuthorizer(READER))
    found = [(finding.effect, finding.count, finding.group) for finding in result.sorted()]
    assert found == [
        (Effect.ALLOWED, 1, ("alice", "get", "pods", "n")),
        (Effect.DENIED, 2, ("alice", "get", "secrets", "n")),
    ]
    assert result.total == 5


def test_other_stages_and_undecided_events_are_skipped(tmp_path: Path) -> None:
    reading = Reading()
    log = write(tmp_path, event("a", "get", "pods", stage="RequestReceived"), event("a", "get", "pods", None))
    assert list(read_events([log], reading)) == []
    assert (reading.events, reading.skipped) == (0, 2)


def test_impersonation_counts_as_who_was_impersonated(tmp_path: Path) -> None:
    log = write(tmp_path, event("root", "get", "pods", impersonatedUser={"username": "alice", "groups": ["g"]}))
    (recorded,) = read_events([log], Reading())
    assert (recorded.attributes.user.name, recorded.attributes.user.groups) == ("alice", ("g",))


def test_non_resource_requests(tmp_path: Path) -> None:
    log = write(tmp_path, event("a", "get", "", objectRef=None, requestURI="/healthz?verbose"))
    (recorded,) = read_events([log], Reading())
    assert (recorded.attributes.is_resource, recorded.attributes.path) == (False, "/healthz")


def test_compressed_logs(tmp_path: Path) -> None:
    path = tmp_path / "audit.log.gz"
    path.write_bytes(gzip.compress(json.dumps(event("a", "get", "pods")).encode()))
    assert len(list(read_events([str(path)], Reading()))) == 1


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "Pod"}', '{"kind": "Event"}'])
def test_what_is_no_event_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "audit.log"
    path.write_text(json.dumps(event("a", "get", "pods")) + "\n" + line + "\n")
    with pytest.raises(InvalidInput, match=r"audit\.log:2: not "):
        list(read_events([str(path)], Reading()))


@pytest.mark.parametrize(("fail_on", "code"), [(None, 0), ("allowed", 0), ("denied", 2), ("any", 2)])
def test_exit_codes(tmp_path: Path, fail_on: str | None, code: int) -> None:
    log = write(tmp_path, event("bob", "get", "pods"))
    arguments = [log, *(["--fail-on", fail_on] if fail_on else []), "-o", "json"]
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.return_value == code
    assert json.loads(result.stdout)["findings"][0]["effect"] == "newly denied"
