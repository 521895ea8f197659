"""What a case claims of a judgement, compared; and a judgement told."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.reports import flat
from kubegate.api.names import Object
from kubegate.api.status import Status
from kubegate.testing.cases.admission import AdmissionCase
from kubegate.testing.stages.admission.subset import differences, shown

_VOLATILE = ("uid", "creationTimestamp", "resourceVersion")
_STAGES = frozenset({"decoding", "defaulting", "preparation"})
"""Who changes objects besides plugins."""


def wrong(case: AdmissionCase, found: Judgement) -> Iterator[str]:
    """What the case claims and is not so."""
    refusal = _refusal(found)
    if refusal is not None and case.expects_admission:
        yield f"refused: {refusal.message}"
        return
    if refusal is None and not case.expects_admission:
        yield "admitted"
        return
    if refusal is not None:
        yield from _about_refusal(case, found, refusal)
    else:
        yield from _about_result(case, found)
    yield from _about_words(case, found)


def _refusal(found: Judgement) -> Status | None:
    return next((part.refusal for part, _ in flat([found]) if part.refusal is not None), None)


def _about_refusal(case: AdmissionCase, found: Judgement, refusal: Status) -> Iterator[str]:
    for name, expected, value in (
        ("message", case.message, refusal.message),
        ("code", case.code, refusal.code),
        ("reason", case.reason, refusal.reason),
    ):
        if expected is not None and expected != value:
            yield f"{name} is {shown(value)}, not {shown(expected)}"
    for name, part, whole in (
        ("message", case.messageContains, refusal.message),
        ("decidedBy", case.decidedBy, found.decider),
    ):
        if part is not None and part not in whole:
            yield f"{name} is {shown(whole)}, without {shown(part)}"


def _about_result(case: AdmissionCase, found: Judgement) -> Iterator[str]:
    result = found.result or {}
    if case.mutated is not None:
        yield from differences(case.mutated, result)
    if case.mutatedExactly is not None:
        yield from _exactly(case.mutatedExactly, result)
    if case.mutatedPod is not None:
        pod = found.pods[0].result if found.pods else None
        if pod is None:
            yield "it makes no pod"
        else:
            yield from (f"pod: {text}" for text in differences(case.mutatedPod, pod))
    if case.changedBy is not None:
        plugins = list(dict.fromkeys(change.plugin for change in found.changes if change.plugin not in _STAGES))
        if plugins != case.changedBy:
            yield f"changed by {shown(plugins)}, not {shown(case.changedBy)}"


def _exactly(expected: Object, result: Object) -> Iterator[str]:
    rest = copy.deepcopy(result)
    for name in _VOLATILE:
        if name not in (expected.get("metadata") or {}):
            (rest.get("metadata") or {}).pop(name, None)
    yield from differences(expected, rest)
    yield from _surplus(expected, rest, "")


def _surplus(expected: object, found: object, path: str) -> Iterator[str]:
    """The fields that are not expected."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in found.items():
            below = f"{path}.{key}" if path else str(key)
            if key in expected:
                yield from _surplus(expected[key], value, below)
            else:
                yield f"{below} is {shown(value)}, not absent"
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path} has {len(found)} items, not {len(expected)}"
        for index, (wanted, have) in enumerate(zip(expected, found, strict=False)):
            yield from _surplus(wanted, have, f"{path}[{index}]")


def _about_words(case: AdmissionCase, found: Judgement) -> Iterator[str]:
    said = [text for part, _ in flat([found]) for text in part.warnings]
    if case.warnings is not None and sorted(case.warnings) != sorted(said):
        yield f"warnings are {shown(said)}, not {shown(case.warnings)}"
    for part in case.warningsContain:
        if not any(part in text for text in said):
            yield f"no warning has {shown(part)} in it: {shown(said)}"
    for key, value in case.auditAnnotations.items():
        if found.audit.get(key) != value:
            yield f"audit annotation {key} is {shown(found.audit.get(key))}, not {shown(value)}"


def explained(found: Judgement) -> str:
    """Stage by stage: who changed what, who refused and where that stands, what else was said."""
    lines = []
    for part, title in flat([found]):
        lines += [f"{title}: {part.operation.lower()}"]
        for change in part.changes:
            lines.append(f"  {change.plugin} changed:")
            lines += [f"    {step['op']} {step['path']} {shown(step.get('value'))}" for step in change.patch]
        if part.refusal is not None:
            lines.append(f"  {part.refused_by} refused: {part.refusal.code} {part.refusal.reason}: {part.refusal.message}")
            if part.decided_by:
                lines.append(f"  decided by {part.decided_by}" + (f", {part.decided_at}" if part.decided_at else ""))
        else:
            lines.append("  admitted")
        lines += [f"  warning: {text}" for text in part.warnings]
        lines += [f"  audit: {key}={value}" for key, value in part.audit.items()]
    return "\n".join(lines)
