"""What is wrong with a binding: what it refers to, whom it names, what it does not grant."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.lint.context import Context, grant_of, title
from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.requests import Vocabulary
from kubegate.api.names import Object, namespace_of
from kubegate.api.user import ANONYMOUS, AUTHENTICATED, MASTERS, UNAUTHENTICATED
from kubegate.authz.rbac.bindings import role_of

_GROUPS = (MASTERS, AUTHENTICATED, UNAUTHENTICATED, "system:nodes", "system:serviceaccounts", "system:bootstrappers")


def binding_findings(binding: Object, context: Context) -> Iterator[Finding]:
    """Everything but what it risks."""
    wanted = role_of(binding)
    role = context.roles.get(wanted)
    if role is None:
        yield context.finding("KG001", binding, wanted.missing(), "roleRef")
    elif binding.get("kind") == "RoleBinding" and _grants_nothing(role, context.vocabulary):
        yield context.finding("KG012", binding, f"no rule of {title(role)} takes effect in a namespace", "roleRef")
    if not binding.get("subjects"):
        yield context.finding("KG013", binding, "it names no subject")
    for index, subject in enumerate(binding.get("subjects") or []):
        path, kind, name = f"subjects[{index}]", subject.get("kind"), str(subject.get("name") or "")
        if kind == "ServiceAccount":
            namespace = subject.get("namespace") or namespace_of(binding)
            declared = context.accounts.get(namespace)
            if declared and name not in declared and name != "default":
                yield context.finding("KG002", binding, f"no service account {namespace}/{name}", path)
        elif (meant := _meant(str(kind), name)) is not None:
            yield context.finding("KG016", binding, f'{kind} "{name}"; did you mean {meant}?', path)
    first = context.first_grant.get((binding["kind"], grant_of(binding)))
    if first is not None and first is not binding and binding.get("subjects"):
        yield context.finding("KG008", binding, f"grants the same as {title(first)}")


def _meant(kind: str, name: str) -> str | None:
    if kind == "User" and name in _GROUPS:
        return f"Group {name}"
    if kind == "Group" and name.startswith("system:serviceaccount:"):
        return f"User {name}"
    if kind == "Group" and name == ANONYMOUS:
        return f"User {ANONYMOUS}"
    return None


def _grants_nothing(role: Object, vocabulary: Vocabulary) -> bool:
    """Are all rules about what is in no namespace?"""
    if role.get("aggregationRule"):
        return False
    cluster = {(known.group, known.resource) for known in vocabulary.resources if not known.namespaced}
    spaced = {known.resource for known in vocabulary.resources if known.namespaced}
    for rule in role.get("rules") or []:
        for resource in rule.get("resources") or []:
            name = resource.partition("/")[0]
            pairs = [(group, name) for group in rule.get("apiGroups") or []]
            known = [pair for pair in pairs if pair in cluster or (pair[0] == "*" and name not in spaced | {"*"})]
            if len(known) < len(pairs):
                return False
    return True
