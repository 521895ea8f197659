"""The journal of one resource: pages, changes after a place, places that are not known any more."""

from __future__ import annotations

import threading

import orjson
import pytest

from kubegate.compose.feed.journal import ExpiredPlace, Journal


def obj(name, version="1"):
    return {"metadata": {"name": name, "namespace": "n", "resourceVersion": version}}


def events(lines):
    found = [orjson.loads(line) for line in b"".join(lines).splitlines()]
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in found]


def test_a_list_comes_in_pages_and_the_watch_goes_on_from_the_first():
    journal = Journal("boot")
    for name in "abc":
        journal.upsert(obj(name))
    first = journal.page(2)
    journal.upsert(obj("aa"))
    second = journal.page(2, first["metadata"]["continue"])
    assert [item["metadata"]["name"] for item in (*first["items"], *second["items"])] == ["a", "b", "c"]
    assert second["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}
    place, lines = journal.since(second["metadata"]["resourceVersion"], 0)
    assert events(lines) == [("MODIFIED", "aa"), ("BOOKMARK", "")]
    assert orjson.loads(lines[-1].splitlines()[-1])["object"]["metadata"]["resourceVersion"] == place


def test_what_goes_is_told_with_its_last_state():
    journal = Journal("boot")
    journal.upsert(obj("a"))
    place = journal.page(9)["metadata"]["resourceVersion"]
    journal.remove("Pod", "n", "a")
    journal.remove("Pod", "n", "never")
    assert events(journal.since(place, 0)[1]) == [("DELETED", "a"), ("BOOKMARK", "")]
    assert journal.page(9)["items"] == []


def test_places_that_are_not_known_any_more():
    journal = Journal("boot", kept=2)
    start = journal.page(9)["metadata"]["resourceVersion"]
    for number in range(3):
        journal.upsert(obj("a", str(number)))
    for place in (start, "other.1", "boot.99", "boot.x", "7", ""):
        with pytest.raises(ExpiredPlace):
            journal.since(place, 0)
    assert len(journal.since("boot.1", 0)[1]) == 2


def test_who_waits_is_told_at_once():
    journal = Journal("boot")
    told = []
    reader = threading.Thread(target=lambda: told.append(journal.since("boot.0", 3600)))
    reader.start()
    journal.upsert(obj("a"))
    reader.join()
    assert events(told[0][1])[0] == ("MODIFIED", "a")


def test_nothing_new_is_no_error():
    assert Journal("boot").since("boot.0", 0) == ("boot.0", [])
