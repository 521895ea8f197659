"""The access matrix: subjects x resources, each cell the verbs that are allowed, asked of the whole chain."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubegate.analysis.holders.model import as_user
from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.analysis.what_can import qualified
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.rbac.index import RbacAuthorizer

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
LETTERS = dict(zip(VERBS, "glwcupdD", strict=True))
"""One letter a verb, for narrow columns; D is deletecollection."""

EVERYWHERE = "*"
"""The scope of what holds in all namespaces and for cluster-scoped resources."""


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """A subject of some binding."""

    kind: str
    namespace: str
    name: str

    def as_user(self) -> User:
        """A user that is the subject; a group is asked for as somebody who is in that group only."""
        return as_user(self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a subject may do with a resource in a scope."""

    who: Who
    scope: str
    resource: str
    verbs: tuple[str, ...]

    @property
    def letters(self) -> str:
        return "".join(LETTERS.get(verb, f" {verb}") for verb in self.verbs)


def subjects(
    rbac: RbacAuthorizer, pattern: str = "*", *, system: bool = False, others: Mapping[Who, set[str]] | None = None
) -> dict[Who, set[str]]:
    """The subjects of all bindings, and ``others``, with the scopes in which they have one; those of the system only if
    asked for."""
    found: dict[Who, set[str]] = {who: set(scopes) for who, scopes in (others or {}).items()}
    for binding in rbac.bindings():
        for subject in binding.subjects:
            kind, name = str(subject.get("kind")), str(subject.get("name"))
            namespace = str(subject.get("namespace") or binding.namespace) if kind == "ServiceAccount" else ""
            found.setdefault(Who(kind, namespace, name), set()).add(binding.namespace or EVERYWHERE)
    return {who: found[who] for who in sorted(found) if (system or not _is_system(who)) and _named(who, pattern)}


def _is_system(who: Who) -> bool:
    return who.name.startswith("system:") or who.namespace == "kube-system"


def _named(who: Who, pattern: str) -> bool:
    return fnmatch.fnmatchcase(who.name, pattern)


def all_resources(vocabulary: Vocabulary) -> list[str]:
    """Every resource and subresource that is known, as a question names it."""
    names: dict[str, None] = {}
    for resource in vocabulary.resources:
        for subresource in ("", *sorted(resource.subresources)):
            plain = f"{resource.resource}/{subresource}" if subresource else resource.resource
            names[qualified(resource.group, plain)] = None
    return list(names)


def cells(
    chain: Chain,
    who: dict[Who, set[str]],
    resources: Sequence[str],
    vocabulary: Vocabulary,
    *,
    namespaces: Iterable[str] | None = None,
    verbs: Sequence[str] = VERBS,
) -> Iterator[Cell]:
    """The cells with at least one verb. ``namespaces``: the scopes asked about; None means for each subject those in which
    it has bindings. What holds everywhere is not repeated for each namespace."""
    questions = {name: [parse_question(verb, name, "", vocabulary) for verb in verbs] for name in resources}
    for subject, own in who.items():
        user = subject.as_user()
        for name, asked in questions.items():
            everywhere = _allowed(chain, asked, user, "")
            if everywhere:
                yield Cell(subject, EVERYWHERE, name, everywhere)
            for namespace in sorted(own - {EVERYWHERE}) if namespaces is None else namespaces:
                here = _allowed(chain, asked, user, namespace) if asked[0].namespaced else ()
                if here and here != everywhere:
                    yield Cell(subject, namespace, name, here)


def _allowed(chain: Chain, questions: Sequence[Question], user: User, namespace: str) -> tuple[str, ...]:
    return tuple(question.verb for question in questions if chain.authorize(question.asked_by(user, namespace)).allowed)
