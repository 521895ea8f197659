"""Roles and bindings. Whether the writer may grant what they grant is decided elsewhere (escalation checks).

Source: ``pkg/apis/rbac``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, invalid, not_supported, required
from kubegate.api.names import Object, metadata
from kubegate.registry.interface import Strategy, WriteContext
from kubegate.registry.metadata import validate_metadata
from kubegate.registry.validation.names import dns1123_subdomain, path_segment_name
from kubegate.registry.validation.selectors import check_label_selector
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.label_selector import from_object

GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ["ServiceAccount", "User", "Group"]


def _check_rule(errors: list[FieldError], path: str, rule: Object, *, namespaced: bool) -> None:
    if not rule.get("verbs"):
        errors.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = rule.get("nonResourceURLs") or []
    if urls:
        if namespaced:
            text = "namespaced rules cannot apply to non-resource URLs"
            errors.append(invalid(f"{path}.nonResourceURLs", urls, text))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            text = "rules cannot apply to both regular resources and non-resource URLs"
            errors.append(invalid(f"{path}.nonResourceURLs", urls, text))
        return
    if not rule.get("apiGroups"):
        errors.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        errors.append(required(f"{path}.resources", "resource rules must supply at least one resource"))


def _check_aggregation(errors: list[FieldError], rule: Object | None) -> None:
    if rule is None:
        return
    path, selectors = "aggregationRule.clusterRoleSelectors", rule.get("clusterRoleSelectors") or []
    if not selectors:
        text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        errors.append(required(path, text))
    for index, selector in enumerate(selectors):
        check_label_selector(errors, f"{path}[{index}]", selector)
        try:
            from_object(selector)
        except SelectorError:
            errors.append(invalid(f"{path}[{index}]", None, "invalid label selector."))


def _validate_role(role: Object, *, namespaced: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, rule in enumerate(role.get("rules") or ()):
        _check_rule(errors, f"rules[{index}]", rule, namespaced=namespaced)
    if not namespaced:
        _check_aggregation(errors, role.get("aggregationRule"))
    return errors


def _default_role(role: Object) -> None:
    role.setdefault("rules", None)


def _default_binding(binding: Object) -> None:
    reference = binding.setdefault("roleRef", {})
    if not reference.get("apiGroup"):
        reference["apiGroup"] = GROUP
    for key in ("kind", "name"):
        reference.setdefault(key, "")
    for subject in binding.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = GROUP


def _check_subject(errors: list[FieldError], path: str, subject: Object, *, namespaced: bool) -> None:
    kind, name, group = (subject.get(key) or "" for key in ("kind", "name", "apiGroup"))
    if not name:
        errors.append(required(f"{path}.name"))
    if kind == "ServiceAccount":
        if name:
            errors += [invalid(f"{path}.name", name, text) for text in dns1123_subdomain(name)]
        if group:
            errors.append(not_supported(f"{path}.apiGroup", group, [""]))
        if not namespaced and not subject.get("namespace"):
            errors.append(required(f"{path}.namespace"))
    elif kind in ("User", "Group"):
        if group != GROUP:
            errors.append(not_supported(f"{path}.apiGroup", group, [GROUP]))
    else:
        errors.append(not_supported(f"{path}.kind", kind, _SUBJECTS))


def _validate_binding(binding: Object, *, namespaced: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    reference = binding.get("roleRef") or {}
    group, kind, name = (reference.get(key) or "" for key in ("apiGroup", "kind", "name"))
    if group != GROUP:
        errors.append(not_supported("roleRef.apiGroup", group, [GROUP]))
    kinds = ["Role", "ClusterRole"] if namespaced else ["ClusterRole"]
    if kind not in kinds:
        errors.append(not_supported("roleRef.kind", kind, kinds))
    if not name:
        errors.append(required("roleRef.name"))
    else:
        errors += [invalid("roleRef.name", name, text) for text in path_segment_name(name)]
    for index, subject in enumerate(binding.get("subjects") or ()):
        _check_subject(errors, f"subjects[{index}]", subject, namespaced=namespaced)
    return errors


def _twice(obj: Object, errors: list[FieldError], *, namespaced: bool) -> list[FieldError]:
    """The complaints about an update: the strategy looks at the whole object, and so does the rule of updates it asks."""
    return 2 * [*validate_metadata(metadata(obj), namespaced, path_segment_name), *errors]


def _validate_binding_update(binding: Object, old: Object, *, namespaced: bool) -> list[FieldError]:
    errors = _twice(binding, _validate_binding(binding, namespaced=namespaced), namespaced=namespaced)
    reference, before = binding.get("roleRef") or {}, old.get("roleRef") or {}
    if any((reference.get(key) or "") != (before.get(key) or "") for key in ("apiGroup", "kind", "name")):
        shown = {
            "APIGroup": reference.get("apiGroup") or "",
            "Kind": reference.get("kind") or "",
            "Name": reference.get("name") or "",
        }
        errors.append(invalid("roleRef", shown, "cannot change roleRef"))
    return errors


def _role(resource: str, *, namespaced: bool) -> Strategy:
    def validate_update(role: Object, old: Object, context: WriteContext) -> list[FieldError]:
        return _twice(role, _validate_role(role, namespaced=namespaced), namespaced=namespaced)

    return Strategy(
        resource=f"{resource}.{GROUP}",
        namespaced=namespaced,
        name=path_segment_name,
        default=_default_role,
        validate=lambda role, context: _validate_role(role, namespaced=namespaced),
        validate_update=validate_update,
    )


def _binding(resource: str, *, namespaced: bool) -> Strategy:
    def validate(binding: Object, context: WriteContext) -> list[FieldError]:
        return _validate_binding(binding, namespaced=namespaced)

    def validate_update(binding: Object, old: Object, context: WriteContext) -> list[FieldError]:
        return _validate_binding_update(binding, old, namespaced=namespaced)

    return Strategy(
        resource=f"{resource}.{GROUP}",
        namespaced=namespaced,
        name=path_segment_name,
        default=_default_binding,
        validate=validate,
        validate_update=validate_update,
    )


STRATEGIES: tuple[Strategy, ...] = (
    _role("roles", namespaced=True),
    _role("clusterroles", namespaced=False),
    _binding("rolebindings", namespaced=True),
    _binding("clusterrolebindings", namespaced=False),
)
