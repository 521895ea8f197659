"""What the rules know besides the object that they judge, looked up once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.lint.rules import RULES
from kubegate.analysis.requests import Vocabulary
from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.authz.rbac.bindings import RoleId, role_of, subject_key
from kubegate.errors import Location

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
RBAC = "rbac.authorization.k8s.io"

Locate = Callable[[Object, str], Location | None]
"""(object, path in it) -> where it stands."""


def no_place(obj: Object, path: str) -> Location | None:
    """For objects that stand in no file."""
    return None


def title(obj: Object) -> str:
    """``Role ns/name``."""
    namespace = namespace_of(obj)
    return f"{obj.get('kind')} {namespace}/{name_of(obj)}" if namespace else f"{obj.get('kind')} {name_of(obj)}"


def is_rbac(obj: Object, *kinds: str) -> bool:
    """Is it a role or binding of these kinds (of Kubernetes, not of somebody's API of the same names)?"""
    return obj.get("kind") in kinds and kind_of(obj).group in ("", RBAC)


def role_id(role: Object) -> RoleId:
    """The role as bindings refer to it."""
    kind = str(role.get("kind"))
    return RoleId(kind, namespace_of(role) if kind == "Role" else "", name_of(role))


def grant_of(binding: Object) -> object:
    """What it grants to whom: the same for bindings that could stand for each other."""
    namespace = namespace_of(binding)
    return namespace, role_of(binding), frozenset(subject_key(row, namespace) for row in binding.get("subjects") or [])


@dataclass
class Context:
    """``judged`` are the objects under judgement, ``known`` also those that they may refer to."""

    judged: list[Object]
    known: list[Object]
    locate: Locate = no_place
    vocabulary: Vocabulary = field(init=False)
    roles: dict[RoleId, Object] = field(init=False)
    bound: set[RoleId] = field(init=False)
    gathering: list[dict[str, str]] = field(init=False)
    """What aggregated ClusterRoles select by, as far as matchLabels say it."""
    accounts: dict[str, set[str]] = field(init=False)
    """Namespace -> the names of the service accounts that are declared there."""
    first_grant: dict[object, Object] = field(init=False)
    """Of bindings that grant the same, the first."""
    policies: dict[tuple[str, str], Object] = field(init=False)
    """(kind, name) -> admission policy"""

    def __post_init__(self) -> None:
        self.vocabulary = Vocabulary.of(self.known)
        self.roles = {role_id(obj): obj for obj in self.known if is_rbac(obj, *ROLES)}
        self.bound = {role_of(obj) for obj in self.known if is_rbac(obj, *BINDINGS)}
        self.gathering = [
            selector.get("matchLabels") or {}
            for role in self.roles.values()
            for selector in (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
        ]
        self.accounts = defaultdict(set)
        self.first_grant = {}
        for obj in self.known:
            if obj.get("kind") == "ServiceAccount":
                self.accounts[namespace_of(obj)].add(name_of(obj))
        for obj in self.judged:
            if is_rbac(obj, *BINDINGS):
                self.first_grant.setdefault((obj["kind"], grant_of(obj)), obj)
        kinds = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
        self.policies = {(obj["kind"], name_of(obj)): obj for obj in self.known if obj.get("kind") in kinds}

    def finding(self, rule_id: str, obj: Object, message: str, path: str = "") -> Finding:
        """A finding about a part of an object."""
        text = f"{path}: {message}" if path.startswith(("rules[", "subjects[", "spec.", "webhooks[")) else message
        return Finding(RULES[rule_id], title(obj), text, self.locate(obj, path))
