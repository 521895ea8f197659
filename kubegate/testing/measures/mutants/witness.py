"""Looking for a request that a policy and its mutant judge differently, by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice, permutations
from typing import Any

import orjson

from kubegate.analysis.admission.children import CONTROLLERS
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.mutation.generate import DEFINITION, REGISTRATION
from kubegate.analysis.mutation.mutant import Mutant, dumped
from kubegate.analysis.mutation.operators.edit import value_at
from kubegate.analysis.mutation.operators.params import policies_of
from kubegate.analysis.mutation.witnesses.custom_specimens import custom_specimens
from kubegate.analysis.mutation.witnesses.hints import Hint, Sized
from kubegate.analysis.mutation.witnesses.specimens import COMMON, specimen
from kubegate.analysis.mutation.witnesses.suggestion import Suggestion
from kubegate.api.catalog import Resource
from kubegate.api.names import Object, kind_of, name_of
from kubegate.errors import KubegateError
from kubegate.testing.cases.admission import AdmissionCase
from kubegate.testing.measures.mutants import candidates
from kubegate.testing.measures.mutants.admission_cases import AdmissionCases
from kubegate.testing.measures.mutants.candidates import Candidate
from kubegate.testing.measures.mutants.claims import telling_claims
from kubegate.testing.running.runner import LoadedSuite
from kubegate.testing.stages.admission.claims import wrong
from kubegate.testing.stages.admission.runner import Prepared

_TRIED = 400
_BASES, _SINGLE = 8, 200
_PORTION = 20
"""So many are tried before the mutant is taken out again."""
_CLAIMS = ("admitted", "mutated", "mutatedPod", "warnings", "message", "code", "reason")

Applied = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Search:
    """Of one suite; remembers what the original says of what was tried before."""

    loaded: LoadedSuite
    cases: AdmissionCases
    _original: dict[bytes, Judgement | None] = field(default_factory=dict, compare=False)

    def find(self, mutant: Mutant, applied: Applied, relevant: Callable[[Prepared], bool]) -> Suggestion | None:
        """The first case that tells, tried on both; None if none of those tried does."""
        tried = islice(_distinct(self._candidates(mutant, relevant)), _TRIED)
        while portion := list(islice(tried, _PORTION)):
            with applied():
                mutated = [self._judge(candidate) for candidate in portion]
            cases = [self._compared(candidate, other) for candidate, other in zip(portion, mutated, strict=True)]
            telling = [case for case in cases if case is not None and self._holds(case)]
            if telling:
                case = min(telling, key=_rank)
                return Suggestion(dumped({"admission": [case]}, compact=True).rstrip(), {"admission": case})
        return None

    def _compared(self, candidate: Candidate, other: Judgement | None) -> Candidate | None:
        found = self._judge_original(candidate)
        return _telling(candidate, found, other) if found is not None and other is not None else None

    def _candidates(self, mutant: Mutant, relevant: Callable[[Prepared], bool]) -> Iterator[Candidate]:
        users, policy = self.loaded.suite.spec.users, self._policy(mutant.target)
        own = [candidates.base(prepared) for _, prepared in self.cases.prepared if relevant(prepared)]
        namespaces = self._namespaces()
        user = {"user": own[0]["user"]} if own and "user" in own[0] else {}
        made = [*candidates.specimens_of(mutant), *self._specimens((policy, mutant.mutated), namespaces)]
        made += [
            {"object": obj}
            for namespace in namespaces
            for obj in (custom_specimens(mutant.target, namespace) if mutant.target.get("kind") == DEFINITION else ())
        ]
        others = [{**candidate, **user} for candidate in made]
        params = [obj for obj in (*self._params(policy), mutant.target, mutant.mutated) if obj is not None]
        hints = candidates.hints_of([policy], mutant, params)
        cases, specimens = list(islice(_distinct(own), _BASES)), list(islice(_distinct(others), 2 * _BASES))
        bases = [*cases[: max(_BASES // 2, _BASES - len(specimens))], *specimens][:_BASES]

        def change(candidate: Candidate, hint: Hint) -> Iterator[Candidate]:
            return candidates.changed(candidate, hint, users)

        yield from (*cases, *specimens)
        for steps in dict.fromkeys(hint.steps for hint in hints if isinstance(hint.value, Sized)):
            for one, other in permutations(cases, 2):
                yield from candidates.joined(one, other, steps)
        yield from islice((changed for hint in hints for one in bases for changed in change(one, hint)), _SINGLE)
        for one in bases:
            yield from candidates.elsewhere(one, users, namespaces)
        for one in bases:
            for other in candidates.operations(one):
                for hint in hints:
                    yield from change(other, hint)
        for one in bases:
            yield from candidates.pairs(one, hints, change)

    def _namespaces(self) -> list[str]:
        """Those of the cases, else some of the state; and the one that is always there."""
        used = sorted({prepared.new.namespace for _, prepared in self.cases.prepared} - {""})
        declared = [name_of(obj) for obj in self.loaded.engine.state.of_kind("", "Namespace")]
        return list(dict.fromkeys((*(used or declared[:2]), "default")))

    def _policy(self, target: Object) -> Object | None:
        """The policy of a binding, or of a param; a policy, a webhook or a definition itself."""
        group, _, kind = kind_of(target)
        if group != REGISTRATION:
            return target if kind == DEFINITION else next(iter(policies_of(self.loaded.engine.state, target)), None)
        if not kind.endswith("Binding"):
            return target
        name = str(value_at(target, ("spec", "policyName")) or "")
        return self.loaded.engine.state.get(REGISTRATION, kind.removesuffix("Binding"), "", name)

    def _params(self, policy: Object | None) -> list[Object]:
        """What the policy may take as its param."""
        wanted = value_at(policy, ("spec", "paramKind"))
        if not wanted:
            return []
        kind, state = kind_of(wanted), self.loaded.engine.state
        return [obj for obj in state.of_kind(kind.group, kind.kind) if policy in policies_of(state, obj)]

    def _specimens(self, policies: Iterable[Object | None], namespaces: list[str]) -> Iterator[Candidate]:
        """Small objects of the kinds that a policy is about."""
        paths = ("spec", "matchConstraints", "resourceRules")
        rules = [rule for policy in policies for rule in value_at(policy, paths) or []]
        webhooks = [webhook for policy in policies for webhook in (policy or {}).get("webhooks") or []]
        rules += [rule for webhook in webhooks for rule in webhook.get("rules") or []]
        for resource in self.loaded.gate.catalog():
            if any(_is_about(rule, resource) for rule in rules):
                alone = {"pods": False} if resource.gvr.qualified in CONTROLLERS else {}
                yield from ({"object": specimen(resource, namespace), **alone} for namespace in namespaces)

    def _holds(self, case: Candidate) -> bool:
        """Whether it holds for the original once more: nothing in it may depend on chance or the time of day."""
        again = self._judge(case)
        return again is not None and not any(wrong(AdmissionCase.model_validate(case), again))

    def _judge_original(self, candidate: Candidate) -> Judgement | None:
        key = orjson.dumps(candidate, option=orjson.OPT_NON_STR_KEYS)
        if key not in self._original:
            self._original[key] = self._judge(candidate)
        return self._original[key]

    def _judge(self, candidate: Candidate) -> Judgement | None:
        """None for what cannot be asked."""
        try:
            prepared = list(self.cases.runner.prepare(AdmissionCase.model_validate(candidate)))
            found = self.cases.runner.ask(prepared[0]) if len(prepared) == 1 else None
        except (KubegateError, ValueError):
            return None
        return found if isinstance(found, Judgement) else None


def _is_about(rule: dict[str, Any], resource: Resource) -> bool:
    """Whether a rule names the resource, or means it (of those of which something can be made)."""
    gvr, names = resource.gvr, rule.get("resources") or ()
    named = gvr.resource in names or ({"*", "*/*"} & set(names) and gvr.qualified in COMMON)
    return bool(named) and bool({"*", gvr.group} & set(rule.get("apiGroups") or ()))


def _telling(candidate: Candidate, found: Judgement, other: Judgement) -> Candidate | None:
    """The candidate with claims that hold for the original and not for the mutant, as the runner of suites sees it."""
    claims = telling_claims(found, other)
    try:
        case = AdmissionCase.model_validate({**candidate, **(claims or {})})
    except ValueError:
        return None
    return {**candidate, **claims} if claims and not any(wrong(case, found)) and any(wrong(case, other)) else None


def _rank(case: Candidate) -> int:
    """Whether it is admitted tells more than as what, that more than what is said, and that more than what is logged."""
    claims = () if "auditAnnotations" in case else _CLAIMS
    return next((number for number, claim in enumerate(claims) if claim in case), len(_CLAIMS))


def _distinct(found: Iterable[Candidate]) -> Iterator[Candidate]:
    seen: set[bytes] = set()
    for candidate in found:
        key = orjson.dumps(candidate, option=orjson.OPT_NON_STR_KEYS)
        if key not in seen:
            seen.add(key)
            yield candidate
