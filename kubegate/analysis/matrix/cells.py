"""The access matrix: subjects x resources, each cell the verbs that are allowed, asked of the whole chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubegate.analysis.in_parallel import answers, for_many_questions
from kubegate.analysis.limits import may_be_denied_somewhere
from kubegate.analysis.matrix.named import may_be_named, resources_named
from kubegate.analysis.matrix.subjects import EVERYWHERE, Who
from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.analysis.what_can import qualified
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Decision, Verdict

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
LETTERS = dict(zip(VERBS, "glwcupdD", strict=True))
"""One letter a verb, for narrow columns; D is deletecollection."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a subject may do with a resource in a scope."""

    who: Who
    scope: str
    resource: str
    verbs: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = field(default=(), compare=False, repr=False)
    """What allowed each of the verbs."""

    @property
    def letters(self) -> str:
        return "".join(LETTERS.get(verb, f" {verb}") for verb in self.verbs)


def all_resources(vocabulary: Vocabulary) -> list[str]:
    """Every resource and subresource that is known, as a question names it."""
    names: dict[str, None] = {}
    for resource in vocabulary.resources:
        for subresource in ("", *sorted(resource.subresources)):
            plain = f"{resource.resource}/{subresource}" if subresource else resource.resource
            names[qualified(resource.group, plain)] = None
    return list(names)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is asked about a subject and a resource: a question for each verb, in all namespaces at once and in some."""

    who: Who
    user: User
    resource: str
    questions: Sequence[Question]
    namespaces: Sequence[str]


@dataclass(slots=True)
class _Found:
    cells: list[Cell] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


def cells(
    chain: Chain,
    who: dict[Who, set[str]],
    resources: Sequence[str],
    vocabulary: Vocabulary,
    *,
    namespaces: Iterable[str] | None = None,
    known: Iterable[str] = (),
    verbs: Sequence[str] = VERBS,
    undecided: Callable[[str], None] = lambda text: None,
    told: Callable[[int, int], None] = lambda done, all_of_them: None,
) -> Iterator[Cell]:
    """The cells with at least one verb. ``namespaces``: the scopes asked about; None means for each subject those in which
    it has bindings, and all that are ``known`` if it may be denied something in some of them. What holds everywhere is not
    repeated for each namespace. ``undecided`` hears why a question has no answer (once for each), ``told`` how many rows of
    how many have been asked about."""
    questions = {name: [parse_question(verb, name, "", vocabulary) for verb in verbs] for name in resources}
    scopes, limited = None if namespaces is None else list(namespaces), set(known)

    def rows() -> Iterator[_Row]:
        for subject, own in who.items():
            user = subject.as_user()
            where = own | limited if may_be_denied_somewhere(chain, user) else own
            there = sorted(where - {EVERYWHERE}) if scopes is None else scopes
            named = resources_named(chain, user, there)
            for name, asked in questions.items():
                if named is None or not asked or may_be_named(asked[0], named):
                    yield _Row(subject, user, name, asked, there)
                else:
                    yield _Row(subject, user, name, (), ())

    asked = for_many_questions(chain)
    count = len(who) * len(questions)
    for done, found in enumerate(answers(lambda row: _asked(asked, row), rows(), asked)):
        told(done, count)
        for text in found.undecided:
            undecided(text)
        yield from found.cells


def _asked(chain: Chain, row: _Row) -> _Found:
    found = _Found()
    if not row.questions:
        return found
    everywhere = _allowed(chain, row, "", found)
    if everywhere:
        found.cells.append(_cell(row, EVERYWHERE, everywhere))
    for namespace in row.namespaces if row.questions[0].namespaced else ():
        here = _allowed(chain, row, namespace, found)
        if here and here.keys() != everywhere.keys():
            found.cells.append(_cell(row, namespace, here))
    return found


def _cell(row: _Row, scope: str, allowed: Mapping[str, Verdict]) -> Cell:
    return Cell(row.who, scope, row.resource, tuple(allowed), tuple(allowed.values()))


def _allowed(chain: Chain, row: _Row, namespace: str, found: _Found) -> dict[str, Verdict]:
    """The verbs that are allowed, and what allowed them."""
    allowed = {}
    for question in row.questions:
        verdict = chain.authorize(question.asked_by(row.user, namespace))
        if verdict.allowed:
            allowed[question.verb] = verdict
        elif verdict.errors and verdict.decision is not Decision.DENY:
            found.undecided.append("; ".join(verdict.errors))
    return allowed
