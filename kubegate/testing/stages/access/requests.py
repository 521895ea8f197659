"""The requests that cases write: ``list pods -n shop -l app=web``, ``get deploy/scale web``, ``get /version``."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TypeAlias

from kubegate.analysis.requests import Question, Vocabulary, parse_question
from kubegate.errors import InvalidInput

_OPTIONS = {
    "-n": "namespace",
    "--namespace": "namespace",
    "-l": "labels",
    "--selector": "labels",
    "--field-selector": "fields",
    "--subresource": "subresource",
}
_EVERYWHERE = ("-A", "--all-namespaces")
_FORM = "VERB RESOURCE [NAME] [-n NAMESPACE | -A] [-l SELECTOR] [--field-selector SELECTOR] is expected"


Known: TypeAlias = dict[str, tuple[Question, str | None]]
"""Requests that have been read, by their text."""


@dataclass(frozen=True)
class Requests:
    """Reads requests of the suite ``file``, each text once: mutants are asked the same ones again and again."""

    file: str
    vocabulary: Vocabulary
    known: Known = field(default_factory=dict, compare=False)

    def read(self, text: str, namespace: str) -> tuple[Question, str]:
        """The question and the namespace ("": all at once) that it is about; raises `InvalidInput`."""
        known = self.known.get(text)
        if known is None:
            known = self.known[text] = self._read(text)
        question, own = known
        return question, namespace if own is None else own

    def doubt(self, text: str) -> str:
        """Why a request that has been read looks misspelt, "" if it does not: a refusal of what does not exist says nothing
        about what is meant. Known names in other groups, and names like no known one, are taken to be meant."""
        question, _ = self.known[text]
        doubts = [warning for warning in question.warnings if warning.startswith("verb ") and "did you mean" in warning]
        near = "" if not question.is_resource or self._is_meant(question) else self.vocabulary.near(question.resource)
        if near:
            doubts.append(f"no API has a resource {question.resource} (did you mean {near}?)")
        return f"request {text!r}: {'; '.join(doubts)}" if doubts else ""

    def _is_meant(self, question: Question) -> bool:
        known, group = self.vocabulary, question.group
        return known.find(question.resource) is not None or (bool(group) and group not in known.groups)

    def _read(self, text: str) -> tuple[Question, str | None]:
        """With the namespace that the text itself names."""
        try:
            words, options = _split(shlex.split(text))
        except ValueError as error:
            raise InvalidInput(f"request {text!r}: {error}") from error
        if len(words) not in (2, 3):
            raise InvalidInput(f"request {text!r}: {_FORM}")
        name = words[2] if len(words) == 3 else ""
        question = parse_question(words[0], words[1], name, self.vocabulary, subresource=options.get("subresource", ""))
        try:
            question = question.with_selectors(options.get("labels", ""), options.get("fields", ""))
        except InvalidInput as error:
            raise InvalidInput(f"request {text!r}: {error.message}") from error
        return question, options.get("namespace")


def _split(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Words and options; raises `ValueError`."""
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in _EVERYWHERE:
            options["namespace"] = ""
        elif name in _OPTIONS:
            given = value if equals else next(rest, None)
            if given is None:
                raise ValueError(f"{name} needs a value")
            options[_OPTIONS[name]] = given
        elif word.startswith("-"):
            raise ValueError(f"unknown option {name}")
        else:
            plain.append(word)
    return plain, options
