"""Mutants of RoleBindings and ClusterRoleBindings: another subject, another scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kubegate.api.names import Object, metadata, name_of, namespace_of

Subject = dict[str, Any]

NOBODY: Subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "somebody-else"}
"""Who takes a subject's place where the policies name nobody else."""


def binding_mutants(
    obj: Object, subjects: Sequence[Subject], namespaces: Sequence[str], exists: Callable[[str, str, str], bool]
) -> Iterator[tuple[str, str, Object]]:
    """(operator, path, mutated). ``subjects`` and ``namespaces`` are those that the policies know; ``exists`` tells whether
    there is an object of (kind, namespace, name) already, whose place a moved binding must not take."""
    own = obj.get("subjects") or []
    for index, subject in enumerate(own):
        changed = [*own[:index], other_subject(own, subjects), *own[index + 1 :]]
        yield "subject swapped", f"subjects[{index}]", {**obj, "subjects": changed}
        if subject.get("kind") == "ServiceAccount":
            moved = {**subject, "namespace": _other(str(subject.get("namespace") or ""), namespaces)}
            if moved not in own:
                yield (
                    "namespace changed",
                    f"subjects[{index}]",
                    {**obj, "subjects": [*own[:index], moved, *own[index + 1 :]]},
                )
    if obj.get("kind") != "RoleBinding":
        return
    elsewhere = _other(namespace_of(obj), [name for name in namespaces if not exists("RoleBinding", name, name_of(obj))])
    yield "namespace changed", "metadata", {**obj, "metadata": {**metadata(obj), "namespace": elsewhere}}
    role = obj.get("roleRef") or {}
    if role.get("kind") == "ClusterRole" and not exists("ClusterRoleBinding", "", name_of(obj)):
        unbounded = {key: value for key, value in metadata(obj).items() if key != "namespace"}
        yield "binding widened to the cluster", "", {**obj, "kind": "ClusterRoleBinding", "metadata": unbounded}


def other_subject(own: Sequence[Subject], known: Sequence[Subject]) -> Subject:
    """The first known subject that is none of these."""
    return next((subject for subject in known if subject not in own), NOBODY)


def _other(namespace: str, known: Sequence[str]) -> str:
    return next((name for name in known if name != namespace), "elsewhere")
