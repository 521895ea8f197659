"""``pods/ephemeralcontainers``: containers may be added to a running pod, never changed or removed."""

from __future__ import annotations

from collections.abc import Callable

from kubegate.api.field_errors import FieldError, forbidden
from kubegate.api.go import quote
from kubegate.api.names import Object, annotations_of
from kubegate.registry.core.pods.annotations import MIRROR, check_annotation_changes
from kubegate.registry.interface import Subresource, WriteContext
from kubegate.registry.validation.basics import same

CheckPod = Callable[[list[FieldError], Object], None]


def ephemeral_subresource(check_pod: CheckPod) -> Subresource:
    """``pods/ephemeralcontainers``; ``check_pod`` is the validation of any pod."""

    def validate(pod: Object, old: Object, context: WriteContext) -> list[FieldError]:
        if MIRROR in annotations_of(old):
            return [forbidden("", "static pods do not support ephemeral containers")]
        errors: list[FieldError] = []
        check_pod(errors, pod)
        check_annotation_changes(errors, "metadata.annotations", pod, old)
        _check_kept(errors, pod, old)
        return errors

    return Subresource(fields=("spec",), metadata=("managedFields",), prepare=_prepare, validate=validate)


def _prepare(pod: Object, old: Object, context: WriteContext) -> None:
    containers = (pod.get("spec") or {}).get("ephemeralContainers")
    spec = {key: value for key, value in (old.get("spec") or {}).items() if key != "ephemeralContainers"}
    if containers:
        spec["ephemeralContainers"] = containers
    pod["spec"] = spec


def _check_kept(errors: list[FieldError], pod: Object, old: Object) -> None:
    path = "spec.ephemeralContainers"
    current = {c.get("name"): c for c in (pod.get("spec") or {}).get("ephemeralContainers") or ()}
    for container in (old.get("spec") or {}).get("ephemeralContainers") or ():
        name = container.get("name") or ""
        if name not in current:
            errors.append(forbidden(path, f"existing ephemeral containers {quote(name)} may not be removed\n"))
        elif not same(current[name], container):
            text = f"existing ephemeral containers {quote(name)} may not be changed\n@@ -1 +1 @@"
            errors.append(forbidden(path, text))
