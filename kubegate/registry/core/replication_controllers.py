"""Replication controllers."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, labels_of, metadata, name_of
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.templates import check_template, default_embedded_template
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import NEGATIVE
from kubegate.registry.validation.basics import check_nonnegative
from kubegate.registry.validation.names import dns1123_label
from kubegate.registry.validation.shown import labels_shown

_COUNTS = (
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "terminatingReplicas",  # of replica sets alone
    "observedGeneration",
)


def _default(controller: Object) -> None:
    spec = controller.setdefault("spec", {})
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    if spec.get("template") is not None:
        default_embedded_template(spec)
        labels = labels_of(spec["template"])
        if labels:
            if not spec.get("selector"):
                spec["selector"] = dict(labels)
            if not labels_of(controller):
                metadata(controller)["labels"] = dict(labels)
    controller.setdefault("status", {}).setdefault("replicas", 0)


def _validate(controller: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = controller.get("spec") or {}
    check_core_finalizers(errors, controller)
    check_nonnegative(errors, "spec", spec, "minReadySeconds")
    selector, template = spec.get("selector") or {}, spec.get("template")
    if not selector:
        errors.append(required("spec.selector"))
    if (spec.get("replicas") or 0) < 0:
        errors.append(invalid("spec.replicas", spec["replicas"], NEGATIVE))
    if template is None:
        errors.append(required("spec.template"))
        return errors
    labels = labels_of(template)
    if selector and any(labels.get(key) != value for key, value in selector.items()):
        text = "`selector` does not match template `labels`"
        errors.append(invalid("spec.template.metadata.labels", labels_shown(template), text))
    check_template(errors, "spec.template", template)
    pod = template.get("spec") or {}
    if pod.get("restartPolicy") != "Always":
        errors.append(not_supported("spec.template.spec.restartPolicy", pod.get("restartPolicy") or "", ["Always"]))
    if pod.get("activeDeadlineSeconds") is not None:
        text = "activeDeadlineSeconds in ReplicationController is not Supported"
        errors.append(forbidden("spec.template.spec.activeDeadlineSeconds", text))
    return errors


def check_replica_status(errors: list[FieldError], status: Object) -> None:
    """Complain about counts in the status of a replication controller or replica set."""
    check_nonnegative(errors, "status", status, *_COUNTS)
    total = status.get("replicas") or 0
    for key in ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"):
        if (status.get(key) or 0) > total:
            errors.append(invalid(f"status.{key}", status.get(key) or 0, "cannot be greater than status.replicas"))
    if (status.get("availableReplicas") or 0) > (status.get("readyReplicas") or 0):
        text = "cannot be greater than readyReplicas"
        errors.append(invalid("status.availableReplicas", status.get("availableReplicas") or 0, text))


def _validate_status(controller: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_replica_status(errors, controller.get("status") or {})
    return errors


def warn_about_controller_name(obj: Object) -> list[str]:
    """A name that makes surprising host names of pods."""
    complaints = dns1123_label(name_of(obj))
    if not complaints:
        return []
    text = "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended"
    return [f"metadata.name: {text}: [{' '.join(complaints)}]"]


def _warnings(controller: Object, old: Object | None) -> Sequence[str]:
    found = warn_about_controller_name(controller) if old is None else []
    return found + warn_about_template((controller.get("spec") or {}).get("template"), controller, old)


REPLICATION_CONTROLLER = Strategy(
    resource="replicationcontrollers",
    has_status=True,
    initial_status=lambda: {"replicas": 0},
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=lambda controller, old, context: _validate(controller, context),
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)
