"""Requests that may tell an AccessPolicy from a mutant of it: of the people, namespaces and rules that the two are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from kubegate.analysis.diff.permissions import EVERYWHERE, rule_boxes
from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.witnesses.examples import Example, box_examples
from kubegate.analysis.mutation.witnesses.hints import Hint, Holding, hints
from kubegate.api.names import Object
from kubegate.api.user import service_account_name
from kubegate.bundle.state import ClusterState

_SOMEBODY = "somebody"
Person = tuple[str, tuple[str, ...]]
"""Name and groups."""


def policy_examples(state: ClusterState, mutant: Mutant) -> Iterator[Example] | None:
    """Candidates; None if it is proved that no request is decided differently."""
    specs: list[dict[str, Any]] = [obj.get("spec") or {} for obj in (mutant.target, mutant.mutated) if obj is not None]
    return None if _saved_anyway(state, specs) else _candidates(specs)


def _candidates(specs: list[dict[str, Any]]) -> Iterator[Example]:
    told = [hint for spec in specs for condition in spec.get("when") or [] for hint in hints(condition)]
    people = dict.fromkeys(person for spec in reversed(specs) for person in _people(spec, told))
    scopes = [_plain(name) for spec in specs for name in spec.get("namespaces") or []]
    scopes += [hint.value for hint in told if hint.steps[-1] == "namespace" and isinstance(hint.value, str)]
    for spec, (name, groups) in product(reversed(specs), people):
        for rule in spec.get("rules") or []:
            named = rule.get("resourceNames") or [_plain(each) for each in rule.get("resourceNamePatterns") or []]
            options = _selectors(rule)
            for box in rule_boxes({**rule, "resourceNames": named}, EVERYWHERE):
                for example in box_examples(box, name, groups, dict.fromkeys([*scopes, "default"])):
                    yield replace(example, request=example.request + options)


def _people(spec: dict[str, Any], told: list[Hint]) -> Iterator[Person]:
    """The subjects, and those among them of whom the conditions speak."""
    known = [[_identity(subject) for subject in spec.get(field) or []] for field in ("subjects", "exceptSubjects")]
    both = [_merged(one, other) for one, other in product(*known)]
    for people in (*known, both):
        for name, groups in people:
            yield name, groups
            for steps, value in told:
                if steps == ("request", "groups") and isinstance(value, Holding):
                    yield name, (*groups, str(value.member))
                elif steps == ("request", "user") and isinstance(value, str):
                    yield value, groups


def _merged(one: Person, other: Person) -> Person:
    """Somebody who is both, as far as one can be: the name of the exception, if it has one."""
    named = other if other[0] != _SOMEBODY else one
    return named[0], tuple(dict.fromkeys((*one[1], *other[1])))


def _selectors(rule: dict[str, Any]) -> str:
    """The options that ask for no more than the rule's selectors do."""
    labels = (rule.get("labelSelector") or {}).get("matchLabels") or {}
    wanted = ",".join(f"{key}={value}" for key, value in labels.items())
    fields = rule.get("fieldSelector")
    return (f" -l {wanted}" if wanted else "") + (f" --field-selector {fields}" if fields else "")


def _saved_anyway(state: ClusterState, specs: list[dict[str, Any]]) -> bool:
    """Whether all that is different are exceptions for subjects that no policy ever denies (``breakGlass``)."""
    if len(specs) != 2 or any(spec.get("effect") != "Deny" for spec in specs):
        return False
    before, after = ({key: value for key, value in spec.items() if key != "exceptSubjects"} for spec in specs)
    kept, left = (list(spec.get("exceptSubjects") or []) for spec in specs)
    changed = [subject for subject in (*kept, *left) if (subject in kept) is not (subject in left)]
    saved = [subject for policy in _break_glass(state) for subject in policy["spec"].get("subjects") or []]
    return before == after and bool(changed) and all(subject in saved for subject in changed)


def _break_glass(state: ClusterState) -> list[Object]:
    policies = state.of_kind("policy.kubegate.dev", "AccessPolicy")
    return [policy for policy in policies if (policy.get("spec") or {}).get("breakGlass")]


def _identity(subject: dict[str, Any]) -> Person:
    name = _plain(str(subject.get("name")))
    if subject.get("kind") == "Group":
        return _SOMEBODY, (name,)
    if subject.get("kind") == "ServiceAccount":
        return service_account_name(_plain(str(subject.get("namespace"))), name), ()
    return name, ()


def _plain(pattern: str) -> str:
    return pattern.replace("*", "x")
