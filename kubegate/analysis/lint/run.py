"""All rules over a set of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from kubegate.admission.pod_security.levels import Level
from kubegate.admission.pod_security_policy.level import amounts_to
from kubegate.analysis.lint.effect import no_place, role_findings, title
from kubegate.analysis.lint.finding import RULES, Finding
from kubegate.analysis.lint.risk import binding_risks, role_risks
from kubegate.analysis.lint.suppress import suppressions
from kubegate.analysis.requests import Vocabulary
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.authz.rbac.bindings import RoleId, role_of, subject_key

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def lint(
    objects: Iterable[Object], *, background: Iterable[Object] = (), locate: Any = no_place, today: date | None = None
) -> list[Finding]:
    """What is found in ``objects``; ``background`` (the default roles of a cluster) is known but not judged. Suppressed
    findings are left out until their suppression expires. Raises `InvalidInput` for a suppression that cannot be read."""
    judged = list(objects)
    known = [*judged, *background]
    vocabulary = Vocabulary.of(known)
    moment = today or date.today()
    found: list[Finding] = []
    for obj, own in ((obj, list(_of(obj, known, judged, vocabulary, locate))) for obj in judged):
        ignored = list(suppressions(obj))
        found += [row for row in own if not any(entry.holds(row.rule.id, moment) for entry in ignored)]
    return sorted(found, key=lambda finding: finding.order)


def _of(obj: Object, known: list[Object], judged: list[Object], vocabulary: Vocabulary, locate: Any) -> Iterator[Finding]:
    if obj.get("kind") in ROLES:
        yield from role_findings(obj, vocabulary, locate)
        yield from role_risks(obj, locate)
    elif obj.get("kind") in BINDINGS:
        yield from _references(obj, known, locate)
        yield from _duplicates(obj, judged, locate)
        yield from binding_risks(obj, locate)
    elif obj.get("kind") == "PodSecurityPolicy":
        yield _level(obj, locate)


def _level(policy: Object, locate: Any) -> Finding:
    level, fields = amounts_to(policy)
    why = f"; not {Level(level + 1)} because of {', '.join(fields)}" if fields else ""
    return Finding(RULES["KG010"], title(policy), f"amounts to the Pod Security level {level}{why}", locate(policy, ""))


def _references(binding: Object, known: list[Object], locate: Any) -> Iterator[Finding]:
    wanted = role_of(binding)
    if not any(_id(obj) == wanted for obj in known if obj.get("kind") in ROLES):
        yield Finding(RULES["KG001"], title(binding), wanted.missing(), locate(binding, "roleRef"))
    accounts = {(namespace_of(obj), name_of(obj)) for obj in known if obj.get("kind") == "ServiceAccount"}
    spaces = {namespace for namespace, _ in accounts}
    for index, subject in enumerate(binding.get("subjects") or []):
        if subject.get("kind") == "ServiceAccount":
            account = (subject.get("namespace") or namespace_of(binding), subject.get("name"))
            if account[0] in spaces and account not in accounts:
                message = f"no service account {account[0]}/{account[1]}"
                yield Finding(RULES["KG002"], title(binding), message, locate(binding, f"subjects[{index}]"))


def _id(role: Object) -> RoleId:
    kind = str(role.get("kind"))
    return RoleId(kind, namespace_of(role) if kind == "Role" else "", name_of(role))


def _duplicates(binding: Object, judged: list[Object], locate: Any) -> Iterator[Finding]:
    for other in judged:
        if other is binding:
            return  # only the later of two is told
        if other.get("kind") == binding.get("kind") and _grant(other) == _grant(binding):
            yield Finding(RULES["KG008"], title(binding), f"grants the same as {title(other)}", locate(binding, ""))
            return


def _grant(binding: Object) -> object:
    namespace = namespace_of(binding)
    return namespace, role_of(binding), frozenset(subject_key(row, namespace) for row in binding.get("subjects") or [])
