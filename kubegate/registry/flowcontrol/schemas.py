"""FlowSchemas: which requests belong to which priority level.

Source: ``pkg/apis/flowcontrol/validation``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubegate.api.field_errors import FieldError, forbidden, invalid, not_supported, required
from kubegate.api.names import Object, name_of
from kubegate.registry.flowcontrol.mandatory import SCHEMAS, check_mandatory
from kubegate.registry.flowcontrol.status import check_conditions, validate_status
from kubegate.registry.interface import Strategy, Subresource, WriteContext
from kubegate.registry.validation.basics import check_required
from kubegate.registry.validation.names import dns1123_label, dns1123_subdomain

_PRECEDENCE, _MAX_PRECEDENCE = 1000, 10000
_DISTINGUISHERS = ["ByNamespace", "ByUser"]
_VERBS = sorted(["get", "list", "create", "update", "delete", "deletecollection", "patch", "watch", "proxy"])
_SUBJECTS = {"ServiceAccount": "serviceAccount", "User": "user", "Group": "group"}


def _default(schema: Object) -> None:
    spec = schema.setdefault("spec", {})
    if not spec.get("matchingPrecedence"):
        spec["matchingPrecedence"] = _PRECEDENCE
    spec.setdefault("priorityLevelConfiguration", {}).setdefault("name", "")
    schema.setdefault("status", {})


def _validate(schema: Object, context: WriteContext) -> list[FieldError]:
    errors: list[FieldError] = []
    spec = schema.get("spec") or {}
    _check_precedence(errors, name_of(schema), spec.get("matchingPrecedence") or 0)
    method = spec.get("distinguisherMethod")
    if method is not None and (method.get("type") or "") not in _DISTINGUISHERS:
        shown = {"Type": method.get("type") or ""}
        errors.append(not_supported("spec.distinguisherMethod.type", shown, _DISTINGUISHERS))
    level = (spec.get("priorityLevelConfiguration") or {}).get("name") or ""
    if not level:
        errors.append(required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
    path = "spec.priorityLevelConfiguration.name"
    errors += [invalid(path, level, text) for text in (dns1123_subdomain(level) if level else ())]
    for index, rule in enumerate(spec.get("rules") or ()):
        _check_rule(errors, f"spec.rules[{index}]", rule)
    check_mandatory(errors, name_of(schema), spec, SCHEMAS)
    check_conditions(errors, schema)
    return errors


def _check_precedence(errors: list[FieldError], name: str, precedence: int) -> None:
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        errors.append(invalid(path, precedence, "must be a positive value"))
    if precedence > _MAX_PRECEDENCE:
        errors.append(invalid(path, precedence, f"must not be greater than {_MAX_PRECEDENCE}"))
    if precedence == 1 and name != "exempt":
        errors.append(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))


def _check_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    subjects = rule.get("subjects") or []
    if not subjects:
        errors.append(required(f"{path}.subjects", "subjects must contain at least one value"))
    for index, subject in enumerate(subjects):
        _check_subject(errors, f"{path}.subjects[{index}]", subject)
    resources, urls = rule.get("resourceRules") or [], rule.get("nonResourceRules") or []
    if not resources and not urls:
        text = "at least one of resourceRules and nonResourceRules has to be non-empty"
        errors.append(required(path, text))
    for index, item in enumerate(resources):
        _check_resource_rule(errors, f"{path}.resourceRules[{index}]", item)
    for index, item in enumerate(urls):
        _check_url_rule(errors, f"{path}.nonResourceRules[{index}]", item)


def _check_subject(errors: list[FieldError], path: str, subject: Object) -> None:
    kind = subject.get("kind") or ""
    if kind not in _SUBJECTS:
        errors.append(not_supported(f"{path}.kind", kind, sorted(_SUBJECTS)))
        return
    own = _SUBJECTS[kind]
    given = subject.get(own)
    if given is None:
        errors.append(required(f"{path}.{own}", f"{own} is required when subject kind is '{kind}'"))
    elif kind == "ServiceAccount":
        _check_account(errors, f"{path}.{own}", given)
    else:
        check_required(errors, f"{path}.{own}", given, "name")
    for other, key in _SUBJECTS.items():
        if other != kind and subject.get(key) is not None:
            text = f"{key} is forbidden when subject kind is not '{other}'"
            errors.append(forbidden(f"{path}.{key}", text))


def _check_account(errors: list[FieldError], path: str, account: Object) -> None:
    name, namespace = account.get("name") or "", account.get("namespace") or ""
    if not name:
        errors.append(required(f"{path}.name"))
    elif name != "*":
        errors += [invalid(f"{path}.name", name, text) for text in dns1123_subdomain(name)]
    if namespace:
        errors += [invalid(f"{path}.namespace", namespace, text) for text in dns1123_label(namespace)]
    else:
        errors.append(required(f"{path}.namespace", "must specify namespace for service account"))


def _check_list(errors: list[FieldError], path: str, values: Sequence[str], missing: str, noun: str) -> bool:
    """Complain about an empty list and a wildcard beside others; True if the items remain to be checked."""
    if not values:
        errors.append(required(path, missing))
    elif "*" not in values:
        return True
    elif len(values) > 1:
        errors.append(invalid(path, values, f"if '*' is present, must not specify other {noun}"))
    return False


def _check_verbs(errors: list[FieldError], path: str, rule: Object) -> None:
    verbs, missing = rule.get("verbs") or [], "verbs must contain at least one value"
    if _check_list(errors, f"{path}.verbs", verbs, missing, "verbs") and not set(verbs) <= set(_VERBS):
        errors.append(not_supported(f"{path}.verbs", verbs, _VERBS))


def _check_resource_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    _check_verbs(errors, path, rule)
    missing = "resource rules must supply at least one api group"
    _check_list(errors, f"{path}.apiGroups", rule.get("apiGroups") or [], missing, "api groups")
    missing = "resource rules must supply at least one resource"
    _check_list(errors, f"{path}.resources", rule.get("resources") or [], missing, "resources")
    namespaces: list[Any] = rule.get("namespaces") or []
    if rule.get("clusterScope") and not namespaces:
        return
    missing = "resource rules that are not cluster scoped must supply at least one namespace"
    if _check_list(errors, f"{path}.namespaces", namespaces, missing, "namespaces"):
        for index, namespace in enumerate(namespaces):
            for text in dns1123_label(namespace):
                detail = f"each member of this list must be '*' or a DNS-1123 label; {text}"
                errors.append(invalid(f"{path}.namespaces[{index}]", namespace, detail))


def _check_url_rule(errors: list[FieldError], path: str, rule: Object) -> None:
    _check_verbs(errors, path, rule)
    urls, missing = rule.get("nonResourceURLs") or [], "nonResourceURLs must contain at least one value"
    if _check_list(errors, f"{path}.nonResourceURLs", urls, missing, "non-resource URLs"):
        for index, url in enumerate(urls):
            if complaint := _url_complaint(url):
                errors.append(invalid(f"{path}.nonResourceURLs[{index}]", url, complaint))


def _url_complaint(url: str) -> str:
    if not url:
        return "must not be empty"
    if url == "/":
        return ""
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    wildcards = url.count("*")
    if wildcards > 1 or (wildcards == 1 and not url.endswith("/*")):
        return "wildcard can only do suffix matching"
    return ""


FLOW_SCHEMA = Strategy(
    resource="flowschemas.flowcontrol.apiserver.k8s.io",
    namespaced=False,
    has_status=True,
    generation=("spec",),
    default=_default,
    validate=_validate,
    validate_update=lambda schema, old, context: _validate(schema, context),
    subresources={"status": Subresource(validate=validate_status)},
)
