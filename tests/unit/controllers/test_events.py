"""What controllers tell people: repeated and similar events become one."""

from __future__ import annotations

from typing import Any

from kubegate.api.catalog import builtin
from kubegate.controllers.events import Recorder
from kubegate.controllers.interface import Context
from kubegate.store.memory import MemoryStore


class Client:
    """A fake client that keeps the events by name."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}

    def create(self, _path: str, obj: dict[str, Any]) -> dict[str, Any]:
        self.events[obj["metadata"]["name"]] = obj
        return obj

    def patch(self, path: str, patch: dict[str, Any], _kind: str) -> dict[str, Any]:
        found = self.events[path.rsplit("/", 1)[1]]
        found.update(patch)
        return found


def told(*messages: str) -> list[tuple[str, int]]:
    """Each message is told about another revision of one object."""
    client = Client()
    recorder = Recorder(Context(MemoryStore(), client, builtin), "some-controller")  # type: ignore[arg-type]
    for revision, message in enumerate(messages):
        meta = {"name": "p", "namespace": "n", "uid": "u", "resourceVersion": str(revision)}
        recorder.report({"apiVersion": "v1", "kind": "Pod", "metadata": meta}, "Reason", message)
    return [(event["message"], event["count"]) for event in client.events.values()]


def test_what_is_repeated_is_counted_whatever_the_revision() -> None:
    assert told("a", "a", "b", "a") == [("a", 3), ("b", 1)]


def test_ten_that_differ_in_their_message_are_combined() -> None:
    messages = [f"m{number}" for number in range(12)]
    assert told(*messages) == [(message, 1) for message in messages[:9]] + [
        ("(combined from similar events): m11", 3),
    ]
