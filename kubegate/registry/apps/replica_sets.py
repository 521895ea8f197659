"""Replica sets."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object
from kubegate.registry.apps.selectors import check_always_restarting, check_labels, check_selector, matches_template
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.templates import check_template, default_embedded_template
from kubegate.registry.core.replication_controllers import check_replica_status, warn_about_controller_name
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import IMMUTABLE
from kubegate.registry.validation.basics import check_nonnegative, same
from kubegate.registry.validation.shown import selector_shown


def _default(replica_set: Object) -> None:
    spec = replica_set.setdefault("spec", {})
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    default_embedded_template(spec)
    replica_set.setdefault("status", {}).setdefault("replicas", 0)


def check_replica_template(errors: list[FieldError], selector: Object | None, template: Object) -> None:
    """Complain about the template of a replica set or deployment; one whose selector cannot be read is not looked at."""
    if matches_template(selector, template) is None:
        errors.append(invalid("spec.selector", selector_shown(selector), "invalid label selector"))
        return
    check_labels(errors, selector, template)
    check_template(errors, "spec.template", template)
    check_always_restarting(errors, template, "ReplicaSet")


def _validate(replica_set: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = replica_set.get("spec") or {}
    check_core_finalizers(errors, replica_set)
    check_nonnegative(errors, "spec", spec, "replicas", "minReadySeconds")
    check_selector(errors, spec.get("selector"), "deployment")
    check_replica_template(errors, spec.get("selector"), spec.get("template") or {})
    return errors


def _validate_update(replica_set: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors = _validate(replica_set, context)
    selector = (replica_set.get("spec") or {}).get("selector")
    if not same(selector, (old.get("spec") or {}).get("selector")):
        errors.append(invalid("spec.selector", selector_shown(selector), IMMUTABLE))
    return errors


def _validate_status(replica_set: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_replica_status(errors, replica_set.get("status") or {})
    return errors


def _warnings(replica_set: Object, old: Object | None) -> Sequence[str]:
    found = warn_about_controller_name(replica_set) if old is None else []
    return found + warn_about_template((replica_set.get("spec") or {}).get("template"), replica_set, old)


REPLICA_SET = Strategy(
    resource="replicasets.apps",
    has_status=True,
    initial_status=lambda: {"replicas": 0},
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)
