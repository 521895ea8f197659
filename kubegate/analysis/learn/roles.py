"""From deeds to manifests: roles and bindings, grouped, and proven to allow every deed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from kubegate.analysis.explain.suggest import subject_of
from kubegate.analysis.learn.collect import ANY, Deeds, Scope, always_named
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.errors import KubegateError

GROUP = "rbac.authorization.k8s.io"
Rule = dict[str, list[str]]


class NotCovered(KubegateError):
    """The roles made do not allow a recorded request (a fault of ours, never of the input)."""

    code = "not-covered"


def least_privilege(deeds: Deeds, *, names: int = 0) -> list[Object]:
    """Roles and bindings for one user. ``names``: limit rules to at most so many resourceNames (0: never).

    What was done alike in several namespaces becomes one ClusterRole, bound in each of them. The result is asked for every
    deed; raises `NotCovered` if it does not allow one."""
    subject = subject_of(deeds.user)
    if subject is None:
        return []
    name = learned_name(deeds.user)
    objects: list[Object] = []
    cluster = rules_of(deeds.scopes.get("", Scope()), names) + path_rules(deeds.paths)
    if cluster:
        objects += pair("ClusterRole", name, "", cluster, subject)
    alike: dict[str, list[str]] = {}
    rules = {namespace: rules_of(scope, names) for namespace, scope in deeds.scopes.items() if namespace}
    for namespace in sorted(rules):
        alike.setdefault(repr(rules[namespace]), []).append(namespace)
    for number, namespaces in enumerate(alike.values()):
        shared = rules[namespaces[0]]
        if len(namespaces) == 1:
            objects += pair("Role", name, namespaces[0], shared, subject)
            continue
        common = f"{name}-shared" + (f"-{number}" if number else "")
        objects.append(_role("ClusterRole", common, "", shared))
        objects += [_binding(name, namespace, "ClusterRole", common, subject) for namespace in namespaces]
    prove(objects, deeds.requests())
    return objects


def prove(objects: Iterable[Object], requests: Iterable[Attributes]) -> None:
    """Ask the engine for every request; raises `NotCovered`."""
    index = RbacAuthorizer(objects)
    for attributes in requests:
        if not index.authorize(attributes).allowed:
            raise NotCovered(f"the roles made do not allow {attributes}")


def rules_of(scope: Scope, names: int) -> list[Rule]:
    """The rules for what was done, resources with the same verbs (and names) of a group together."""
    together: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (group, resource), verbs in sorted(scope.resources.items()):
        by_names: dict[tuple[str, ...], list[str]] = {}
        for verb, used in sorted(verbs.items()):
            limited = tuple(sorted(used)) if ANY not in used and (len(used) <= names or always_named(verb)) else ()
            by_names.setdefault(limited, []).append(verb)
        for limited, found in by_names.items():
            together.setdefault((group, tuple(found), limited), []).append(resource)
    rules: list[Rule] = []
    for (group, found_verbs, limited), resources in together.items():
        rule: Rule = {"apiGroups": [group], "resources": resources, "verbs": list(found_verbs)}
        rules.append(rule | ({"resourceNames": list(limited)} if limited else {}))
    return rules


def path_rules(paths: dict[str, set[str]]) -> list[Rule]:
    """The rules for paths, those with the same verbs together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for path in sorted(paths):
        together.setdefault(tuple(sorted(paths[path])), []).append(path)
    return [{"nonResourceURLs": found, "verbs": list(verbs)} for verbs, found in together.items()]


def pair(kind: str, name: str, namespace: str, rules: list[Rule], subject: dict[str, Any]) -> list[Object]:
    """A Role or ClusterRole, and what binds it to the subject."""
    return [_role(kind, name, namespace, rules), _binding(name, namespace, kind, name, subject)]


def _role(kind: str, name: str, namespace: str, rules: list[Rule]) -> Object:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": _metadata(name, namespace), "rules": rules}


def _binding(name: str, namespace: str, kind: str, role: str, subject: dict[str, Any]) -> Object:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": _metadata(name, namespace),
        "subjects": [subject],
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
    }


def _metadata(name: str, namespace: str) -> dict[str, str]:
    return {"name": name, "namespace": namespace} if namespace else {"name": name}


def learned_name(user: User) -> str:
    """What the roles of a user are called."""
    short = (user.name or user.groups[0]).removeprefix("system:serviceaccount:")
    return "learned-" + (re.sub(r"[^a-z0-9.-]+", "-", short.lower()).strip("-.")[:200] or "user")
