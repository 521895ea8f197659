"""All rules over a set of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from kubegate.analysis.lint.access import access_findings, is_access_policy
from kubegate.analysis.lint.admission import admission_findings
from kubegate.analysis.lint.bindings import binding_findings
from kubegate.analysis.lint.context import BINDINGS, ROLES, Context, Locate, is_rbac, no_place, title
from kubegate.analysis.lint.effect import role_findings
from kubegate.analysis.lint.finding import Finding
from kubegate.analysis.lint.risk import binding_risks, role_risks
from kubegate.analysis.lint.rules import RULES
from kubegate.analysis.lint.suppress import ANNOTATION, Suppression, annotated
from kubegate.api.names import Object, name_of, namespace_of


@dataclass(slots=True)
class Report:
    """``findings`` that count, and those that somebody answers for."""

    findings: list[Finding] = field(default_factory=list)
    suppressed: list[tuple[Finding, Suppression]] = field(default_factory=list)


def lint(
    objects: Iterable[Object],
    *,
    background: Iterable[Object] = (),
    locate: Locate = no_place,
    today: date | None = None,
    suppressions: Sequence[Suppression] = (),
    more: Iterable[Finding] = (),
) -> Report:
    """What is found in ``objects``; ``background`` (the default roles of a cluster) is known but not judged, also where it
    stands among the objects. ``suppressions`` are those of files, ``more`` findings of other searches.

    Raises `InvalidInput` for a suppression that cannot be read."""
    given, defaults = list(objects), list(background)
    judged = _not_default(given, defaults)
    context = Context(judged, [*given, *defaults], locate)
    found = [finding for obj in judged for finding in _of(obj, context)]
    own = [entry for obj in given for entry in annotated(obj, title(obj), locate(obj, f"metadata.annotations.{ANNOTATION}"))]
    return _settled([*found, *more], [*own, *suppressions], today or date.today())


def _not_default(objects: list[Object], defaults: list[Object]) -> list[Object]:
    """The objects but those that every cluster has, as it has them."""
    known = {(obj["kind"], namespace_of(obj), name_of(obj)): _content(obj) for obj in defaults}
    return [obj for obj in objects if known.get((obj.get("kind"), namespace_of(obj), name_of(obj))) != _content(obj)]


def _content(obj: Object) -> object:
    return obj.get("kind"), obj.get("rules") or [], obj.get("roleRef"), obj.get("subjects") or []


def _of(obj: Object, context: Context) -> Iterator[Finding]:
    if is_rbac(obj, *ROLES):
        yield from role_findings(obj, context)
        yield from role_risks(obj, context)
    elif is_rbac(obj, *BINDINGS):
        yield from binding_findings(obj, context)
        yield from binding_risks(obj, context)
    elif is_access_policy(obj):
        yield from access_findings(obj, context)
    else:
        yield from admission_findings(obj, context)


def _settled(found: list[Finding], entries: list[Suppression], today: date) -> Report:
    """What counts: not what is suppressed; but suppressions that are over, or needless."""
    report = Report()
    used: set[int] = set()
    by_rule: dict[str, list[Suppression]] = {}
    for entry in entries:
        by_rule.setdefault(entry.rule, []).append(entry)
    for finding in found:
        covering = [entry for entry in by_rule.get(finding.rule.id, ()) if entry.covers(finding)]
        used.update(map(id, covering))
        holding = next((entry for entry in covering if not entry.is_over(today)), None)
        if holding is not None:
            report.suppressed.append((finding, holding))
        else:
            report.findings.append(finding)
    for entry in entries:
        if id(entry) not in used:
            report.findings.append(_about(entry, "KG402", "there is no such finding"))
        elif entry.is_over(today):
            report.findings.append(_about(entry, "KG401", f"expired on {entry.expires}, owner {entry.owner}"))
    report.findings.sort(key=lambda finding: finding.order)
    return report


def _about(entry: Suppression, rule_id: str, text: str) -> Finding:
    return Finding(RULES[rule_id], entry.subject, f"suppression of {entry.rule}: {text}", entry.location)
