"""Pod templates inside other objects, and the PodTemplate kind."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.names import Object
from kubegate.registry.core.finalizers import check_core_finalizers
from kubegate.registry.core.pods.annotations import check_annotations_match_fields, check_pod_annotations
from kubegate.registry.core.pods.defaults import default_host_ports, default_template
from kubegate.registry.core.pods.pod_warnings import warn_about_template
from kubegate.registry.core.pods.spec import check_pod_spec
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import validate_annotations, validate_labels


def check_template(errors: list[FieldError], path: str, template: Object) -> None:
    """Complain about a pod template."""
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    annotations = meta.get("annotations") or {}
    validate_labels(meta.get("labels") or {}, f"{path}.labels", errors)
    validate_annotations(annotations, f"{path}.annotations", errors)
    check_pod_annotations(errors, f"{path}.annotations", annotations, spec)
    check_pod_spec(errors, f"{path}.spec", spec)
    check_annotations_match_fields(errors, f"{path}.spec", annotations, spec)
    if spec.get("ephemeralContainers"):
        text = "ephemeral containers not allowed in pod template"
        errors.append(forbidden(f"{path}.spec.ephemeralContainers", text))


def default_embedded_template(owner: Object) -> None:
    """Defaults of ``template`` inside a specification; on the host's network its ports are the host's."""
    template = owner.get("template")
    if template is None:
        template = owner["template"] = {}
    default_template(template)
    if template["spec"].get("hostNetwork"):
        default_host_ports(template["spec"], ("containers", "initContainers"))


def _default(obj: Object) -> None:
    default_embedded_template(obj)


def _validate(obj: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    check_core_finalizers(errors, obj)
    check_template(errors, "template", obj.get("template") or {})
    return errors


def _warnings(obj: Object, old: Object | None) -> Sequence[str]:
    return warn_about_template(obj.get("template"), obj, old, "template")


POD_TEMPLATE = Strategy(
    resource="podtemplates",
    generation=("template",),
    default=_default,
    validate=_validate,
    validate_update=lambda obj, old, context: _validate(obj, context),
    warnings=_warnings,
)
