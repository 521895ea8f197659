"""Rules of webhooks and policies: which operations on which resources they are about.

Source: ``pkg/apis/admissionregistration/validation``.
"""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.names import path_segment_name
from kubegate.registry.validation.selectors import check_label_selector

_OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]
_MUTATING_OPERATIONS = ["*", "CONNECT", "CREATE", "UPDATE"]
_SCOPES = ["*", "Cluster", "Namespaced"]
MATCH_POLICIES = ["Equivalent", "Exact"]


def default_rules(rules: list[Object] | None) -> None:
    """A rule without a scope is about every scope."""
    for rule in rules or ():
        if rule.get("scope") is None:
            rule["scope"] = "*"


def default_match(match: Object | None) -> None:
    """Defaults of what a policy or binding matches."""
    if match is None:
        return
    if match.get("matchPolicy") is None:
        match["matchPolicy"] = "Equivalent"
    for key in ("namespaceSelector", "objectSelector"):
        if match.get(key) is None:
            match[key] = {}
    for key in ("resourceRules", "excludeResourceRules"):
        default_rules(match.get(key))


def check_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    """Complain about a rule with operations."""
    operations = rule.get("operations") or []
    if not operations:
        errors.append(required(f"{path}.operations"))
    if len(operations) > 1 and "*" in operations:
        text = "if '*' is present, must not specify other operations"
        errors.append(invalid(f"{path}.operations", operations, text))
    for index, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            errors.append(not_supported(f"{path}.operations[{index}]", operation, _OPERATIONS))
    for key, noun in (("apiGroups", "groups"), ("apiVersions", "versions")):
        values = rule.get(key) or []
        if not values:
            errors.append(required(f"{path}.{key}"))
        if len(values) > 1 and "*" in values:
            text = f"if '*' is present, must not specify other API {noun}"
            errors.append(invalid(f"{path}.{key}", values, text))
        if key == "apiVersions":
            errors += [required(f"{path}.{key}[{index}]") for index, value in enumerate(values) if not value]
    _check_resources(errors, f"{path}.resources", rule.get("resources") or [])
    scope = rule.get("scope")
    if scope is not None and scope not in _SCOPES:
        errors.append(not_supported(f"{path}.scope", scope, _SCOPES))


def _check_resources(errors: list[FieldError], path: str, resources: list[str]) -> None:
    if not resources:
        errors.append(required(path))
    whole: set[str] = set()
    everywhere: set[str] = set()
    plain = False
    for index, text in enumerate(resources):
        if not text:
            errors.append(required(f"{path}[{index}]"))
            continue
        resource, slash, subresource = text.partition("/")
        if not slash:
            plain = text != "*"  # the last one counts: so does the server
            continue
        if resource in whole:
            detail = f"if '{resource}/*' is present, must not specify {text}"
            errors.append(invalid(f"{path}[{index}]", text, detail))
        if subresource in everywhere:
            detail = f"if '*/{subresource}' is present, must not specify {text}"
            errors.append(invalid(f"{path}[{index}]", text, detail))
        if subresource == "*":
            whole.add(resource)
        if resource == "*":
            everywhere.add(subresource)
    if len(resources) > 1 and "*/*" in resources:
        errors.append(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
    if "*" in resources and plain:
        detail = "if '*' is present, must not specify other resources without subresources"
        errors.append(invalid(path, resources, detail))


def check_match(errors: list[FieldError], path: str, match: Object) -> None:
    """Complain about what a policy or binding matches."""
    policy = match.get("matchPolicy")
    if policy is None:
        errors.append(required(f"{path}.matchPolicy"))
    elif policy not in MATCH_POLICIES:
        errors.append(not_supported(f"{path}.matchPolicy", policy, MATCH_POLICIES))
    for key in ("namespaceSelector", "objectSelector"):
        if match.get(key) is None:
            errors.append(required(f"{path}.{key}"))
        else:
            check_label_selector(errors, f"{path}.{key}", match[key])
    for key in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(match.get(key) or ()):
            _check_names(errors, f"{path}.{key}[{index}].resourceNames", rule.get("resourceNames") or [])
            check_rule(errors, f"{path}.{key}[{index}]", rule)


def _check_names(errors: list[FieldError], path: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        errors += [invalid(f"{path}[{index}]", name, text) for text in path_segment_name(name)]
        if name in names[:index]:
            errors.append(duplicate(f"{path}[{index}]", name))


def check_mutating(errors: list[FieldError], path: str, match: Object) -> None:
    """Complain about operations that have no object to change."""
    for rule in match.get("resourceRules") or ():
        for operation in rule.get("operations") or ():
            if operation not in _MUTATING_OPERATIONS:
                errors.append(not_supported(f"{path}.resourceRules.operations", operation, _MUTATING_OPERATIONS))
