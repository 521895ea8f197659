"""The words of `kubegate explain`: opinions, derivations, nearest misses, changes."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.explain.changes import Change
from kubegate.analysis.explain.decision import Explanation
from kubegate.analysis.explain.granting import Granting
from kubegate.analysis.explain.impersonation import Acting, Way
from kubegate.analysis.explain.misses.miss import Miss
from kubegate.analysis.explain.opinion import Opinion
from kubegate.api.go import quote
from kubegate.authz.interface import Attributes, Decision
from kubegate.cli.output import table, to_yaml

_WORDS = {Decision.ALLOW: "allows", Decision.DENY: "denies", Decision.NO_OPINION: "no opinion"}


def of_request(found: Explanation, request: str) -> Iterator[str]:
    """The story of one decision, in lines."""
    attributes = found.attributes
    can = "can" if found.allowed else "cannot"
    yield f"{'yes' if found.allowed else 'no'}: User {quote(attributes.user.name)} {can} {request}{_scope(attributes)}"
    if attributes.user.groups:
        yield f"groups: {', '.join(attributes.user.groups)}"
    yield ""
    yield from _opinions(found.opinions)
    for opinion in found.opinions:
        if opinion.asked and opinion.verdict.decision is not Decision.NO_OPINION:
            yield from _derivation(opinion)
    if found.undecided:
        yield from ("", "Undecided: an authorizer could not be asked, a server answers 500 instead of 403.")
    yield from _remedies(found)


def of_impersonation(acting: Acting, name: str) -> Iterator[str]:
    """Whether somebody may act as the user ``name``: each way with its questions, and what is missing on the nearest."""
    can = "can" if acting.user is not None else "cannot"
    yes = "yes" if acting.user is not None else "no"
    yield f"{yes}: User {quote(acting.requester.name)} {can} act as User {quote(name)}"
    if acting.refusal:
        yield f"the answer is: {acting.refusal}"
    yield ""
    rows = [_way_row(way, question) for way in acting.ways for question in way.questions]
    yield from table(("WAY", "QUESTION", "ALLOWED", "REASON"), rows).split("\n")
    if acting.user is None and acting.nearest is not None:
        for question in acting.nearest.missing:
            yield from ("", f"Missing to {acting.nearest.mode.verb}: {_question(question.attributes)}")
            yield from _remedies(question)


def of_granting(granting: Granting, user: str) -> Iterator[str]:
    """What escalation prevention says of a role or binding."""
    if not granting.refusal:
        why = granting.instead.verdict.reason if granting.instead is not None and granting.instead.allowed else ""
        yield f"yes: User {quote(user)} holds what it grants" if not why else f"yes: {why}"
        return
    yield f"no: {granting.refusal}"
    if granting.instead is not None:
        yield from ("", f"Who does not hold what is granted needs: {_question(granting.instead.attributes)}")
        yield from _remedies(granting.instead)


def _scope(attributes: Attributes) -> str:
    if not attributes.is_resource:
        return ""
    return f" in namespace {attributes.namespace}" if attributes.namespace else " at the cluster scope"


def _question(attributes: Attributes) -> str:
    if not attributes.is_resource:
        return f"{attributes.verb} {attributes.path}"
    resource = attributes.resource + (f"/{attributes.subresource}" if attributes.subresource else "")
    resource += f".{attributes.group}" if attributes.group else ""
    name = f" {attributes.name}" if attributes.name else ""
    return f"{attributes.verb} {resource}{name}" + (f" -n {attributes.namespace}" if attributes.namespace else "")


def _way_row(way: Way, question: Explanation) -> tuple[str, ...]:
    reason = question.verdict.reason.replace("\n", "; ")
    return way.mode.verb, _question(question.attributes), "yes" if question.allowed else "no", reason


def _opinions(opinions: tuple[Opinion, ...]) -> list[str]:
    rows = []
    for opinion in opinions:
        word = _WORDS[opinion.verdict.decision] if opinion.asked else "not asked"
        rows.append((opinion.authorizer, word, opinion.why if opinion.asked else ""))
    return table(("AUTHORIZER", "OPINION", "REASON"), rows).split("\n")


def _derivation(opinion: Opinion) -> Iterator[str]:
    determinant = opinion.verdict.determined_by
    if determinant is None:
        return
    details = dict(determinant.details)
    yield from ("", f"Because: {determinant.text}")
    yield from (f"  {place}" for place in determinant.locations)
    if opinion.note:
        yield from (f"  {opinion.note}", *(f"  {place}" for place in opinion.places))
    if "rule" in details:
        yield from ("  " + line for line in to_yaml({"rule": dict(details["rule"])}).split("\n"))


def _remedies(found: Explanation) -> Iterator[str]:
    if found.misses:
        yield from ("", "Nearest misses:")
        for number, miss in enumerate(found.misses, 1):
            yield from _miss(number, miss)
    if not found.allowed and not found.changes:
        yield from ("", "There is no grant that would allow it to this user alone.")
    for number, change in enumerate(found.changes):
        yield from ("", *_change(change, "Or, by" if number else "Smallest change that allows it (checked):"))


def _change(change: Change, title: str) -> Iterator[str]:
    """Manifests, or the line of an ABAC file."""
    yield title if title.endswith(":") else f"{title} {change.authorizer} (checked):"
    manifests = change.objects[:-1] if change.line else change.objects
    if manifests:
        yield from ("---", to_yaml(list(manifests)))
    if change.line:
        yield from (f"add to {change.file or 'the ABAC policy file'}:", change.line)
    if change.note:
        yield f"({change.note})"


def _miss(number: int, miss: Miss) -> list[str]:
    lines = [f"{number:2}. [{miss.kind}] {miss.text}", f"      {miss.remedy}"]
    return lines + [f"      {place}" for place in miss.locations]
