"""Stateful sets."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, name_of
from kubegate.registry.apps.deployments import check_collisions
from kubegate.registry.apps.selectors import MISMATCH, check_always_restarting, matches_template
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.annotations import check_pod_annotations
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.spec import check_pod_spec
from kubegate.registry.core.pods.templates import default_embedded_template
from kubegate.registry.core.volumes.claim_defaults import default_claim
from kubegate.registry.core.volumes.claims import warn_about_claim_spec
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.metadata import validate_annotations, validate_labels
from kubegate.registry.validation.basics import check_name, check_nonnegative, same
from kubegate.registry.validation.names import dns1123_label, dns_label_name
from kubegate.registry.validation.ports import check_at_most_100_percent, check_int_or_percent, int_or_percent_value
from kubegate.registry.validation.selectors import check_label_selector, is_empty_selector
from kubegate.registry.validation.shown import labels_shown, selector_shown

_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_FROZEN = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_COUNTS = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")


def _default(stateful_set: Object) -> None:
    spec = stateful_set.setdefault("spec", {})
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    strategy = spec.get("updateStrategy")
    if strategy is None:
        strategy = spec["updateStrategy"] = {}
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        if strategy.get("rollingUpdate") is None:
            strategy["rollingUpdate"] = {}
        if strategy["rollingUpdate"].get("partition") is None:
            strategy["rollingUpdate"]["partition"] = 0
    if strategy["type"] == "RollingUpdate" and strategy.get("rollingUpdate") is not None:
        rolling = strategy["rollingUpdate"]
        if rolling.get("partition") is None:
            rolling["partition"] = 0
        if rolling.get("maxUnavailable") is None and "maxUnavailable" in rolling:
            del rolling["maxUnavailable"]
    policy = spec.get("persistentVolumeClaimRetentionPolicy")
    if policy is None:
        policy = spec["persistentVolumeClaimRetentionPolicy"] = {}
    for key in ("whenDeleted", "whenScaled"):
        if not policy.get(key):
            policy[key] = "Retain"
    for key, value in (("replicas", 1), ("revisionHistoryLimit", 10)):
        if spec.get(key) is None:
            spec[key] = value
    spec.setdefault("serviceName", "")
    default_embedded_template(spec)
    for claim in spec.get("volumeClaimTemplates") or ():
        claim["kind"] = claim.get("kind") or "PersistentVolumeClaim"
        claim["apiVersion"] = claim.get("apiVersion") or "v1"
        default_claim(claim)
    status = stateful_set.setdefault("status", {})
    for key in ("replicas", "availableReplicas"):
        status.setdefault(key, 0)


def _validate(stateful_set: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = stateful_set.get("spec") or {}
    check_core_finalizers(errors, stateful_set)
    _check_spec(errors, spec)
    return errors


def _check_spec(errors: list[FieldError], spec: Object) -> None:
    policy = spec.get("podManagementPolicy") or ""
    if not policy:
        errors.append(required("spec.podManagementPolicy"))
    elif policy not in ("OrderedReady", "Parallel"):
        errors.append(invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"))
    _check_strategy(errors, "spec.updateStrategy", spec.get("updateStrategy") or {})
    retention = spec.get("persistentVolumeClaimRetentionPolicy")
    for key in ("whenDeleted", "whenScaled") if retention is not None else ():
        value = (retention or {}).get(key) or ""
        if value not in ("Retain", "Delete"):
            path = f"spec.persistentVolumeClaimRetentionPolicy.{key}"
            errors.append(not_supported(path, value, ["Retain", "Delete"]))
    check_nonnegative(errors, "spec", spec, "replicas", "minReadySeconds")
    start = (spec.get("ordinals") or {}).get("start") or 0
    if start < 0:
        errors.append(invalid("spec.ordinals.start", start, "must be greater than or equal to 0"))
    _check_selector(errors, spec)
    check_always_restarting(errors, spec.get("template") or {}, "StatefulSet")
    if spec.get("serviceName"):
        check_name(errors, "spec.serviceName", spec["serviceName"], dns1123_label)


def _check_selector(errors: list[FieldError], spec: Object) -> None:
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        errors.append(required("spec.selector"))
    else:
        check_label_selector(errors, "spec.selector", selector)
        if is_empty_selector(selector):
            text = "empty selector is invalid for statefulset"
            errors.append(invalid("spec.selector", selector_shown(selector), text))
    matches = matches_template(selector, template)
    if matches is None:
        errors.append(invalid("spec.selector", selector_shown(selector or {}), ""))
        return
    if not matches and not (selector is not None and is_empty_selector(selector)):
        errors.append(invalid("spec.template.metadata.labels", labels_shown(template), MISMATCH))
    _check_template(errors, "spec.template", template, spec.get("volumeClaimTemplates") or [])


def _check_template(errors: list[FieldError], path: str, template: Object, claims: list[Object]) -> None:
    """The template's volumes and the claims together are what its containers may mount."""
    meta, pod = template.get("metadata") or {}, template.get("spec") or {}
    names = {volume.get("name") for volume in pod.get("volumes") or ()}
    more = [
        {"name": name_of(claim), "persistentVolumeClaim": {"claimName": name_of(claim)}}
        for claim in claims
        if name_of(claim) and name_of(claim) not in names and not dns1123_label(name_of(claim))
    ]
    if more:
        pod = {**pod, "volumes": list(pod.get("volumes") or ()) + more}
    validate_labels(meta.get("labels") or {}, f"{path}.labels", errors)
    annotations = meta.get("annotations") or {}
    validate_annotations(annotations, f"{path}.annotations", errors)
    check_pod_annotations(errors, f"{path}.annotations", annotations, pod)
    check_pod_spec(errors, f"{path}.spec", pod)
    if pod.get("ephemeralContainers"):
        text = "ephemeral containers not allowed in pod template"
        errors.append(forbidden(f"{path}.spec.ephemeralContainers", text))


def _check_strategy(errors: list[FieldError], path: str, strategy: Object) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    shown = None
    if rolling is not None:
        shown = {"Partition": rolling.get("partition") or 0, "MaxUnavailable": rolling.get("maxUnavailable")}
    if not kind:
        errors.append(required(path))
    elif kind == "OnDelete":
        if rolling is not None:
            text = "only allowed for updateStrategy 'RollingUpdate'"
            errors.append(invalid(f"{path}.rollingUpdate", shown, text))
    elif kind != "RollingUpdate":
        text = "must be 'RollingUpdate' or 'OnDelete'"
        errors.append(invalid(path, {"Type": kind, "RollingUpdate": shown}, text))
    elif rolling is not None:
        check_nonnegative(errors, f"{path}.rollingUpdate", rolling, "partition")
        unavailable = rolling.get("maxUnavailable")
        if unavailable is not None:
            place = f"{path}.rollingUpdate.maxUnavailable"
            check_int_or_percent(errors, place, unavailable)
            if int_or_percent_value(unavailable) == 0:
                errors.append(invalid(place, unavailable, "cannot be 0"))
            check_at_most_100_percent(errors, place, unavailable)


def _validate_update(stateful_set: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec, before = stateful_set.get("spec") or {}, old.get("spec") or {}
    check_core_finalizers(errors, stateful_set)
    _check_spec(errors, spec)
    rest = {key: value for key, value in spec.items() if key not in _MUTABLE}
    if not same(rest, {key: value for key, value in before.items() if key not in _MUTABLE}):
        errors.append(forbidden("spec", _FROZEN))
    return errors


def _validate_status(stateful_set: Object, old: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    status = stateful_set.get("status") or {}
    check_nonnegative(errors, "status", status, *_COUNTS, "observedGeneration", "collisionCount")
    total = status.get("replicas") or 0
    for key in ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"):
        if (status.get(key) or 0) > total:
            errors.append(invalid(f"status.{key}", status.get(key) or 0, "cannot be greater than status.replicas"))
    if (status.get("availableReplicas") or 0) > (status.get("readyReplicas") or 0):
        text = "cannot be greater than status.readyReplicas"
        errors.append(invalid("status.availableReplicas", status.get("availableReplicas") or 0, text))
    check_collisions(errors, status, old.get("status") or {})
    return errors


def _warnings(stateful_set: Object, old: Object | None) -> Sequence[str]:
    spec = stateful_set.get("spec") or {}
    found = warn_about_template(spec.get("template"), stateful_set, old)
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        found += warn_about_claim_spec(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    if (spec.get("revisionHistoryLimit") or 0) < 0:
        found.append(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
        )
    return found


STATEFUL_SET = Strategy(
    resource="statefulsets.apps",
    name=dns_label_name,
    has_status=True,
    initial_status=lambda: {"replicas": 0, "availableReplicas": 0},
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=_validate_update,
    warnings=_warnings,
    subresources={"status": Subresource(validate=_validate_status)},
)
