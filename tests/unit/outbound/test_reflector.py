"""Following a resource of a cluster: what is told of lists, watches, and a cluster that is away."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kubegate.outbound import reflector as module
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import Remote
from kubegate.outbound.reflector import Reflector, Source

PATH = "/api/v1/things"


def thing(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": str(version)}}


def listed(version: int, *things: dict[str, Any], more: str = "") -> tuple[int, Any]:
    return 200, {"kind": "ThingList", "metadata": {"resourceVersion": str(version), "continue": more}, "items": things}


def event(kind: str, obj: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "object": {"apiVersion": "v1", "kind": "Thing", **obj}}


def status(code: int, message: str = "") -> dict[str, Any]:
    return {"kind": "Status", "status": "Failure", "code": code, "message": message}


@dataclass
class FakeCluster:
    """Answers requests by a script: (status, body) of a list, or the events of a watch (None: the connection breaks)."""

    script: list[Any]
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                cluster.asked.append(parse_qs(urlsplit(self.path).query))
                if not cluster.script:
                    cluster.done.set()
                    self.close_connection = True
                    return
                answer = cluster.script.pop(0)
                code, body = answer if isinstance(answer, tuple) else (200, answer)
                self.send_response(code)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for part in body if isinstance(body, list) else [body]:
                    if part is None:
                        self.close_connection = True
                        return
                    data = json.dumps(part).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


class Seen:
    """A sink that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def upsert(self, obj: dict[str, Any]) -> None:
        assert (obj["apiVersion"], obj["kind"]) == ("v1", "Thing")
        self.told.append(("in", obj["metadata"]["name"]))

    def remove(self, kind: str, namespace: str, name: str) -> None:
        self.told.append(("out", name))


Run = Callable[..., tuple[FakeCluster, Seen, Reflector]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(module, "PAUSES", (0.001, 0.01))
    monkeypatch.setattr(module, "UNSERVED_PAUSE", 0.001)
    ends: list[Callable[[], None]] = []

    def go(*script: Any, optional: bool = False) -> tuple[FakeCluster, Seen, Reflector]:
        cluster, seen = FakeCluster(list(script)), Seen()
        server = ThreadingHTTPServer(("127.0.0.1", 0), cluster.handler())
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        client = Client(Remote(f"http://127.0.0.1:{server.server_port}"), timeout=60)
        followed = Reflector(client, Source(PATH, "v1", "Thing", optional=optional), [seen])
        ends.extend([followed.stop, server.shutdown, server.server_close])
        followed.start()
        assert cluster.done.wait(60)
        return cluster, seen, followed

    yield go
    for end in ends:
        end()


def test_a_list_in_pages_then_changes(run: Run) -> None:
    cluster, seen, followed = run(
        listed(5, thing("a", 1), more="next"),
        listed(5, thing("b", 2)),
        [event("ADDED", thing("c", 6)), event("MODIFIED", thing("a", 7)), event("DELETED", thing("b", 8))],
    )
    assert seen.told == [("in", "a"), ("in", "b"), ("in", "c"), ("in", "a"), ("out", "b")]
    assert cluster.asked[1]["continue"] == ["next"]
    assert cluster.asked[2]["resourceVersion"] == ["5"]
    assert followed.progress.synced


def test_a_watch_that_ends_goes_on_where_it_was(run: Run) -> None:
    cluster, _, followed = run(listed(5), [event("ADDED", thing("a", 6)), event("BOOKMARK", thing("", 9))], [])
    assert [asked.get("resourceVersion") for asked in cluster.asked[:3]] == [None, ["5"], ["9"]]
    assert followed.progress.lists == 1


@pytest.mark.parametrize(
    "end",
    [(410, status(410)), [{"type": "ERROR", "object": status(410)}], [None], (500, status(500, "broken"))],
    ids=["gone", "gone within", "broken off", "failed"],
)
def test_after_an_end_that_is_none_all_is_listed_and_what_differs_is_told(run: Run, end: Any) -> None:
    before = listed(5, thing("same", 1), thing("changed", 2), thing("gone", 3))
    after = listed(9, thing("same", 1), thing("changed", 8), thing("new", 9))
    _, seen, followed = run(before, end, after, [])
    assert seen.told[3:] == [("in", "changed"), ("in", "new"), ("out", "gone")]
    assert followed.progress.lists == 2


def test_a_cluster_that_is_away_takes_nothing_back(run: Run) -> None:
    down = (503, status(503, "down"))
    _, seen, followed = run(listed(5, thing("a", 1)), down, down, down)
    assert seen.told == [("in", "a")]
    assert followed.progress.synced
    assert followed.progress.failures >= 3


def test_nothing_is_synced_before_a_whole_list(run: Run) -> None:
    forbidden = (403, status(403, "things is forbidden"))
    for script in ([forbidden, forbidden], [listed(5, thing("a", 1), more="next"), forbidden], [(200, [])]):
        _, _, followed = run(*script)
        assert not followed.progress.synced
        assert followed.progress.error


@pytest.mark.parametrize(("optional", "synced"), [(True, True), (False, False)])
def test_what_a_cluster_does_not_serve_it_has_none_of_if_it_need_not(run: Run, optional: bool, synced: bool) -> None:
    _, seen, followed = run((404, status(404)), optional=optional)
    assert followed.progress.synced is synced
    assert seen.told == []
