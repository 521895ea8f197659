"""The selector of a workload and the labels of its template must agree."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, labels_of
from kubegate.registry.validation.selectors import check_label_selector, is_empty_selector
from kubegate.registry.validation.shown import labels_shown, selector_shown
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_selector import from_object

MISMATCH = "`selector` does not match template `labels`"


def matches_template(selector: Object | None, template: Object) -> bool | None:
    """Whether the selector selects what the template makes; None if the selector cannot be read."""
    if selector is None:
        return False  # no selector selects nothing
    try:
        return from_object(selector).matches(labels_of(template))
    except SelectorError:
        return None


def check_selector(errors: list[FieldError], selector: Object | None, kind: str, *, extra: str = "") -> None:
    """Complain about a selector that is missing, wrong or empty."""
    if selector is None:
        errors.append(required("spec.selector"))
        return
    check_label_selector(errors, "spec.selector", selector)
    if is_empty_selector(selector):
        text = extra or f"empty selector is invalid for {kind}"
        errors.append(invalid("spec.selector", selector_shown(selector), text))


def check_labels(errors: list[FieldError], selector: Object | None, template: Object) -> None:
    """Complain about a template that the selector does not select."""
    if selector is not None and is_empty_selector(selector):
        return
    if matches_template(selector, template) is False:
        labels = labels_shown(template)
        errors.append(invalid("spec.template.metadata.labels", labels, MISMATCH))


def check_always_restarting(errors: list[FieldError], template: Object, kind: str) -> None:
    """Pods of these workloads run for ever."""
    spec = template.get("spec") or {}
    path = "spec.template.spec"
    if spec.get("restartPolicy") != "Always":
        errors.append(not_supported(f"{path}.restartPolicy", spec.get("restartPolicy") or "", ["Always"]))
    if spec.get("activeDeadlineSeconds") is not None:
        text = f"activeDeadlineSeconds in {kind} is not Supported"
        errors.append(forbidden(f"{path}.activeDeadlineSeconds", text))
