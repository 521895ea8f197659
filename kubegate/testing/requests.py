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
        """Why a request that has been read may not be what is meant: no API has its resource; "" if one has."""
        question, _ = self.known[text]
        if not question.is_resource or question.resource == "*":
            return ""
        name = f"{question.resource}.{question.group}" if question.group else question.resource
        if self.vocabulary.find(name) is not None:
            return ""
        near = self.vocabulary.near(question.resource)
        return f"request {text!r}: no API has a resource {name}" + (f" (did you mean {near}?)" if near else "")

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
