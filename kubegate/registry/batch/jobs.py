"""Jobs: strategy, selector, what may change.

Source: ``pkg/registry/batch/job`` and ``pkg/apis/batch``.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, invalid, required
from kubegate.api.names import Object, labels_of, metadata, name_of
from kubegate.registry.apps.selectors import MISMATCH, matches_template
from kubegate.registry.batch.job_spec import check_job_spec
from kubegate.registry.batch.job_status import validate_job_status
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.templates import default_embedded_template
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import same
from kubegate.registry.validation.internal_form import internal_form
from kubegate.registry.validation.names import dns1123_label
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.registry.validation.shown import labels_shown, map_shown, selector_shown

_UID, _NAME = "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"
_OLD_UID, _OLD_NAME = "controller-uid", "job-name"
_SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")

_IMMUTABLE = {
    "completionMode": "*string",
    "podFailurePolicy": "*batch/v1.PodFailurePolicy",
    "backoffLimitPerIndex": "*int32",
    "managedBy": "*string",
    "successPolicy": "*batch/v1.SuccessPolicy",
}
"""What stays as it was made, and its type."""


def default_job_spec(spec: Object) -> None:
    """Defaults of the specification of a job (not of one inside a cron job)."""
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = spec["parallelism"] = 1
    if spec.get("parallelism") is None:
        spec["parallelism"] = 1
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = 2**31 - 1 if spec.get("backoffLimitPerIndex") is not None else 6
    if not spec.get("completionMode"):
        spec["completionMode"] = "NonIndexed"
    for key in ("suspend", "manualSelector"):
        if spec.get(key) is None:
            spec[key] = False
    _default_failure_policy(spec)
    if spec.get("podReplacementPolicy") is None:
        spec["podReplacementPolicy"] = "Failed" if spec.get("podFailurePolicy") is not None else "TerminatingOrFailed"


def _default_failure_policy(spec: Object) -> None:
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"


def _default(job: Object) -> None:
    spec = job.setdefault("spec", {})
    labels = labels_of(spec.get("template") or {})
    if labels and not labels_of(job):
        metadata(job)["labels"] = dict(labels)
    default_job_spec(spec)
    default_embedded_template(spec)
    job.setdefault("status", {})


def _prepare(job: Object, context: WriteContext) -> None:
    spec = job.setdefault("spec", {})
    if not spec.get("manualSelector"):
        _generate_selector(job, spec)


def _settle(job: Object, context: WriteContext) -> None:
    """A job without labels gets those of its pods, generated ones included, when it is defaulted once more."""
    spec = job.get("spec") or {}
    if labels := labels_of(spec.get("template") or {}):
        meta = metadata(job)
        meta["labels"] = meta.get("labels") or dict(labels)


def _generate_selector(job: Object, spec: Object) -> None:
    name, uid = name_of(job), str(metadata(job).get("uid") or "")
    meta = metadata(spec.setdefault("template", {}))
    generated = {_OLD_NAME: name, _NAME: name, _OLD_UID: uid, _UID: uid}
    meta["labels"] = {**generated, **(meta.get("labels") or {})}
    selector = dict(spec.get("selector") or {})
    selector["matchLabels"] = {_UID: uid, **(selector.get("matchLabels") or {})}
    spec["selector"] = selector


def _check_generated(errors: list[FieldError], job: Object) -> None:
    spec = job.get("spec") or {}
    if spec.get("manualSelector") or spec.get("selector") is None:
        return
    uid, name = str(metadata(job).get("uid") or ""), name_of(job)
    if not uid:
        errors.append(required("metadata.uid"))
    expected = {_OLD_UID: uid, _OLD_NAME: name, _UID: uid, _NAME: name}
    labels = labels_of(spec.get("template") or {})
    for key, value in expected.items():
        place = f"spec.template.metadata.labels[{key}]"
        if key not in labels:
            errors.append(required(place, f"must be '{value}'"))
        elif labels[key] != value:
            errors.append(invalid(place, map_shown(labels), f"must be '{value}'"))
    if matches_template(spec["selector"], {"metadata": {"labels": expected}}) is False:
        errors.append(invalid("spec.selector", selector_shown(spec["selector"]), "`selector` not auto-generated"))


def _check_spec(errors: list[FieldError], spec: Object) -> None:
    check_job_spec(errors, "spec", spec)
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        errors.append(required("spec.selector"))
    else:
        check_label_selector(errors, "spec.selector", selector)
    if matches_template(selector, template) is False:
        errors.append(invalid("spec.template.metadata.labels", labels_shown(template), MISMATCH))


def _validate(job: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = job.get("spec") or {}
    check_core_finalizers(errors, job)
    _check_generated(errors, job)
    _check_spec(errors, spec)
    if spec.get("completionMode") == "Indexed" and (spec.get("completions") or 0) > 0:
        host = f"{name_of(job)}-{spec['completions'] - 1}"
        if dns1123_label(host):
            text = f"will not able to create pod with invalid DNS label: {host}"
            errors.append(invalid("metadata.name", name_of(job), text))
    return errors


def _validate_update(job: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec, before = job.get("spec") or {}, old.get("spec") or {}
    check_core_finalizers(errors, job)
    _check_spec(errors, spec)
    _check_completions(errors, spec, before)
    if not same(spec.get("selector"), before.get("selector")):
        errors.append(invalid("spec.selector", selector_shown(spec.get("selector")), IMMUTABLE))
    _check_template(errors, spec, before, old)
    for key, kind in _IMMUTABLE.items():
        if not same(spec.get(key), before.get(key)):
            errors.append(invalid(f"spec.{key}", internal_form(spec.get(key), kind), IMMUTABLE))
    return errors


def _check_completions(errors: list[FieldError], spec: Object, old: Object) -> None:
    completions, before = spec.get("completions"), old.get("completions")
    if completions == before:
        return
    if spec.get("completionMode") != "Indexed" or completions is None or before is None:
        errors.append(invalid("spec.completions", completions, IMMUTABLE))
    elif completions != spec.get("parallelism"):
        errors.append(invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism"))


def _check_template(errors: list[FieldError], spec: Object, old: Object, job: Object) -> None:
    template, before = spec.get("template") or {}, old.get("template") or {}
    status = job.get("status") or {}
    if old.get("suspend"):
        pod, old_pod = dict(template.get("spec") or {}), before.get("spec") or {}
        meta, old_meta = dict(template.get("metadata") or {}), before.get("metadata") or {}
        if not status.get("active"):
            # What the pods of a job that rests may use can still be decided.
            for key in ("containers", "initContainers"):
                pod[key] = _with_resources(pod.get(key), old_pod.get(key))
        if status.get("startTime") is None:
            # Where the pods of a job that never ran may be placed can still be decided.
            for key in _SCHEDULING:
                pod[key] = old_pod.get(key)
            pod["affinity"] = _with_node_affinity(pod.get("affinity"), old_pod.get("affinity"))
            for key in ("labels", "annotations"):
                meta[key] = old_meta.get(key)
        template = {"metadata": meta, "spec": pod}
    if not same(template, before):
        errors.append(invalid("spec.template", internal_form(spec.get("template"), "core/v1.PodTemplateSpec"), IMMUTABLE))


def _with_resources(containers: list[Object] | None, old: list[Object] | None) -> list[Object] | None:
    """The containers with the old requests and limits."""
    if not containers or not old or len(containers) != len(old):
        return containers
    made = []
    for container, before in zip(containers, old, strict=True):
        amounts = {key: (before.get("resources") or {}).get(key) for key in ("requests", "limits")}
        made.append({**container, "resources": {**(container.get("resources") or {}), **amounts}})
    return made


def _with_node_affinity(affinity: Object | None, old: Object | None) -> Object | None:
    """The affinity with the old node affinity, the only part of it that may change."""
    made = {**(affinity or {}), "nodeAffinity": (old or {}).get("nodeAffinity")}
    return made if any(made.values()) else old


def _warnings(job: Object, old: Object | None) -> Sequence[str]:
    found: list[str] = []
    if old is None and (complaints := dns1123_label(name_of(job))):
        text = "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended"
        found.append(f"metadata.name: {text}: [{' '.join(complaints)}]")
    spec = job.get("spec") or {}
    if spec.get("completionMode") == "Indexed":
        completions, parallelism = spec.get("completions") or 0, spec.get("parallelism") or 0
        if completions > 100_000 and parallelism > 10_000:
            text = (
                "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
                "Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
            )
            found.append(text)
    return found + warn_about_template(spec.get("template"), job, old)


JOB = Strategy(
    resource="jobs.batch",
    has_status=True,
    generation=("spec",),
    default=_default,
    prepare=_prepare,
    settle=_settle,
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(validate=validate_job_status)},
)
