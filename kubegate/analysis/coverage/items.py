"""What of a set of policies can be exercised: bindings, rules, each of a rule's resourceNames; policies and expressions.

Only what stands in the user's files counts, not the default roles of a cluster; of an aggregated ClusterRole the rules of
those that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.bundle.state import ClusterState
from kubegate.cel.branches import WHOLE
from kubegate.errors import Location

RBAC, ACCESS = "rbac.authorization.k8s.io", "policy.kubegate.dev"
BINDINGS, ROLES, POLICY = ("ClusterRoleBinding", "RoleBinding"), ("ClusterRole", "Role"), "AccessPolicy"

_NAMESPACED = ("Role", "RoleBinding")


class What(StrEnum):
    """The kinds of items."""

    BINDING = "binding"
    RULE = "rule"
    NAME = "resourceName"
    POLICY = "policy"
    EXPRESSION = "expression"
    BRANCH = "branch"
    LINE = "line"
    WEBHOOK = "webhook"

    @property
    def plural(self) -> str:
        return {"policy": "policies", "branch": "branches"}.get(self.value, f"{self.value}s")


class ItemKey(NamedTuple):
    """What makes an item the same in several suites: the file, the object, the part of it."""

    file: str
    kind: str
    namespace: str
    name: str
    rule: int = -1
    resource_name: str = ""
    part: str = ""
    """The path of an expression, or the number of a line."""
    branch: int = WHOLE
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a case can exercise, and where it stands."""

    key: ItemKey
    what: What
    location: Location
    missing: str = ""
    """What has not been the case when it is not exercised: ``validations[0].expression never false``."""

    @property
    def text(self) -> str:
        """``Role shop/reader, rule 2, name "x"``."""
        key = self.key
        if self.what is What.LINE:
            return self.missing
        owner = f"{key.kind} {key.namespace}/{key.name}" if key.namespace else f"{key.kind} {key.name}".rstrip()
        rule = f", rule {key.rule}" if key.rule >= 0 else ""
        name = f', name "{key.resource_name}"' if self.what is What.NAME else ""
        return owner + rule + name + (f", {self.missing}" if self.missing else "")

    @property
    def place(self) -> str:
        """``policy.yaml:12``, of a part of an expression also the column."""
        place = f"{self.location.file}:{self.location.line}"
        return f"{place}:{self.location.column}" if self.key.part and self.location.column else place


def items_of(state: ClusterState) -> Iterator[Item]:
    """The items of everything in the state that comes from a file, in the order of reading."""
    for obj in state:
        group, _, kind = kind_of(obj)
        place = state.locate(obj)
        if place is None:
            continue
        key = key_of(obj, place)
        if group == RBAC and kind in BINDINGS:
            yield Item(key, What.BINDING, place)
        elif group == RBAC and kind in ROLES and not obj.get("aggregationRule"):
            yield from _rules(state, obj, key, obj.get("rules") or [], "rules")
        elif group == ACCESS and kind == POLICY:
            yield from _rules(state, obj, key, (obj.get("spec") or {}).get("rules") or [], "spec.rules")


def key_of(obj: Object, place: Location) -> ItemKey:
    """The key of a whole object."""
    kind = kind_of(obj).kind
    namespace = namespace_of(obj) if kind in _NAMESPACED else ""
    return ItemKey(str(Path(place.file).resolve()), kind, namespace, name_of(obj))


def _rules(state: ClusterState, obj: Object, key: ItemKey, rules: list[Object], path: str) -> Iterator[Item]:
    for index, rule in enumerate(rules):
        own = key._replace(rule=index)
        yield Item(own, What.RULE, _place(state, obj, f"{path}[{index}]"))
        for position, name in enumerate(rule.get("resourceNames") or []):
            place = _place(state, obj, f"{path}[{index}].resourceNames[{position}]")
            yield Item(own._replace(resource_name=name), What.NAME, place)


def _place(state: ClusterState, obj: Object, path: str) -> Location:
    return state.locate(obj, path) or Location()
