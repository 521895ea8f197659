"""Resource rules and match resources: defaults and validation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, duplicate, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.names import path_segment_name
from kubegate.registry.validation.selectors import check_label_selector

OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
MUTATING_OPERATIONS = ("*", "CONNECT", "CREATE", "UPDATE")
MATCH_POLICIES = ("Equivalent", "Exact")
SCOPES = ("*", "Cluster", "Namespaced")


def default_rule(rule: Object) -> None:
    """Any scope."""
    rule.setdefault("scope", "*")


def default_match_resources(resources: Object | None) -> None:
    """Equivalent requests match too; empty selectors select everything."""
    if resources is None:
        return
    if resources.get("matchPolicy") is None:
        resources["matchPolicy"] = "Equivalent"
    for selector in ("namespaceSelector", "objectSelector"):
        if resources.get(selector) is None:
            resources[selector] = {}
    for key in ("resourceRules", "excludeResourceRules"):
        for rule in resources.get(key) or ():
            default_rule(rule)


def check_choice(errors: list[FieldError], path: str, value: Any, choices: Sequence[str], *, must: bool = False) -> None:
    """Complain about a value that is none of ``choices`` (``must``: or is not there)."""
    if value is None:
        if must:
            errors.append(required(path))
    elif value not in choices:
        errors.append(not_supported(path, value, choices))


def check_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    """Complain about a rule with operations."""
    operations = rule.get("operations") or []
    _check_wildcard(errors, f"{path}.operations", operations, "operations")
    for index, operation in enumerate(operations):
        check_choice(errors, f"{path}.operations[{index}]", operation, OPERATIONS)
    _check_wildcard(errors, f"{path}.apiGroups", rule.get("apiGroups") or [], "API groups")
    versions = rule.get("apiVersions") or []
    _check_wildcard(errors, f"{path}.apiVersions", versions, "API versions")
    errors += [required(f"{path}.apiVersions[{index}]") for index, version in enumerate(versions) if not version]
    _check_resources(errors, f"{path}.resources", rule.get("resources") or [])
    check_choice(errors, f"{path}.scope", rule.get("scope"), SCOPES)


def _check_wildcard(errors: list[FieldError], path: str, values: list[str], noun: str) -> None:
    if not values:
        errors.append(required(path))
    if len(values) > 1 and "*" in values:
        errors.append(invalid(path, values, f"if '*' is present, must not specify other {noun}"))


def _check_resources(errors: list[FieldError], path: str, resources: list[str]) -> None:
    if not resources:
        errors.append(required(path))
    any_sub: set[str] = set()
    any_resource: set[str] = set()
    plain = False
    for index, text in enumerate(resources):
        place = f"{path}[{index}]"
        if not text:
            errors.append(required(place))
            continue
        resource, slash, sub = text.partition("/")
        if not slash:
            # The last one counts: so does the server.
            plain = text != "*"
            continue
        if resource in any_sub:
            errors.append(invalid(place, text, f"if '{resource}/*' is present, must not specify {text}"))
        if sub in any_resource:
            errors.append(invalid(place, text, f"if '*/{sub}' is present, must not specify {text}"))
        if sub == "*":
            any_sub.add(resource)
        if resource == "*":
            any_resource.add(sub)
    if len(resources) > 1 and "*/*" in resources:
        errors.append(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
    if "*" in resources and plain:
        words = "if '*' is present, must not specify other resources without subresources"
        errors.append(invalid(path, resources, words))


def _check_named_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    seen: set[str] = set()
    for index, name in enumerate(rule.get("resourceNames") or ()):
        place = f"{path}.resourceNames[{index}]"
        errors += [invalid(place, name, text) for text in path_segment_name(name)]
        if name in seen:
            errors.append(duplicate(place, name))
        seen.add(name)
    check_rule(errors, path, rule)


def check_match_resources(errors: list[FieldError], path: str, resources: Object | None) -> None:
    """Complain about a ``MatchResources``, which may be absent."""
    if resources is None:
        return
    check_choice(errors, f"{path}.matchPolicy", resources.get("matchPolicy"), MATCH_POLICIES, must=True)
    for key in ("namespaceSelector", "objectSelector"):
        if resources.get(key) is None:
            errors.append(required(f"{path}.{key}"))
        else:
            check_label_selector(errors, f"{path}.{key}", resources[key])
    for key in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(resources.get(key) or ()):
            _check_named_rule(errors, f"{path}.{key}[{index}]", rule)


def check_operations(errors: list[FieldError], path: str, rules: Collection[Object] | None) -> None:
    """Complain about operations that mutating policies cannot have."""
    for rule in rules or ():
        for operation in rule.get("operations") or ():
            check_choice(errors, path, operation, MUTATING_OPERATIONS)
