"""Recorded requests against candidate policies."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kubegate.analysis.replay import compare
from kubegate.analysis.replay.compare import Effect, replay
from kubegate.analysis.replay.events import Recorded
from kubegate.analysis.replay.logs import Reading, read_events
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
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


def impersonated(name: str, *groups: str, constraint: str = "", **more: Any) -> dict[str, Any]:
    other = {"username": name, "groups": [*groups, "system:authenticated"], **more}
    metadata = {"impersonationConstraint": constraint} if constraint else None
    return event("root", "get", "pods", impersonatedUser=other, authenticationMetadata=metadata)


@pytest.mark.parametrize(
    ("recorded", "before"),
    [
        (impersonated("alice"), ["impersonate users alice"]),
        (impersonated("alice", "g", "h"), ["impersonate users alice", "impersonate groups g", "impersonate groups h"]),
        (
            impersonated("alice", uid="u", extra={"scopes": ["a", "b"]}),
            [
                "impersonate users alice",
                "impersonate uids.authentication.k8s.io u",
                "impersonate userextras/scopes.authentication.k8s.io a",
                "impersonate userextras/scopes.authentication.k8s.io b",
            ],
        ),
        (
            impersonated("system:serviceaccount:n:s", "system:serviceaccounts", "system:serviceaccounts:n"),
            ["impersonate serviceaccounts s in n"],
        ),
        (
            impersonated("alice", "g", constraint="impersonate:user-info"),
            [
                "impersonate-on:user-info:get pods x in n",
                "impersonate:user-info users.authentication.k8s.io alice",
                "impersonate:user-info groups.authentication.k8s.io g",
            ],
        ),
        (
            impersonated("system:node:a", "system:nodes", constraint="impersonate:arbitrary-node"),
            ["impersonate-on:arbitrary-node:get pods x in n", "impersonate:arbitrary-node nodes.authentication.k8s.io a"],
        ),
        (
            impersonated("system:node:a", "system:nodes", constraint="impersonate:associated-node"),
            ["impersonate-on:associated-node:get pods x in n", "impersonate:associated-node nodes.authentication.k8s.io *"],
        ),
    ],
)
def test_who_impersonates_must_be_allowed_to(tmp_path: Path, recorded: dict[str, Any], before: list[str]) -> None:
    *questions, request = read_events([write(tmp_path, recorded)], Reading())
    assert request.attributes.user.name == recorded["impersonatedUser"]["username"]
    assert {question.attributes.user.name for question in questions} == {"root"}
    assert [words(question.attributes) for question in questions] == before


def words(asked: Attributes) -> str:
    subresource, group = f"/{asked.subresource}".rstrip("/"), f".{asked.group}".rstrip(".")
    namespace = f" in {asked.namespace}" if asked.namespace else ""
    return f"{asked.verb} {asked.resource}{subresource}{group} {asked.name}{namespace}"


def test_a_lost_right_to_impersonate_is_found(tmp_path: Path) -> None:
    result = replay(read_events([write(tmp_path, impersonated("alice"))], Reading()), RbacAuthorizer(READER))
    assert [finding.group for finding in result.sorted()] == [("root", "impersonate", "users", "")]


def test_what_allowed_it_tells_findings_apart(tmp_path: Path) -> None:
    reasons = ["RBAC: allowed by RoleBinding a", "RBAC: allowed by RoleBinding b", "RBAC: allowed by RoleBinding a"]
    lines = [event("bob", "get", "pods") for _ in reasons]
    for line, reason in zip(lines, reasons, strict=True):
        line["annotations"]["authorization.k8s.io/reason"] = reason
    result = replay(read_events([write(tmp_path, *lines)], Reading()), RbacAuthorizer(READER))
    assert [(finding.rule, finding.count) for finding in result.sorted()] == [(reasons[0], 2), (reasons[1], 1)]


def test_findings_without_end_are_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "REMEMBERED", 2)
    log = write(tmp_path, *(event(f"u{number}", "get", "pods") for number in range(5)))
    result = replay(read_events([log], Reading()), RbacAuthorizer([]))
    assert [(finding.group[0], finding.count) for finding in result.sorted()] == [("(others)", 3), ("u0", 1), ("u1", 1)]


def test_non_resource_requests(tmp_path: Path) -> None:
    log = write(tmp_path, event("a", "get", "", objectRef=None, requestURI="/healthz?verbose"))
    (recorded,) = read_events([log], Reading())
    assert (recorded.attributes.is_resource, recorded.attributes.path) == (False, "/healthz")


def test_compressed_logs(tmp_path: Path) -> None:
    path = tmp_path / "audit.log.gz"
    path.write_bytes(gzip.compress(json.dumps(event("a", "get", "pods")).encode()))
    assert len(list(read_events([str(path)], Reading()))) == 1


STRANGE = [
    {"user": "alice"},
    {"user": {"username": 5}},
    {"user": {"username": "a", "groups": [1]}},
    {"user": {"username": "a", "extra": ["x"]}},
    {"impersonatedUser": "root"},
    {"objectRef": "pods"},
    {"objectRef": {"resource": ["pods"]}},
    {"annotations": ["x"]},
    {"verb": 7},
    {"requestURI": 1, "objectRef": None},
]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "7", '"x"', '{"kind": "Pod"}', '{"kind": "Event"}', '{"kind": "EventList", "items": [3]}']
    + [json.dumps({**event("a", "get", "pods"), **strange}) for strange in STRANGE],
)
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


def test_gzipped_logs_are_known_by_their_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rotated logs have any name, and standard input none."""
    packed = gzip.compress(json.dumps(event("a", "get", "pods")).encode() + b"\n")
    (tmp_path / "audit.log.1").write_bytes(packed)
    assert len(list(read_events([str(tmp_path / "audit.log.1")], Reading()))) == 1
    for data in (packed, gzip.decompress(packed)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[type-var]
        assert len(list(read_events(["-"], Reading()))) == 1


def test_a_damaged_archive_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "audit.log.gz"
    lines = b"".join(json.dumps(event(f"user-{n}", "get", "pods")).encode() + b"\n" for n in range(2000))
    path.write_bytes(gzip.compress(lines)[:-100])
    with pytest.raises(InvalidInput, match="the compressed data is damaged"):
        list(read_events([str(path)], Reading()))


def test_lists_of_events_as_webhooks_get_them(tmp_path: Path) -> None:
    items = [
        {key: value for key, value in event("a", "get", "pods").items() if key != "kind"},
        event("b", "get", "pods", None),
    ]
    reading = Reading()
    log = write(tmp_path, {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": items}, event("c", "get", "pods"))
    assert [recorded.attributes.user.name for recorded in read_events([log], reading)] == ["a", "c"]
    assert (reading.events, reading.skipped) == (2, 1)


@pytest.mark.parametrize(("fail_on", "code"), [(None, 0), ("denied", 4), ("allowed", 2)])
def test_keep_going_leaves_out_what_cannot_be_read(tmp_path: Path, fail_on: str | None, code: int) -> None:
    """A log that was cut off in the middle of a line: the answer says so, and is undecided where that could matter."""
    path = tmp_path / "audit.log"
    path.write_text(json.dumps(event("kubernetes-admin", "get", "pods")) + "\n" + '{"kind": "Ev')
    arguments = [str(path), *(["--fail-on", fail_on] if fail_on else [])]
    (tmp_path / "policy.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": []}))
    allowed = json.dumps(event("system:kube-scheduler", "list", "pods", "forbid"))
    if fail_on == "allowed":
        path.write_text(allowed + "\n" + '{"kind": "Ev')
    elif fail_on == "denied":
        path.write_text(json.dumps(event("system:kube-scheduler", "list", "pods")) + "\n" + '{"kind": "Ev')
    result = CliRunner().invoke(command, [*arguments, "--keep-going"], standalone_mode=False)
    assert result.return_value == code
    assert "left out: 1 lines" in result.stderr
    assert f"{path}:2" in result.stderr
    with pytest.raises(InvalidInput):
        CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)


def test_memory_does_not_grow_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are remembered up to a limit; of what differs, a group is counted."""
    monkeypatch.setattr(compare, "REMEMBERED", 50)

    def peak(events: int) -> int:
        tracemalloc.start()
        requests = (
            Recorded(Attributes(User.of("bob"), "get", resource="pods", namespace="n", name=f"p{n}"), True)
            for n in range(events)
        )
        assert replay(requests, RbacAuthorizer(READER)).total == events
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(300)
    # Were all of it remembered, it would be twice as much. Threads that other tests left behind count too, now and then.
    assert min(peak(2_000) for _ in range(3)) < peak(300) + 300_000
