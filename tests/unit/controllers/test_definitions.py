"""Which names of a definition are accepted, and when it is established."""

from __future__ import annotations

import copy
from typing import Any

from kubegate.api.catalog import builtin
from kubegate.controllers.definitions import CONTROLLER, RESOURCE
from kubegate.controllers.interface import Context, Work
from kubegate.store.interface import Key
from kubegate.store.memory import MemoryStore

Object = dict[str, Any]


class Client:
    """A fake client that keeps the last status that was written."""

    def __init__(self) -> None:
        self.status: Object = {}

    def update(self, path: str, obj: Object) -> Object:
        self.status = obj["status"]
        return obj


def definition(plural: str, kind: str, *short: str, accepted: bool = False) -> Object:
    names: Object = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    if short:
        names["shortNames"] = list(short)
    obj: Object = {"metadata": {"name": f"{plural}.x.example"}, "spec": {"group": "x.example", "names": names}}
    if accepted:
        conditions = [{"type": kind, "status": "True"} for kind in ("NamesAccepted", "Established")]
        obj["status"] = {"acceptedNames": copy.deepcopy(names), "conditions": conditions}
    return obj


def status(*definitions: Object) -> tuple[Object, dict[str, tuple[str, str, str]], float | None]:
    """What is accepted of the last one, its conditions, and when it is looked at again."""
    store, client = MemoryStore(), Client()
    for obj in definitions:
        store.create(Key(RESOURCE, "", obj["metadata"]["name"]), obj)
    name = definitions[-1]["metadata"]["name"]
    again = CONTROLLER.build(Context(store, client, builtin)).reconcile(Work("", name))  # type: ignore[arg-type]
    conditions = client.status["conditions"]
    shown = {c["type"]: (c["status"], c.get("reason", ""), c.get("message", "")) for c in conditions}
    return client.status["acceptedNames"], shown, again


def test_free_names_are_accepted() -> None:
    obj = definition("foos", "Foo", "f")
    accepted, conditions, again = status(obj)
    assert (accepted, again) == (obj["spec"]["names"], None)
    assert conditions["NamesAccepted"] == ("True", "NoConflicts", "no conflicts found")
    assert conditions["Established"][:2] == ("True", "InitialNamesAccepted")


def test_of_names_that_are_taken_the_last_is_told_and_free_ones_are_accepted() -> None:
    accepted, conditions, again = status(definition("foos", "Foo", accepted=True), definition("others", "Foo", "foos", "g"))
    assert accepted == {"plural": "others", "kind": ""}
    assert again is not None
    assert conditions["NamesAccepted"] == ("False", "ListKindConflict", '"FooList" is already in use')
    assert conditions["Established"] == ("False", "NotAccepted", "not all names are accepted")


def test_short_names_are_accepted_together() -> None:
    taken = definition("foos", "Foo", "a", "b", accepted=True)
    _, conditions, _ = status(taken, definition("bars", "Bar", "a", "b", "c"))
    said = '["a" is already in use, "b" is already in use]'
    assert conditions["NamesAccepted"] == ("False", "ShortNamesConflict", said)


def test_what_is_established_stays_so() -> None:
    own = definition("bars", "Bar", accepted=True)
    own["spec"]["names"]["shortNames"] = ["f"]
    accepted, conditions, _ = status(definition("foos", "Foo", "f", accepted=True), own)
    assert conditions["NamesAccepted"][0] == "False"
    assert conditions["Established"][0] == "True"
    assert "shortNames" not in accepted
