"""Admission cases to try on a policy and its mutant: those of the suite, changed where the expressions look.

A candidate is an admission case without claims, as YAML would have it, so that what is suggested is what was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.operators.edit import replaced, value_at
from kubegate.analysis.mutation.witnesses.amounts import limit_specimens, quota_specimens
from kubegate.analysis.mutation.witnesses.hints import Hint, Holding, hints
from kubegate.analysis.mutation.witnesses.specimens import deployment_of, pod, unsafe_pods
from kubegate.analysis.mutation.witnesses.texts import texts_of
from kubegate.analysis.mutation.witnesses.variants import variants
from kubegate.api.names import Object, name_of
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.stages.admission.runner import Prepared

Candidate = dict[str, Any]

_SECOND = "second"
_KEPT = ("user", "given", "namespace", "subresource", "body", "options", "pods")


def base(prepared: Prepared) -> Candidate:
    """The request of a case, its object written out."""
    case, old, new, things = prepared
    given = case.model_dump(include=set(_KEPT), exclude_defaults=True)
    found: Candidate = {key: given[key] for key in _KEPT if key in given}
    if case.verb not in ("create", "update"):
        found["operation"] = case.verb
    made = things.changed(new, case.change)
    found["object"] = _pruned(made) if made is not None else f"{new.resource.kind.kind}/{new.name}"
    if old is not None and old.object is not None:
        found["oldObject"] = old.object
    elif case.verb == "update":
        found["operation"] = "update"
    return found


def _pruned(obj: Object) -> Object:
    """Without the empty parts that patching leaves."""
    spec = obj.get("spec")
    kept = {key: value for key, value in obj.items() if key != "status" or value}
    return kept | ({"spec": {key: value for key, value in spec.items() if value != {}}} if isinstance(spec, dict) else {})


def specimens_of(mutant: Mutant) -> Iterator[Candidate]:
    """What to try for mutants of quotas, limit ranges and namespaces."""
    for target in (mutant.target, mutant.mutated):
        if target is None:
            continue
        kind = target.get("kind")
        if kind == "Namespace":
            pods = [pod(name_of(target)), *unsafe_pods(name_of(target))]
            yield from ({"object": obj} for obj in pods)
            yield from ({"object": deployment_of(obj), "pods": False} for obj in pods)
        for specimen in quota_specimens(target) if kind == "ResourceQuota" else ():
            yield {"object": specimen.object, **({"given": list(specimen.given)} if specimen.given else {})}
        for specimen in limit_specimens(target) if kind == "LimitRange" else ():
            yield {"object": specimen.object}


def hints_of(policies: Iterable[Object | None], mutant: Mutant, params: Sequence[Object]) -> list[Hint]:
    """What the changed expression compares, before and after; of other changes, what all expressions of the policies do."""
    found: list[Hint] = []
    for obj in (mutant.target, mutant.mutated, *policies):
        texts = list(texts_of(obj)) if obj is not None else []
        changed = [text for text in texts if _dotted(text.path) == mutant.location.path]
        for text in (*changed, *(text for text in texts if text not in changed)):
            found += [hint for hint in hints(text.text, text.variables, text.roots, params) if hint not in found]
    return found


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def changed(candidate: Candidate, hint: Hint, users: dict[str, UserSpec]) -> Iterator[Candidate]:
    """The candidate with one thing different."""
    root, value = hint.steps[0], hint.value
    held = candidate.get(root)
    if root in ("object", "oldObject") and isinstance(held, dict):
        yield from ({**candidate, root: obj} for obj in variants(held, hint))
    elif hint.steps[:2] == ("request", "userInfo"):
        if hint.steps[-1] == "username" and isinstance(value, str):
            yield {**candidate, "user": value}
        member = value.member if isinstance(value, Holding) else value
        yield from ({**candidate, "user": name} for name, user in users.items() if member in user.groups)
    elif hint.steps == ("request", "operation"):
        yield from operations(candidate)
    elif hint.steps == ("request", "namespace") and isinstance(value, str) and value:
        yield from _moved(candidate, value)


def operations(candidate: Candidate) -> Iterator[Candidate]:
    """The same object updated and deleted, or created."""
    obj, operation = candidate.get("object"), candidate.get("operation")
    if not isinstance(obj, dict) or candidate.get("subresource"):
        return
    plain = {key: value for key, value in candidate.items() if key not in ("operation", "oldObject", "options")}
    if operation is not None or "oldObject" in candidate:
        yield plain
    if "oldObject" not in candidate:
        yield {**plain, "oldObject": obj}
    if operation != "delete":
        yield {**plain, "operation": "delete", "oldObject": obj}


def elsewhere(candidate: Candidate, users: Iterable[str], namespaces: Iterable[str]) -> Iterator[Candidate]:
    """Other users, other namespaces, other operations."""
    yield from ({**candidate, "user": user} for user in users if candidate.get("user") != user)
    if "user" in candidate:
        yield {key: value for key, value in candidate.items() if key != "user"}
    for namespace in namespaces:
        yield from _moved(candidate, namespace)
    yield from operations(candidate)


def _moved(candidate: Candidate, namespace: str) -> Iterator[Candidate]:
    obj = candidate.get("object")
    if isinstance(obj, dict) and (obj.get("metadata") or {}).get("namespace", namespace) != namespace:
        yield {**candidate, "object": {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}}


def joined(one: Candidate, other: Candidate, steps: tuple[str, ...]) -> Iterator[Candidate]:
    """The one's object with the items of the other's as well, in the list at the steps: good ones beside bad ones."""
    mine, yours = (value_at(each, steps) for each in (one, other))
    if isinstance(mine, list) and isinstance(yours, list) and mine != yours:
        items = [{**item, "name": f"{item['name']}-{_SECOND}"} if _has_name(item) else item for item in yours]
        yield replaced(one, steps, [*mine, *items])


def _has_name(item: Any) -> bool:
    return isinstance(item, dict) and "name" in item


def pairs(
    candidate: Candidate, found: list[Hint], change: Callable[[Candidate, Hint], Iterator[Candidate]]
) -> Iterator[Candidate]:
    """Two things different, at two places."""
    for first, second in combinations(found, 2):
        if first.steps != second.steps:
            for once in change(candidate, first):
                yield from change(once, second)
